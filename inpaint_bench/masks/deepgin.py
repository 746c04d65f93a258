"""The rectangle of DeepGIN: each side 30 to 70 % of the image's, anywhere."""

from __future__ import annotations

import numpy as np

from inpaint_bench.masks._base import check_size, register

__all__ = ["draw_deepgin_rectangle"]

_LEAST, _MOST = 0.3, 0.7  # of the image's side


@register(
    "deepgin_rectangle",
    title="Rectangle, 30-70 %",
    source="Li et al. 2020, DeepGIN: Deep Generative Inpainting Network for Extreme Image "
    "Inpainting, section 5.1 (the box of AIM 2020)",
    parameters={"side": "0.3 to 0.7 of the image's, each on its own", "place": "anywhere"},
)
def draw_deepgin_rectangle(height: int, width: int, rng: np.random.Generator) -> np.ndarray:
    """Draw one box whose height and width are 30 to 70 % of the image's.

    Args:
        height, width: of the mask in pixels, at least 8.
        rng: source of randomness.

    Returns:
        HxW bool, True = missing; 9 to 49 % of the pixels.

    Raises:
        MaskError: the mask would be smaller than 8x8.
    """
    check_size(height, width)
    hole = np.zeros((height, width), dtype=bool)
    high = int(rng.integers(int(_LEAST * height), int(_MOST * height) + 1))
    wide = int(rng.integers(int(_LEAST * width), int(_MOST * width) + 1))
    top = int(rng.integers(height - high + 1))
    left = int(rng.integers(width - wide + 1))
    hole[top : top + high, left : left + wide] = True
    return hole
