"""A random walk: from a random pixel, one pixel to a random side at a time.

The walk has as many steps as the image has pixels and stays in place where it would leave the
image. It leaves ragged holes with islands of known pixels.
"""

from __future__ import annotations

from itertools import accumulate

import numpy as np

from inpaint_bench.masks._base import check_size, register

__all__ = ["draw_random_walk"]


@register(
    "random_walk",
    title="Random walk",
    source="Shinagawa's partial convolutions in Chainer, as used by Siao et al. (UC Davis), "
    "Image Inpainting Using Partial Convolutions, figure 5 a",
    parameters={"steps": "height x width", "neighbours": 4, "start": "anywhere"},
    tries=200,  # its law is narrow, and a draw is slow
)
def draw_random_walk(height: int, width: int, rng: np.random.Generator) -> np.ndarray:
    """Draw the pixels that a random walk has visited.

    Args:
        height, width: of the mask in pixels, at least 8.
        rng: source of randomness.

    Returns:
        HxW bool, True = missing.

    Raises:
        MaskError: the mask would be smaller than 8x8.
    """
    check_size(height, width)
    steps = rng.integers(4, size=height * width)
    ways = np.where(steps % 2, 1, -1)
    hole = np.zeros((height, width), dtype=bool)
    rows = _positions(int(rng.integers(height)), np.where(steps < 2, ways, 0), height)
    columns = _positions(int(rng.integers(width)), np.where(steps < 2, 0, ways), width)
    hole[rows, columns] = True
    return hole


def _positions(start: int, steps: np.ndarray, count: int) -> np.ndarray:
    """Return where a walk on 0 .. count - 1 is after each of its steps of -1, 0 or 1."""
    after = [0, *range(count), count - 1]  # the place after a step, moved up by one
    walk = accumulate(steps.tolist(), lambda place, step: after[place + step + 1], initial=start)
    return np.fromiter(walk, dtype=np.int64, count=len(steps) + 1)[1:]
