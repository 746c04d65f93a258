"""Where the holes come from: generators by name, folders of masks, ratios and their buckets.

`MASKS` holds the generators, one a file; `draw_mask` draws from them under a seed and, where
asked, within a range of hole ratios. Training imports this package on machines that have
NumPy, OpenCV, Pillow and torch and nothing more.
"""

from __future__ import annotations

import numpy as np

from inpaint_bench.errors import MaskError
from inpaint_bench.masks._base import MASKS, MaskGenerator
from inpaint_bench.masks.folder import MaskFolder
from inpaint_bench.masks.free_form import draw_free_form
from inpaint_bench.masks.ratio import EDGES, bucket_label, bucket_labels, hole_ratio
from inpaint_bench.masks.rectangle import draw_centre, draw_rectangle, draw_rectangles

__all__ = [
    "EDGES",
    "MASKS",
    "MaskFolder",
    "MaskGenerator",
    "bucket_label",
    "bucket_labels",
    "draw_centre",
    "draw_free_form",
    "draw_mask",
    "draw_rectangle",
    "draw_rectangles",
    "hole_ratio",
]

_MOST_TRIES = 400
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

    The same arguments give the same mask. With `ratio`, draws are rejected until one fits:
    a draw that is too small is laid over with further ones of the same generator, a draw that
    is too large is thrown away.

    Args:
        name: of a generator in `MASKS`.
        height, width: of the mask in pixels, at least 8.
        seed: not negative.
        ratio: lowest (inclusive) and highest (exclusive) share of missing pixels, such as the
            edges of a bucket.

    Returns:
        HxW bool, True = missing.

    Raises:
        UnknownNameError: there is no such generator.
        MaskError: the seed is negative, the range is none, or no draw falls in it.
    """
    draw = MASKS[name]
    if seed < 0:
        raise MaskError(f"expected a seed of 0 or more, got {seed}")
    low, high = (0.0, 1.0) if ratio is None else ratio
    if not 0.0 <= low < high <= 1.0:
        raise MaskError(f"expected a hole ratio range within [0,1], got {low:g} to {high:g}")
    rng = np.random.default_rng(seed)
    for _ in range(_MOST_TRIES):
        hole = draw(height, width, rng)
        share = hole_ratio(hole)
        for _ in range(_MOST_LAYERS):
            if share >= low and share > 0.0:
                break
            hole = hole | draw(height, width, rng)
            share = hole_ratio(hole)
        if low <= share < high and share > 0.0:
            return hole
    raise MaskError(
        f"no draw of {name!r} at {width}x{height} has {100 * low:g} to {100 * high:g} % of its "
        f"pixels missing (seed {seed}, {_MOST_TRIES} tries): ask for another range or generator"
    )
