"""What the buttons of the Inpaint page do, without a page: plain functions from what is kept of
a visitor and what was chosen, to what is shown next."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal

import numpy as np

from inpaint_bench.errors import InpaintBenchError, MaskError
from inpaint_bench.imaging import read_mask, square_crop, validate_hole
from inpaint_bench.masks import EDGES, bucket_labels, draw_mask
from inpaint_bench.ui.canvas import painted_hole, painted_sketch
from inpaint_bench.ui.catalogue import Entry
from inpaint_bench.ui.comparison import Comparison, check_names
from inpaint_bench.ui.runs import plan_runs
from inpaint_bench.ui.session import Photograph, fit_hole, photograph, resize_hole

__all__ = [
    "ANY_RATIO",
    "FIRST_SAMPLE",
    "check_seed",
    "draw_hole",
    "mask_file",
    "need",
    "new_seed",
    "plan",
    "ratio_range",
    "sample",
    "sample_choices",
    "thumbnail",
]

ANY_RATIO = "any"
FIRST_SAMPLE = "astronaut"
_LARGEST_SEED = 2**31 - 1
_LONGEST_SEED = 60  # characters of one that is none, in what is answered
_THUMBNAIL = 160
_LARGEST_DRAW = 512  # side; drawing within a ratio takes many tries, and the canvas has no more


def sample(name: str, *, max_side: int) -> Photograph:
    """Return one of the photographs that come with scikit-image."""
    from inpaint_bench.data.samples import read_sample

    return replace(photograph(name, read_sample(name), max_side=max_side), example=True)


def sample_choices() -> list[tuple[str, str]]:
    """Return the example photographs as (name, title); regions of them are left out."""
    from inpaint_bench.data import samples

    whole = (samples.sample(name) for name in samples.sample_names())
    return [(one.name, one.title) for one in whole if one.corner is None]


def thumbnail(name: str) -> np.ndarray:
    """Return an example photograph as a small square, HxWx3 uint8."""
    from inpaint_bench.data.samples import read_sample

    return square_crop(read_sample(name), _THUMBNAIL)


def mask_file(
    path: str, photo: Photograph | None, *, polarity: Literal["white", "black"]
) -> np.ndarray:
    """Read an uploaded mask for `photo` and return HxW bool of its working size.

    Raises:
        ImageError: the file is not a picture.
        MaskError: it has another size, or no hole, or nothing but hole.
    """
    hole = fit_hole(read_mask(path, hole=polarity), need(photo))
    validate_hole(hole)
    return hole


def draw_hole(
    generator: str, bucket: str, seed: float | None, photo: Photograph | None
) -> np.ndarray:
    """Draw a random hole of the working size; beyond `_LARGEST_DRAW` a smaller one is enlarged.

    Raises:
        MaskError: the seed is not a whole number from 0 up, or no draw fits the bucket.
    """
    size = need(photo).working.shape[:2]
    height, width = photo.at(min(max(size), _LARGEST_DRAW)).working.shape[:2]
    limits, seed = ratio_range(bucket), check_seed(seed)
    return resize_hole(draw_mask(generator, height, width, seed=seed, ratio=limits), size)


def ratio_range(bucket: str) -> tuple[float, float] | None:
    """Return the edges of a bucket by its label; None for any ratio."""
    if bucket == ANY_RATIO:
        return None
    labels = bucket_labels(EDGES)
    if bucket not in labels:
        raise MaskError(f"expected one of {', '.join(labels)}, got {bucket!r}")
    index = labels.index(bucket)
    return EDGES[index], EDGES[index + 1]


def new_seed() -> int:
    """Return a seed that was not asked for: short enough to write down."""
    return secrets.randbelow(10_000)


def plan(
    photo: Photograph | None,
    canvas: Mapping[str, Any] | None,
    names: list[str],
    entries: Mapping[str, Entry],
    *,
    side: int,
    seed: float | None,
    samples: float | None = 1,
    scored: bool,
    most: int,
) -> Comparison:
    """Check everything a comparison needs and return it, with nothing run yet.

    Args:
        names: of the ticked variants.
        entries: of all variants.
        side: of the square canvas in pixels.
        samples: of each stochastic variant.
        most: results that there is room for.

    Raises:
        InpaintBenchError: no photograph, no model, no hole, nothing but hole, a bad seed or
            number of samples, or too many results.
    """
    photo = need(photo)
    names = check_names(names)
    hole = painted_hole(canvas, photo, side=side)
    validate_hole(hole)
    sketch = painted_sketch(canvas, photo, side=side)
    number = int(samples) if samples is not None and samples == int(samples) else 0
    runs = plan_runs(entries, names, sketch=sketch is not None, samples=number)
    if len(runs) > most:
        raise InpaintBenchError(
            f"expected at most {most} results, got {len(runs)}: tick fewer models or ask for "
            "fewer samples"
        )
    return Comparison(
        name=photo.name,
        picture=photo.working,
        hole=hole,
        variants=tuple(runs),
        seed=check_seed(seed),
        scored=scored,
        sketch=sketch,
    )


def need(photo: Photograph | None) -> Photograph:
    """Return the photograph.

    Raises:
        InpaintBenchError: there is none, such as after a long pause.
    """
    if photo is None:
        raise InpaintBenchError(
            "expected a photograph, got none (they are forgotten after a while): choose it again"
        )
    return photo


def check_seed(seed: float | None) -> int:
    """Return a seed as a whole number.

    Raises:
        MaskError: it is none.
    """
    whole = isinstance(seed, int) or (isinstance(seed, float) and seed.is_integer())
    if not whole or not 0 <= seed <= _LARGEST_SEED:
        got = repr(seed)[:_LONGEST_SEED]
        raise MaskError(f"expected a whole number from 0 to {_LARGEST_SEED} as seed, got {got}")
    return int(seed)
