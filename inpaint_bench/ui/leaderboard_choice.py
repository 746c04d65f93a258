"""Which choices the Leaderboard offers, and what a view means today: names that do not exist in
a test set fall back to its first ones, and whoever asked for them by a link is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from inpaint_bench.bench.suites import Suite, list_suites, read_suite
from inpaint_bench.bench.summary import headline_metric
from inpaint_bench.data.root import subject
from inpaint_bench.errors import BenchError
from inpaint_bench.ui.leaderboard import ALL_BUCKETS, column_choices, first_columns
from inpaint_bench.ui.leaderboard_link import View
from inpaint_bench.ui.leaderboard_plots import PLOTS
from inpaint_bench.ui.published import Own, Published, published_sets, read_about, read_published

__all__ = ["Chosen", "choose", "holes_of", "suites_with"]

_ASKED_FIRST = "faces"  # whoever comes for them finds them chosen already
_HOLES = {"masks/test": "NVIDIA irregular"}
Choices = list[tuple[str, str]]


@dataclass(frozen=True, eq=False)
class Chosen:
    """A view with its results, and what else could be chosen, as (title, value).

    Attributes:
        view: complete: every name in it exists.
        results: of its test set and precision, with the visitor's own rows.
        unknown: what was asked for and does not exist.
    """

    view: View
    results: Published
    suites: Choices
    masks: Choices
    test_sets: Choices
    buckets: Choices
    metrics: Choices
    precisions: Choices
    columns: Choices
    unknown: tuple[str, ...] = ()

    @property
    def measures(self) -> list[str]:
        """The metrics in the table, the one to rank by first."""
        rest = [name for name in self.results.measures if name in (self.view.columns or ())]
        return list(dict.fromkeys([self.view.metric, *rest]))


def choose(folder: Path, asked: View, own: Sequence[Own] = ()) -> Chosen:
    """Return what a view shows.

    Args:
        folder: of published records.
        asked: names; those that do not exist are replaced.
        own: rows of the visitor.

    Raises:
        BenchError: nothing is published, or it cannot be read.
    """
    names = published_sets(folder)
    if not names:
        raise BenchError("expected published results, and there are none")
    about = {name: read_about(folder, name) for name in names}
    there = suites_with(names)
    suite = asked.suite if asked.suite in {one.name for one in there} else ""
    among = next((one.test_sets for one in there if one.name == suite), names)
    holes = {name: str(about[name].get("masks", "")) for name in names if name in among}
    masks = asked.masks if asked.masks in holes.values() else ""
    titles = {
        name: _title(name, str(about[name].get("images", "")))
        for name in holes
        if masks in ("", holes[name])
    }
    test_sets = sorted(titles, key=lambda name: titles[name])
    faces = [name for name in test_sets if titles[name].startswith(_ASKED_FIRST)]
    first = max(faces, key=lambda name: _weight(about[name])) if faces else test_sets[0]
    test_set = asked.test_set if asked.test_set in test_sets else first
    everything = read_published(folder, test_set)
    precisions = everything.precisions or [""]
    precision = asked.precision if asked.precision in precisions else precisions[0]
    results = everything.at(precision).with_own(own)
    found = replace(asked, suite=suite, masks=masks, test_set=test_set, precision=precision)
    view = _in_results(found, results, _metrics_of(there, suite))
    return Chosen(
        view=view,
        results=results,
        suites=[("every suite", ""), *((f"{s.name}: {s.title}", s.name) for s in there)],
        masks=[("all", ""), *((holes_of(m), m) for m in dict.fromkeys(holes.values()) if m)],
        test_sets=[(titles[name], name) for name in test_sets],
        buckets=[("all", ALL_BUCKETS), *((bucket, bucket) for bucket in results.buckets)],
        metrics=[(one.heading, name) for name, one in results.measures.items()],
        precisions=[(name or "not stated", name) for name in precisions],
        columns=column_choices(results),
        unknown=_unknown(asked, view),
    )


def suites_with(test_sets: Sequence[str]) -> list[Suite]:
    """Return the suites that measure any of these test sets."""
    return [suite for suite in _suites() if set(suite.test_sets) & set(test_sets)]


def holes_of(masks: str) -> str:
    """Return in words where a test set's holes come from."""
    return _HOLES.get(masks, masks.removesuffix(":any").replace("_", " "))


def _in_results(view: View, results: Published, suite_metrics: Sequence[str]) -> View:
    """Return the view with a bucket, a metric and columns that these results have."""
    measures = results.measures
    if view.metric in measures:
        metric = view.metric
    else:
        described = {name: {"per_set": one.per_set} for name, one in measures.items()}
        metric = headline_metric(described) or next(iter(measures))
    able = [key for _, key in column_choices(results)]
    columns = view.columns
    if columns is None:
        columns = first_columns(results, suite_metrics)
    return replace(
        view,
        bucket=view.bucket if view.bucket in results.buckets else ALL_BUCKETS,
        metric=metric,
        columns=tuple(key for key in able if key in columns),
        plot=view.plot if view.plot in PLOTS else next(iter(PLOTS)),
    )


def _unknown(asked: View, found: View) -> tuple[str, ...]:
    """Return the names that were asked for and are not what is shown."""
    names = [field.name for field in fields(View) if field.name not in ("columns", "intervals")]
    wrong = [getattr(asked, n) for n in names if getattr(asked, n) not in ("", getattr(found, n))]
    return (*wrong, *(key for key in asked.columns or () if key not in (found.columns or ())))


@lru_cache(maxsize=1)
def _suites() -> tuple[Suite, ...]:
    return tuple(read_suite(name) for name in list_suites())


def _metrics_of(suites: Sequence[Suite], name: str) -> tuple[str, ...]:
    """Return the metrics that a suite names; none where it takes the usual ones."""
    found = next((suite.metrics for suite in suites if suite.name == name), ())
    return () if isinstance(found, str) else found


def _weight(about: Mapping[str, Any]) -> tuple[int, int]:
    """Return what speaks for a test set among those of one subject: many pictures; then small
    ones, nearer to what the networks that come with the app were trained on."""
    return int(about.get("items", 0)), -int(about.get("size", 0))


def _title(name: str, images: str) -> str:
    return f"{subject(images)}: {name}" if images else name
