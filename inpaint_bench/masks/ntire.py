"""The seven mask types of the NTIRE 2022 image inpainting challenge.

Romero et al., NTIRE 2022 Image Inpainting Challenge: Report, with the random attributes of the
organisers' mask generator. Its strokes are LaMa's thin, medium and thick masks at 256 or 512.
"""

from __future__ import annotations

import numpy as np

from inpaint_bench.masks._base import Draw, check_size, register
from inpaint_bench.masks.lama import LAMA, draw_lama

__all__ = [
    "draw_completion",
    "draw_every_n_lines",
    "draw_expand",
    "draw_nearest_neighbour",
]

_SOURCE = (
    "Romero et al. 2022, NTIRE 2022 Image Inpainting Challenge: Report; the organisers' "
    "mask generator"
)
_COMPLETION = (0.2, 0.8)  # share of the image
_LINES = (2, 3, 4, 5)
_KEPT = (4, 3, 2)  # the known square has the shorter side divided by one of these
_SCALES = (2, 3, 4)
_LARGE = 512


@register(
    "ntire_completion",
    title="NTIRE completion",
    source=_SOURCE,
    parameters={"missing": "20 to 80 % at one end", "direction": "vertical or horizontal"},
)
def draw_completion(height: int, width: int, rng: np.random.Generator) -> np.ndarray:
    """Draw one end of the image, 20 to 80 % of it: upper, lower, left or right.

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
    share = float(rng.uniform(*_COMPLETION))
    if rng.random() < 0.5:
        hole[: int(height * share)] = True
    else:
        hole[:, : int(width * share)] = True
    return ~hole if rng.random() < 0.5 else hole


@register(
    "ntire_expand",
    title="NTIRE expand",
    source=_SOURCE,
    parameters={"known": "a square in the middle of 1/4, 1/3 or 1/2 of the shorter side"},
)
def draw_expand(height: int, width: int, rng: np.random.Generator) -> np.ndarray:
    """Draw everything but a square in the middle.

    Args:
        height, width: of the mask in pixels, at least 8.
        rng: source of randomness.

    Returns:
        HxW bool, True = missing; 75 to 94 % of a square image.

    Raises:
        MaskError: the mask would be smaller than 8x8.
    """
    check_size(height, width)
    half = min(height, width) // int(rng.choice(_KEPT)) // 2
    hole = np.ones((height, width), dtype=bool)
    hole[height // 2 - half : height // 2 + half, width // 2 - half : width // 2 + half] = False
    return hole


@register(
    "ntire_every_n_lines",
    title="NTIRE every N lines",
    source=_SOURCE,
    parameters={"N": "2 to 5", "direction": "rows or columns"},
)
def draw_every_n_lines(height: int, width: int, rng: np.random.Generator) -> np.ndarray:
    """Draw every second, third, fourth or fifth row or column.

    Args:
        height, width: of the mask in pixels, at least 8.
        rng: source of randomness.

    Returns:
        HxW bool, True = missing; 20 to 50 % of the pixels.

    Raises:
        MaskError: the mask would be smaller than 8x8.
    """
    check_size(height, width)
    hole = np.zeros((height, width), dtype=bool)
    step = int(rng.choice(_LINES))
    if rng.random() < 0.5:
        hole[::step] = True
    else:
        hole[:, ::step] = True
    return hole


@register(
    "ntire_nearest_neighbour",
    title="NTIRE nearest neighbour",
    source=_SOURCE,
    parameters={"known": "every 2nd, 3rd or 4th pixel of every such row"},
)
def draw_nearest_neighbour(height: int, width: int, rng: np.random.Generator) -> np.ndarray:
    """Draw all pixels but those of a grid: super-resolution as inpainting.

    Args:
        height, width: of the mask in pixels, at least 8.
        rng: source of randomness.

    Returns:
        HxW bool, True = missing; 75 to 94 % of the pixels.

    Raises:
        MaskError: the mask would be smaller than 8x8.
    """
    check_size(height, width)
    step = int(rng.choice(_SCALES))
    hole = np.ones((height, width), dtype=bool)
    hole[::step, ::step] = False
    return hole


def _strokes(thickness: str) -> Draw:
    """Return a function that draws LaMa's masks of the configuration that fits the size."""

    def draw(height: int, width: int, rng: np.random.Generator) -> np.ndarray:
        size = 512 if min(height, width) >= _LARGE else 256
        return draw_lama(LAMA[f"lama_{thickness}_{size}"], height, width, rng)

    return draw


for _thickness in ("thin", "medium", "thick"):
    register(
        f"ntire_{_thickness}",
        title=f"NTIRE {_thickness} strokes",
        source=_SOURCE,
        parameters={"law": f"lama_{_thickness}_512 from 512 pixels on, else _256"},
        smallest=128,
    )(_strokes(_thickness))
