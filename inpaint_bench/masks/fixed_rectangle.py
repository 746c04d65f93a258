"""A rectangle of a fixed size at a random place."""

from __future__ import annotations

import numpy as np

from inpaint_bench.masks._base import check_size, register

__all__ = ["draw_fixed_rectangle"]


@register(
    "fixed_rectangle",
    title="Fixed rectangle",
    source="Yu et al. 2018, Generative Image Inpainting with Contextual Attention, section 5: "
    "128x128 at a random place of 256x256",
    parameters={"side": "1/2 of the image's", "place": "anywhere"},
)
def draw_fixed_rectangle(height: int, width: int, rng: np.random.Generator) -> np.ndarray:
    """Draw one box of half the image's sides anywhere.

    Args:
        height, width: of the mask in pixels, at least 8.
        rng: source of randomness.

    Returns:
        HxW bool, True = missing; a quarter of the pixels, always.

    Raises:
        MaskError: the mask would be smaller than 8x8.
    """
    check_size(height, width)
    hole = np.zeros((height, width), dtype=bool)
    high, wide = height // 2, width // 2
    top = int(rng.integers(height - high + 1))
    left = int(rng.integers(width - wide + 1))
    hole[top : top + high, left : left + wide] = True
    return hole
