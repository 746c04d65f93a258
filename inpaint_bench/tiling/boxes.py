"""Where the holes are: boxes that hold every missing pixel, few enough to visit one by one."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from inpaint_bench.tiling.canvas import Window

__all__ = ["find_boxes", "largest_share"]

_STRIP = 1 << 18  # pixels of the photograph that are in work at once


def find_boxes(missing: Tensor, side: int) -> list[Window]:
    """Return boxes that hold every missing pixel, the largest first.

    Holes are told apart on cells of an eighth of `side`; those that fit into half a window
    together share a box, so that their number is bounded by the photograph's size.
    """
    cell = max(1, side // 8)
    height, width = missing.shape[-2:]
    cells = _cells(missing, cell).cpu().numpy()
    _, _, found, _ = cv2.connectedComponentsWithStats(cells, connectivity=8)
    x, y, w, h = found[1:, :4].astype(np.int64).T * cell  # the first is the background
    bounds = np.stack([y, x, np.minimum(y + h, height), np.minimum(x + w, width)], axis=1)
    boxes = [_tight(missing, Window(*map(int, row))) for row in _shared(bounds, side // 2)]
    return sorted(boxes, key=lambda box: -max(box.height, box.width))


def _cells(missing: Tensor, cell: int) -> Tensor:
    """Return uint8 ones for the squares of `cell` that hold missing pixels."""
    rows = cell * max(1, _STRIP // (cell * missing.shape[-1]))
    strips = missing.split(rows, dim=2)
    pooled = [functional.max_pool2d(s.to(torch.float32), cell, ceil_mode=True) for s in strips]
    return torch.cat(pooled, dim=2)[0, 0].to(torch.uint8)


def _shared(bounds: np.ndarray, limit: int) -> Iterator[np.ndarray]:
    """Join Nx4 boxes (top, left, bottom, right) while the union stays within `limit`."""
    free = np.ones(len(bounds), dtype=bool)
    for i in range(len(bounds)):
        if not free[i]:
            continue
        free[i] = False
        union = bounds[i]
        near = np.flatnonzero(free & (_extent(union, bounds) <= limit))
        for j in near:
            if _extent(union, bounds[j]) <= limit:
                union = _union(union, bounds[j])
                free[j] = False
        yield union


def _union(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    low = np.minimum(one[..., :2], other[..., :2])
    return np.concatenate([low, np.maximum(one[..., 2:], other[..., 2:])], axis=-1)


def _extent(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    union = _union(np.broadcast_to(one, other.shape), other)
    return (union[..., 2:] - union[..., :2]).max(axis=-1)


def _tight(missing: Tensor, box: Window) -> Window:
    """Shrink a box to the missing pixels in it."""
    inside = missing[box.cut][0, 0]
    rows, columns = inside.any(1).nonzero()[:, 0], inside.any(0).nonzero()[:, 0]
    return Window(
        box.top + int(rows[0]),
        box.left + int(columns[0]),
        box.top + int(rows[-1]) + 1,
        box.left + int(columns[-1]) + 1,
    )


def largest_share(missing: Tensor, size: int) -> float:
    """Return the largest share of missing pixels in squares of `size`, half of which overlap."""
    size = max(1, min(size, *missing.shape[-2:]))
    stride = max(1, size // 2)
    places = range(0, missing.shape[-2], stride)
    return max(float(_shares(missing[..., y : y + size, :], size, stride).max()) for y in places)


def _shares(strip: Tensor, size: int, stride: int) -> Tensor:
    columns = strip.to(torch.float32).mean(dim=2)  # 1x1xW
    return functional.avg_pool1d(columns, size, stride, ceil_mode=True)
