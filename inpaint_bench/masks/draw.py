"""Draws a hole from a generator under a seed, within a range of hole ratios where asked.

Draws are rejected until one falls in the range and nothing else is done to them: what comes out
is the generator's own law under the condition on the ratio, so that a bucket holds the shapes
that the generator has there. The generators of the first release are the exception: their
draws in frozen test sets were laid over one another (`MaskGenerator.layered`).
"""

from __future__ import annotations

import numpy as np

from inpaint_bench.errors import MaskError
from inpaint_bench.masks._base import MASKS, MaskGenerator
from inpaint_bench.masks.ratio import hole_ratio

__all__ = ["draw_mask"]

_LAYERED_TRIES = 400
_MOST_LAYERS = 24


def draw_mask(
    name: str,
    height: int,
    width: int,
    *,
    seed: int,
    ratio: tuple[float, float] | None = None,
) -> np.ndarray:
    """Draw a mask with at least one missing and one known pixel.

    The same arguments give the same mask. With `ratio`, it is the first draw under the seed
    that falls in the range; where the generator is `layered`, a draw that is too small is laid
    over with further ones first.

    Args:
        name: of a generator in `MASKS`.
        height, width: of the mask in pixels, at least 8 and the generator's `smallest`.
        seed: not negative.
        ratio: lowest (inclusive) and highest (exclusive) share of missing pixels, such as the
            edges of a bucket.

    Returns:
        HxW bool, True = missing.

    Raises:
        UnknownNameError: there is no such generator.
        MaskError: the seed is negative, the range is none, or no draw falls in it.
    """
    generator = MASKS[name]
    if seed < 0:
        raise MaskError(f"expected a seed of 0 or more, got {seed}")
    low, high = (0.0, 1.0) if ratio is None else ratio
    if not 0.0 <= low < high <= 1.0:
        raise MaskError(f"expected a hole ratio range within [0,1], got {low:g} to {high:g}")
    rng = np.random.default_rng(seed)
    tries = 1 if generator.fixed else _LAYERED_TRIES if generator.layered else generator.tries
    shares = []
    for _ in range(tries):
        hole = _draw(generator, height, width, rng, low)
        share = hole_ratio(hole)
        if low <= share < high and share > 0.0:
            return hole
        shares.append(share)
    raise MaskError(
        f"no draw of {name!r} at {width}x{height} has {100 * low:g} to {100 * high:g} % of its "
        f"pixels missing (seed {seed}, {_count(tries)}: {100 * min(shares):.1f} to "
        f"{100 * max(shares):.1f} %): ask for another range or generator"
    )


def _draw(
    generator: MaskGenerator, height: int, width: int, rng: np.random.Generator, low: float
) -> np.ndarray:
    """Return a draw, laid over with others while it is too small if the generator asks so."""
    hole = generator(height, width, rng)
    for _ in range(_MOST_LAYERS if generator.layered else 0):
        share = hole_ratio(hole)
        if share >= low and share > 0.0:
            break
        hole = hole | generator(height, width, rng)
    return hole


def _count(tries: int) -> str:
    return "1 try" if tries == 1 else f"{tries:,} tries"
