"""Blobs that a cellular automaton leaves of noise, as in the AIM 2020 challenge.

Every cell starts missing or known by the throw of a coin; a few times over it becomes what most
of its 3x3 neighbours are, those outside of the image being known. The cells are then scaled up,
and where they are larger than a pixel the hole grows by one pixel.
"""

from __future__ import annotations

import cv2
import numpy as np

from inpaint_bench.masks._base import check_size, register

__all__ = ["draw_cellular_automata"]

_SCALES = (1, 2, 4, 8)  # pixels to a cell
_ROUNDS = (2, 7)  # from, below
_CROSS = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))


@register(
    "cellular_automata",
    title="Cellular automaton",
    source="Ntavelis et al. 2020, AIM 2020 Challenge on Image Extreme Inpainting; the generator "
    "that its participants were given",
    parameters={
        "cell": "1, 2, 4 or 8 px",
        "start": "missing with probability 1/2",
        "rule": "majority of 3x3, known outside",
        "rounds": "2 to 6",
        "growth": "1 px where cells are larger than that",
    },
    smallest=32,
)
def draw_cellular_automata(height: int, width: int, rng: np.random.Generator) -> np.ndarray:
    """Draw the blobs of a majority automaton.

    Args:
        height, width: of the mask in pixels, at least 32.
        rng: source of randomness.

    Returns:
        HxW bool, True = missing; 40 to 60 % of the pixels as a rule.

    Raises:
        MaskError: the mask would be smaller than 8x8.
    """
    check_size(height, width)
    scale = int(rng.choice(_SCALES))
    cells = rng.integers(2, size=(height // scale, width // scale), dtype=np.uint8)
    for _ in range(int(rng.integers(*_ROUNDS))):
        cells = cv2.medianBlur(np.pad(cells, 1), 3)[1:-1, 1:-1]
    hole = cv2.resize(cells, (width, height), interpolation=cv2.INTER_NEAREST)
    if scale > 1:
        hole = cv2.dilate(hole, _CROSS)
    return hole.astype(bool)
