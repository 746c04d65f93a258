"""Rectangular holes: one box as DeepFill v2 was trained with, several boxes, and a fixed centre.

The box of DeepFill v2 has half the image's side and shrinks by up to an eighth of it, in either
direction independently; it lies anywhere inside the image. (Yu et al., Free-Form Image
Inpainting with Gated Convolution, 2019; sizes of the released training configuration.)
"""

from __future__ import annotations

import numpy as np

from inpaint_bench.masks._base import check_size, register

__all__ = ["draw_centre", "draw_rectangle", "draw_rectangles"]

_MOST_BOXES = 4
_SIDES = (0.08, 0.7)  # of the image's side, for `draw_rectangles`


@register(
    "rectangle",
    title="Random rectangle",
    source="Yu et al. 2019, Free-Form Image Inpainting with Gated Convolution: the box of the "
    "released training configuration, with sides that follow the size",
    parameters={"side": "1/2 of the image's, less up to 1/8 of it", "place": "anywhere"},
    layered=True,
)
def draw_rectangle(height: int, width: int, rng: np.random.Generator) -> np.ndarray:
    """Draw one box of three to four eighths of the image's side or more: DeepFill v2's.

    Args:
        height, width: of the mask in pixels, at least 8.
        rng: source of randomness.

    Returns:
        HxW bool, True = missing; 14 to 25 % of the pixels are missing.

    Raises:
        MaskError: the mask would be smaller than 8x8.
    """
    check_size(height, width)
    hole = np.zeros((height, width), dtype=bool)
    top = int(rng.integers(height - height // 2))
    left = int(rng.integers(width - width // 2))
    # Half of the largest shrinkage comes off at either end.
    trim_y = int(rng.integers(height // 16 + 1))
    trim_x = int(rng.integers(width // 16 + 1))
    hole[top + trim_y : top + height // 2 - trim_y, left + trim_x : left + width // 2 - trim_x] = 1
    return hole


@register(
    "rectangles",
    title="Overlapping rectangles",
    source="the third kind of masks of Siao, Tao, Chiang, Li (UC Davis), Image Inpainting Using "
    "Partial Convolutions, section III.C; its numbers are not given there and are ours",
    parameters={"boxes": "1 to 4", "side": "0.08 to 0.7 of the image's", "place": "anywhere"},
    layered=True,
)
def draw_rectangles(height: int, width: int, rng: np.random.Generator) -> np.ndarray:
    """Draw one to four boxes of any size, which may overlap and touch the border.

    Args:
        height, width: of the mask in pixels, at least 8.
        rng: source of randomness.

    Returns:
        HxW bool, True = missing.

    Raises:
        MaskError: the mask would be smaller than 8x8.
    """
    check_size(height, width)
    hole = np.zeros((height, width), dtype=bool)
    for _ in range(int(rng.integers(1, _MOST_BOXES + 1))):
        high, wide = (rng.uniform(*_SIDES, size=2) * (height, width)).round().astype(int)
        top = int(rng.integers(height - high + 1))
        left = int(rng.integers(width - wide + 1))
        hole[top : top + max(1, high), left : left + max(1, wide)] = True
    return hole


@register(
    "centre",
    title="Centre square",
    source="Pathak et al. 2016, Context Encoders: Feature Learning by Inpainting, section 4",
    parameters={"side": "1/2 of the image's", "place": "the middle"},
    layered=True,
    fixed=True,
)
def draw_centre(height: int, width: int, rng: np.random.Generator) -> np.ndarray:
    """Draw the box of half the image's side in the middle: a quarter of the pixels, always.

    Args:
        height, width: of the mask in pixels, at least 8.
        rng: not used; generators share one signature.

    Returns:
        HxW bool, True = missing.

    Raises:
        MaskError: the mask would be smaller than 8x8.
    """
    check_size(height, width)
    hole = np.zeros((height, width), dtype=bool)
    high, wide = height // 2, width // 2
    top, left = (height - high) // 2, (width - wide) // 2
    hole[top : top + high, left : left + wide] = True
    return hole
