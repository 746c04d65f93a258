"""Borders to be painted outwards: strips along one to four sides of the image."""

from __future__ import annotations

import numpy as np

from inpaint_bench.masks._base import check_size, register

__all__ = ["draw_outpainting"]

_LEAST, _MOST = 0.04, 0.25  # of the image's side
_SIDES = 4


@register(
    "outpainting",
    title="Outpainting borders",
    source="OutpaintingMaskGenerator of the code of Suvorov et al. 2022 (LaMa), default "
    "arguments; there a left strip is cut by the height, here each by its own side",
    parameters={"strip": "4 to 25 % of the side", "sides": "each with probability 1/2, at least 1"},
)
def draw_outpainting(height: int, width: int, rng: np.random.Generator) -> np.ndarray:
    """Draw strips along the left, top, right and bottom border, each in half of the masks.

    Args:
        height, width: of the mask in pixels, at least 8.
        rng: source of randomness.

    Returns:
        HxW bool, True = missing; the known pixels form one rectangle.

    Raises:
        MaskError: the mask would be smaller than 8x8.
    """
    check_size(height, width)
    chosen = rng.random(_SIDES) < 0.5
    if not chosen.any():
        chosen[int(rng.integers(_SIDES))] = True
    shares = rng.uniform(_LEAST, _MOST, size=_SIDES)
    strips = np.maximum(1, (shares * (width, height, width, height)).astype(int)) * chosen
    left, top, right, bottom = (int(strip) for strip in strips)
    hole = np.ones((height, width), dtype=bool)
    hole[top : height - bottom, left : width - right] = False
    return hole
