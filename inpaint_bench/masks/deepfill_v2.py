"""The two masks that DeepFill v2 was trained with at 256x256, in the published pixels.

`free_form` and `rectangle` are the same laws with lengths that follow the image's size, and
mirrored at random; these two stay as they were released, whatever the size: the released code
flips its strokes but throws the flipped mask away, so that every step leads to the right.
"""

from __future__ import annotations

import math

import cv2
import numpy as np

from inpaint_bench.masks._base import register
from inpaint_bench.masks.free_form import stroke_vertices

__all__ = ["draw_deepfill_v2_bbox", "draw_deepfill_v2_free_form"]

_SIDE = 128  # pixels
_SHRINK = 32  # pixels, at most
_STROKES = (1, 4)  # from, below
_WIDTHS = (12.0, 40.0)  # pixels
_SOURCE = (
    "Yu et al. 2019, Free-Form Image Inpainting with Gated Convolution; released code, "
    "inpaint_ops.py and inpaint.yml"
)


@register(
    "deepfill_v2_free_form_256",
    title="DeepFill v2 free-form",
    source=_SOURCE,
    parameters={
        "strokes": "1 to 3",
        "vertices": "4 to 11",
        "width": "12 to 39 px",
        "mean angle": "2 pi / 5 +- up to 2 pi / 15",
        "step": "normal, mean diagonal / 8",
        "mirrored": "never",
    },
    smallest=64,
)
def draw_deepfill_v2_free_form(height: int, width: int, rng: np.random.Generator) -> np.ndarray:
    """Draw one to three zigzag strokes, 12 to 39 pixels wide.

    Args:
        height, width: of the mask in pixels.
        rng: source of randomness.

    Returns:
        HxW bool, True = missing; 15 % of the pixels on average at 256x256.
    """
    canvas = np.zeros((height, width), dtype=np.uint8)
    radius = math.hypot(height, width) / 8.0
    for _ in range(int(rng.integers(*_STROKES))):
        vertices = stroke_vertices(height, width, radius, rng)
        breadth = int(rng.uniform(*_WIDTHS))
        # OpenCV covers thickness + 1 pixels across.
        cv2.polylines(canvas, [vertices], False, color=1, thickness=breadth - 1)
    return canvas.astype(bool)


@register(
    "deepfill_v2_bbox_256",
    title="DeepFill v2 box",
    source=_SOURCE,
    parameters={"side": "128 px, less up to 32 px", "place": "anywhere"},
    smallest=160,
)
def draw_deepfill_v2_bbox(height: int, width: int, rng: np.random.Generator) -> np.ndarray:
    """Draw a box of 128 pixels that shrinks by up to 32 in either direction.

    Args:
        height, width: of the mask in pixels, more than 128.
        rng: source of randomness.

    Returns:
        HxW bool, True = missing; 19 % of the pixels on average at 256x256.
    """
    top, left = int(rng.integers(height - _SIDE)), int(rng.integers(width - _SIDE))
    trim_y, trim_x = (int(trim) for trim in rng.integers(_SHRINK // 2 + 1, size=2))
    hole = np.zeros((height, width), dtype=bool)
    hole[top + trim_y : top + _SIDE - trim_y, left + trim_x : left + _SIDE - trim_x] = True
    return hole
