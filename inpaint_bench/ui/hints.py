"""What the leaderboard and the model cards know about the visitor's own picture and hole: how
long models take, which are best in this bucket, and which are far from what they were trained on.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from inpaint_bench.errors import InpaintBenchError
from inpaint_bench.masks.ratio import EDGES, bucket_label, bucket_labels
from inpaint_bench.ui.catalogue import Entry
from inpaint_bench.ui.published import SECONDS, Published, published_sets, read_published

__all__ = ["METRIC", "Best", "Speed", "best_here", "far_from_training", "speeds"]

METRIC = "l1_hole"
_SHOWN = 3
_SUBJECTS = ("photographs", "faces")  # what most visitors bring comes first
_FAR = 2  # a network bears pictures up to twice as large, or half as large, as it was trained on
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Speed:
    """How long one variant took: the median over published records.

    Attributes:
        size: side of the photographs in pixels; 0 if it is not known.
    """

    seconds: float
    size: int
    test_set: str


@dataclass(frozen=True)
class Best:
    """The best of one bucket of a test set.

    Attributes:
        subject: what its photographs show.
        n: records behind each value.
        rows: (variant, value) of the best ones, best first.
        metric: title with the unit, as a reader knows it.
    """

    subject: str
    test_set: str
    bucket: str
    n: int
    rows: tuple[tuple[str, float], ...]
    metric: str
    unit: str


def speeds(folder: Path, *, side: int) -> dict[str, Speed]:
    """Return the speed of each variant that has published records.

    Args:
        side: longer side of usual photographs in pixels; the test set of the nearest size counts.
    """
    found: dict[str, Speed] = {}
    for results in _nearest(folder, side):
        for variant in results.variants:
            seconds = results.estimate(SECONDS, variant).mean
            if variant not in found and math.isfinite(seconds):
                found[variant] = Speed(seconds, results.size, results.test_set)
    return found


def best_here(folder: Path, *, ratio: float, side: int) -> list[Best]:
    """Return the best variants on holes of this share, for up to two subjects.

    Nobody knows what the visitor's picture shows: a network for faces is no advice for a street.

    Args:
        ratio: share of missing pixels.
        side: longer side of the photograph in pixels; of the test sets of one subject that of the
            nearest size counts, and among those the largest.
    """
    bucket = bucket_label(ratio)
    if bucket not in bucket_labels():
        return []
    found: dict[str, Best] = {}
    for results in _nearest(folder, side):
        if results.subject not in found and (best := _best(results, bucket)):
            found[results.subject] = best
    first = [found.pop(name) for name in _SUBJECTS if name in found]
    return [*first, *found.values()][: len(_SUBJECTS)]


def _best(results: Published, bucket: str) -> Best | None:
    measure = results.measures.get(METRIC)
    if measure is None or measure.empty:
        return None
    estimates = {variant: results.estimate(METRIC, variant, bucket) for variant in results.variants}
    known = [(v, e) for v, e in estimates.items() if math.isfinite(e.mean)]
    if not known:
        return None
    known.sort(key=lambda row: row[1].mean, reverse=measure.higher_is_better)
    rows = tuple((variant, estimate.mean) for variant, estimate in known[:_SHOWN])
    n = min(estimate.n for _, estimate in known[:_SHOWN])
    what = (results.subject, results.test_set, bucket)
    return Best(*what, n, rows, measure.title, measure.unit)


def far_from_training(
    entries: Sequence[Entry], *, ratio: float, size: tuple[int, int]
) -> list[str]:
    """Return a line for everything about picture and hole that ticked models have not learnt.

    Args:
        entries: what is ticked.
        ratio: share of missing pixels.
        size: (height, width) of what is inpainted.
    """
    lines = []
    if ratio > EDGES[-1]:
        lines.append(
            f"More than {EDGES[-1]:.0%} is missing: beyond every bucket that is measured here."
        )
    side = max(size)
    far = [
        entry
        for entry in entries
        if entry.variant.resolution
        and (side > _FAR * entry.variant.resolution or _FAR * side <= entry.variant.resolution)
    ]
    if far:
        lines.append(
            f"{_named(far)}, far from this picture's {size[1]} × {size[0]}: expect less of them."
        )
    return lines


def _named(entries: Sequence[Entry]) -> str:
    """Return "DeepFill v2, LaMa learnt at 128 × 128 and 256 × 256", a few of them by name."""
    titles = [entry.title for entry in entries[:_SHOWN]]
    more = f" and {len(entries) - _SHOWN} more" if len(entries) > _SHOWN else ""
    sides = sorted({entry.variant.resolution for entry in entries})
    learnt = " and ".join(f"{side} × {side}" for side in sides)
    return f"{', '.join(titles)}{more} learnt at {learnt}"


def _nearest(folder: Path, side: int) -> list[Published]:
    """Return the published test sets, those of the nearest size first, and the largest of them."""
    sets = []
    for name in published_sets(folder):
        try:
            sets.append(read_published(folder, name))
        except InpaintBenchError as error:  # the Leaderboard says so; here it is only a hint
            _log.warning("no hints from %s: %s", name, error)
    return sorted(
        sets,
        key=lambda one: (abs(math.log((one.size or 1) / side)), -one.photographs, one.test_set),
    )
