"""Where contextual attention looks.

Attention maps are indices: for every patch of the grid, which patch of the same grid it copies
from, counted row by row.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from torch import Tensor

from inpaint_bench.errors import ImageError

__all__ = ["flow_picture", "sources_picture"]

_INK = (227, 37, 133)
_SOURCE = (32, 178, 120)


def flow_picture(
    picture: np.ndarray, best: Tensor, hole: np.ndarray, padded: tuple[int, int]
) -> np.ndarray:
    """Return the picture with its hole coloured by where each patch copies from.

    The hue is the direction of the source, red to the right and on by way of yellow (down),
    cyan (left) and violet (up); the stronger the colour, the farther away the source.

    Args:
        picture: HxWx3 uint8.
        best: 1xKxhxw, source patches by falling weight; the first counts.
        hole: HxW bool, True = missing.
        padded: height and width that the network saw.

    Reference:
        Yu et al., Generative Image Inpainting with Contextual Attention, CVPR 2018, figure 8.
    """
    rows, columns = _offsets(best)
    angle = np.arctan2(rows, columns) % (2.0 * math.pi)
    farthest = max(1.0, float(np.hypot(rows, columns).max()))
    colour = np.stack(
        [
            angle / (2.0 * math.pi) * 179.0,
            np.sqrt(np.hypot(rows, columns) / farthest) * 255.0,
            np.full(angle.shape, 255.0),
        ],
        axis=2,
    )
    small = cv2.cvtColor(colour.round().astype(np.uint8), cv2.COLOR_HSV2RGB)
    large = cv2.resize(small, (padded[1], padded[0]), interpolation=cv2.INTER_NEAREST)
    large = large[: picture.shape[0], : picture.shape[1]]
    faded = (picture.astype(np.float32) * 0.45 + 115.0).astype(np.uint8)
    return np.where(hole[..., None], large, faded)


def sources_picture(
    picture: np.ndarray,
    best: Tensor,
    weights: Tensor,
    place: tuple[int, int],
    padded: tuple[int, int],
) -> np.ndarray:
    """Return the picture with one patch framed, and the patches that it copies from.

    Args:
        picture: HxWx3 uint8.
        best: 1xKxhxw, source patches by falling weight.
        weights: 1xKxhxw, their attention; wider frames for larger weights.
        place: row and column of a pixel of the picture.
        padded: height and width that the network saw.

    Raises:
        ImageError: the pixel is not in the picture.
    """
    if not (0 <= place[0] < picture.shape[0] and 0 <= place[1] < picture.shape[1]):
        raise ImageError(f"expected a pixel of the picture, got row {place[0]}, column {place[1]}")
    height, width = best.shape[2:]
    cell = padded[0] // height
    row, column = place[0] // cell, place[1] // cell
    drawn = picture.copy()
    here = _centre(row, column, cell)
    for index, weight in zip(
        best[0, :, row, column].tolist(), weights[0, :, row, column].tolist(), strict=True
    ):
        if weight < 0.01:
            continue
        there = _centre(int(index) // width, int(index) % width, cell)
        cv2.line(drawn, here, there, _SOURCE, 1, cv2.LINE_AA)
        _frame(drawn, there, cell, _SOURCE, 1 + round(2 * weight))
    _frame(drawn, here, cell, _INK, 2)
    return drawn


def _offsets(best: Tensor) -> tuple[np.ndarray, np.ndarray]:
    """Return how many patches down and to the right the first source is."""
    first = best[0, 0].long().cpu().numpy()
    height, width = first.shape
    rows, columns = np.indices((height, width))
    return first // width - rows, first % width - columns


def _centre(row: int, column: int, cell: int) -> tuple[int, int]:
    """Return x and y of the middle of a patch."""
    return int((column + 0.5) * cell), int((row + 0.5) * cell)


def _frame(
    drawn: np.ndarray, centre: tuple[int, int], cell: int, colour: tuple[int, int, int], thick: int
) -> None:
    half = cell  # patches of the features overlap: each is twice as wide as its cell
    corner = (centre[0] - half, centre[1] - half), (centre[0] + half, centre[1] + half)
    cv2.rectangle(drawn, *corner, colour, thick, cv2.LINE_AA)
