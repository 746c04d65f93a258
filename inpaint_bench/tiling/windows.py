"""Overlapping windows over a part of a photograph, and the weights that blend them."""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch
from torch import Tensor

from inpaint_bench.tiling.canvas import Window

__all__ = ["spread_windows"]


def spread_windows(part: Window, side: int) -> Iterator[tuple[Window, Tensor]]:
    """Yield the windows that cover a part, with hxw weights that sum to 1 at every pixel."""
    tops, down = _axis(part.height, side)
    lefts, across = _axis(part.width, side)
    height, width = down.shape[1], across.shape[1]
    for top, vertical in zip(tops, down, strict=True):
        for left, horizontal in zip(lefts, across, strict=True):
            y, x = part.top + top, part.left + left
            yield Window(y, x, y + height, x + width), vertical[:, None] * horizontal[None, :]


def _axis(length: int, side: int) -> tuple[list[int], Tensor]:
    """Return the starts of the windows along one axis, and nxside weights that sum to 1."""
    if length <= side:
        return [0], torch.ones(1, length)
    margin, ramp = side // 16, max(1, side // 8)
    overlap = 2 * margin + ramp
    count = math.ceil((length - overlap) / (side - overlap))
    starts = [round(i * (length - side) / (count - 1)) for i in range(count)]
    inside = ((torch.arange(side) + 0.5 - margin) / ramp).clamp(0.0, 1.0)
    weights = inside.repeat(count, 1) * inside.flip(0)
    half = side // 2
    weights[0, :half], weights[-1, half:] = 1.0, 1.0  # the photograph ends there
    total = torch.zeros(length)
    for start, weight in zip(starts, weights, strict=True):
        total[start : start + side] += weight
    for start, weight in zip(starts, weights, strict=True):
        weight /= total[start : start + side]
    return starts, weights
