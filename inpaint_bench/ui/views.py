"""The pictures of a comparison: the original, the input, and of each result what one can see of
it, as keys that menus offer and as arrays."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from inpaint_bench.errors import InpaintBenchError
from inpaint_bench.ui.canvas import hatched
from inpaint_bench.ui.catalogue import Entry
from inpaint_bench.ui.comparison import Comparison
from inpaint_bench.ui.runs import run_entry

__all__ = [
    "DIFFERENCE",
    "INPUT",
    "NO_STAGE",
    "ORIGINAL",
    "RESULT",
    "STAGE",
    "choices",
    "close_up",
    "picture_of",
    "tile_views",
    "view_of",
]

ORIGINAL, INPUT = "@original", "@input"  # no result's key has an @
RESULT, DIFFERENCE, STAGE = "result", "difference", "stage"
NO_STAGE = "One stage only"
_TITLES = {RESULT: "Result", DIFFERENCE: "Difference", STAGE: "First stage"}


def tile_views(comparison: Comparison) -> list[tuple[str, str]]:
    """Return what all tiles can show as (title, view); stages only where there are some."""
    staged = any(outcome.stages for outcome in comparison.outcomes.values())
    return [(title, view) for view, title in _TITLES.items() if view != STAGE or staged]


def view_of(comparison: Comparison, name: str, view: str) -> tuple[np.ndarray | None, str]:
    """Return what a tile shows, and a line that says what that is; no line for a result.

    Args:
        name: key of a result.
        view: `RESULT`, `DIFFERENCE` or `STAGE`.

    Returns:
        HxWx3 uint8, or None where there is no result.
    """
    outcome = comparison.outcomes.get(name)
    if outcome is None or outcome.picture is None:
        return None, ""
    if view == DIFFERENCE:
        return _difference(comparison, outcome.picture), "Difference, white from 25 %"
    if view != STAGE:
        return outcome.picture, ""
    if not outcome.stages:
        return outcome.picture, NO_STAGE
    stage = next(iter(outcome.stages))
    return outcome.stages[stage], f"Stage: {stage}"


def choices(comparison: Comparison, entries: Mapping[str, Entry]) -> list[tuple[str, str]]:
    """Return every picture there is so far as (title, key)."""
    results, stages, differences = [], [], []
    for name, outcome in comparison.outcomes.items():
        if outcome.picture is None:
            continue
        title = run_entry(entries, name).title
        results.append((title, name))
        stages += [(f"{title}: {stage} stage", f"{name}@{stage}") for stage in outcome.stages]
        differences.append((f"{title}: difference", f"{name}@{DIFFERENCE}"))
    return [("Original", ORIGINAL), ("Input", INPUT), *results, *stages, *differences]


def picture_of(comparison: Comparison, key: str) -> np.ndarray:
    """Return a picture by its key, HxWx3 uint8.

    Raises:
        InpaintBenchError: the comparison has no such picture.
    """
    if key == ORIGINAL:
        return comparison.picture
    if key == INPUT:
        return hatched(comparison.picture, comparison.hole)
    name, _, part = key.partition("@")
    outcome = comparison.outcomes.get(name)
    if outcome is not None and outcome.picture is not None:
        if not part:
            return outcome.picture
        if part == DIFFERENCE:
            return _difference(comparison, outcome.picture)
        if part in outcome.stages:
            return outcome.stages[part]
    raise InpaintBenchError(f"expected a picture of this comparison, got {key!r}: choose again")


def close_up(picture: np.ndarray, hole: np.ndarray, zoom: int) -> np.ndarray:
    """Return a part of a picture with every pixel enlarged: the surroundings of the hole's middle.

    Args:
        picture: HxWx3 uint8.
        hole: HxW bool.
        zoom: 1 for the whole picture; 4 for a window a quarter as high and as wide.

    Returns:
        About HxWx3 uint8.
    """
    if zoom == 1:
        return picture
    places = np.argwhere(hole)
    middle = places[np.abs(places - places.mean(axis=0)).sum(axis=1).argmin()]
    window = []
    for centre, length in zip(middle, hole.shape, strict=True):
        size = max(1, length // zoom)
        start = min(max(0, int(centre) - size // 2), length - size)
        window.append(slice(start, start + size))
    return picture[tuple(window)].repeat(zoom, axis=0).repeat(zoom, axis=1)


def _difference(comparison: Comparison, picture: np.ndarray) -> np.ndarray:
    from inpaint_bench.explain import difference_picture

    return difference_picture(comparison.picture, picture)
