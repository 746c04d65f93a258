"""Published results as a table: what is averaged, over how many, which differences are real and
which value is best.

Every number comes from `bench` by way of `published`; nothing is computed from pictures here.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from inpaint_bench.bench.contents import digits_of
from inpaint_bench.bench.ranking import Ranking
from inpaint_bench.bench.ranking import words as rank_words
from inpaint_bench.bench.statistics import CONFIDENCE, FEWEST, Estimate
from inpaint_bench.bench.tables import ALL_BUCKETS, Column, make_table
from inpaint_bench.ui.catalogue import Entry, count_parameters
from inpaint_bench.ui.published import SECONDS, Published

__all__ = [
    "ALL_BUCKETS",
    "EXTRAS",
    "Leaderboard",
    "bucket_words",
    "column_choices",
    "column_keys",
    "first_columns",
    "make_leaderboard",
    "name_of",
    "place_of",
]

# Columns that are no metrics, by key.
EXTRAS = {
    SECONDS: "Time ↓ (s)",
    "parameters": "Parameters",
    "megabytes": "Weights (MB)",
    "origin": "Origin",
}
_DASH = "–"
_BEST = "font-weight: 750; color: var(--ib-best)"
_GREY = "font-style: italic; color: var(--ib-soft)"
_TIED = "color: var(--ib-best)"
_YOURS, _ELSEWHERE = "yours, private", "made elsewhere"


@dataclass(frozen=True)
class Leaderboard:
    """A table as the page shows it, with what has to be said about it.

    Attributes:
        headers: with the direction in which a value is better, and the unit.
        rows: raw values, so that sorting is by number; None where there is none.
        display: the same as text.
        styling: CSS of each cell; the best of a column stands out.
        remarks: lines on what is averaged, on empty columns and on failures.
        variants: of the rows, in order.
        keys: of the columns: a metric's name, or what else stands there.
    """

    headers: list[str]
    rows: list[list[Any]]
    display: list[list[str]]
    styling: list[list[str]]
    remarks: list[str]
    variants: list[str]
    keys: list[str]

    @property
    def value(self) -> dict[str, Any]:
        """The value of a `gr.Dataframe`."""
        return {
            "headers": self.headers,
            "data": self.rows,
            "metadata": {"display_value": self.display, "styling": self.styling},
        }


@dataclass(frozen=True)
class _Cell:
    """One cell: what it is sorted by, what it shows, and how."""

    raw: Any
    text: str
    style: str = ""


def make_leaderboard(
    results: Published,
    bucket: str,
    sort_by: str,
    entries: Mapping[str, Entry],
    *,
    columns: Sequence[str] | None = None,
    intervals: bool = False,
) -> Leaderboard:
    """Average the records of a bucket by variant, the best first and the chosen metric first.

    Args:
        bucket: one of `results.buckets`, or `ALL_BUCKETS`.
        sort_by: name of a metric.
        entries: what is known of the variants; others are shown by their name.
        columns: metrics and `EXTRAS` to show beside it; None for all.
        intervals: show interval and rank of every metric, not of the chosen one alone.
    """
    keys = column_keys(results, sort_by, columns)
    measures = [key for key in keys if key in results.measures]
    variants = [name for name in results.variants if len(results.rows(name, bucket))]
    table = _Table(results, bucket, measures, variants, intervals)
    sign = -1.0 if results.measures[sort_by].higher_is_better else 1.0
    variants.sort(key=lambda v: _last_if_none(sign * table.cells[v, sort_by].mean))
    titles = {
        "model": "Model",
        "rank": "Rank",
        "interval": f"{CONFIDENCE:.0%} interval",
        "n": "N",
        **EXTRAS,
        **{name: results.measures[name].heading for name in measures},
    }
    rows = [[_cell(table, key, variant, entries) for key in keys] for variant in variants]
    return Leaderboard(
        headers=[titles[key] for key in keys],
        rows=[[cell.raw for cell in row] for row in rows],
        display=[[cell.text for cell in row] for row in rows],
        styling=[[cell.style for cell in row] for row in rows],
        remarks=[*_remarks(table, sort_by), *_of_training(variants, entries, results.size)],
        variants=variants,
        keys=keys,
    )


def column_keys(
    results: Published, sort_by: str, columns: Sequence[str] | None = None
) -> list[str]:
    """Return what stands in the columns of `make_leaderboard`, in order."""
    wanted = [*results.measures, *EXTRAS] if columns is None else columns
    others = [name for name in results.measures if name in wanted and name != sort_by]
    extras = [name for name in EXTRAS if name in wanted]
    return ["model", "rank", sort_by, "interval", "n", *others, *extras]


def name_of(variant: str, entries: Mapping[str, Entry]) -> str:
    """Return how a variant is called on the page; one that nobody knows keeps its name."""
    return entries[variant].title if variant in entries else variant


def bucket_words(bucket: str) -> str:
    """Return which holes are meant, as part of a sentence."""
    return "holes of every size" if bucket == ALL_BUCKETS else f"holes of {bucket}"


def column_choices(results: Published) -> list[tuple[str, str]]:
    """Return (heading, key) of everything that can stand beside the chosen metric."""
    return [(one.heading, name) for name, one in results.measures.items()] + [
        (heading, key) for key, heading in EXTRAS.items()
    ]


def first_columns(results: Published, suite_metrics: Sequence[str] = ()) -> list[str]:
    """Return what is shown before anything was chosen: what the suite asks for, else the
    metrics that a reader wants first."""
    from inpaint_bench.metrics import MAIN

    first = suite_metrics or MAIN
    return [*(n for n in results.measures if n in first), *EXTRAS] or list(EXTRAS)


def place_of(variant: str, ranking: Ranking | None) -> str:
    """Return "1", or "1=" where others share the place; empty where nothing can be told apart:
    for metrics of a set, on too few photographs, and for a single method."""
    if ranking is None or ranking.photographs < FEWEST or len(ranking.order) < 2:
        return ""
    return ranking.label(variant)


class _Table:
    """The numbers of one table: estimates, ranks, and which cells are best."""

    def __init__(
        self,
        results: Published,
        bucket: str,
        measures: Sequence[str],
        variants: Sequence[str],
        intervals: bool,
    ) -> None:
        self.results, self.bucket, self.headline = results, bucket, measures[0]
        self.measures, self.variants, self.intervals = measures, variants, intervals
        self.cells: dict[tuple[str, str], Estimate] = {
            (variant, key): results.estimate(key, variant, bucket)
            for variant in variants
            for key in (*measures, SECONDS)
        }
        self.columns = {key: self._column(key) for key in (*measures, SECONDS)}
        self.rankings = {key: results.ranking(key, bucket) for key in measures}
        self.best = make_table(variants, list(self.columns.values()), self.cells).best

    def usual_n(self, variant: str) -> int:
        """Return over how many masked photographs most columns of a row are."""
        return max(self.cells[variant, key].n for key in self.columns)

    def label(self, key: str, variant: str) -> str:
        """Return a variant's place by a metric; empty where nothing can be told apart."""
        return place_of(variant, self.rankings[key])

    def _column(self, key: str) -> Column:
        if key == SECONDS:
            return Column(key, "Time", False, digits=3)
        measure = self.results.measures[key]
        found = {pair: cell for pair, cell in self.cells.items() if pair[1] == key}
        return Column(
            key,
            measure.title,
            measure.higher_is_better if measure.contest else None,
            digits=digits_of(found),
            interval=self.intervals,
            enough=measure.enough,
            limited=self.results.photographs < measure.enough,
        )


def _cell(table: _Table, key: str, variant: str, entries: Mapping[str, Entry]) -> _Cell:
    if key in table.columns:
        return _number(table, key, variant)
    if key == "model":
        name = name_of(variant, entries)
        return _Cell(name, name, _GREY if variant in table.results.own else "")
    if key == "rank":
        label = table.label(table.headline, variant)
        return _Cell(table.rankings[table.headline].ranks[variant], label) if label else _NOTHING
    if key == "interval":
        cell, digits = table.cells[variant, table.headline], table.columns[table.headline].digits
        return _NOTHING if math.isnan(cell.low) else _Cell(cell.low, _span(cell, digits))
    if key == "n":
        n = table.cells[variant, table.headline].n
        return _Cell(n, str(n))
    return _fact(table, key, variant, entries)


def _number(table: _Table, key: str, variant: str) -> _Cell:
    """Return a mean, with what stands behind it where that is not as everywhere else."""
    cell, column = table.cells[variant, key], table.columns[key]
    if math.isnan(cell.mean):
        return _NOTHING
    text = f"{cell.mean:.{column.digits}f}"
    label = "" if key == SECONDS else table.label(key, variant)
    if column.interval and key not in (table.headline, SECONDS):
        text += f" {_span(cell, column.digits)}" if not math.isnan(cell.low) else ""
        text += f" · {label}" if label else ""
    if cell.n != table.usual_n(variant):
        text += f" ({cell.n})"
    style = _TIED if label.rstrip("=") == "1" else ""
    style = _BEST if (variant, key) in table.best else _GREY if column.is_grey(cell) else style
    return _Cell(round(float(cell.mean), 6), text, style)


def _fact(table: _Table, key: str, variant: str, entries: Mapping[str, Entry]) -> _Cell:
    """Return what is known of a variant beside its results."""
    entry = entries.get(variant)
    if key == "origin":
        made = table.results.origins.get(variant, {}).get("made_from", {}).get("made")
        word = _YOURS if variant in table.results.own else _ELSEWHERE if made else "other"
        word = word if entry is None else entry.variant.provenance
        return _Cell(word, word)
    if entry is None:
        return _NOTHING
    if key == "megabytes":
        size = entry.variant.size / 1e6
        return _Cell(round(size, 1), f"{size:.1f}") if size else _NOTHING
    count = count_parameters(entry.variant)
    return _Cell(count, f"{count / 1e6:.2f} M" if count else "none")


_NOTHING = _Cell(None, _DASH)


def _remarks(table: _Table, sort_by: str) -> list[str]:
    results = table.results
    size = f" at {results.size} × {results.size} pixels" if results.size else ""
    remarks = [
        f"Means over the N masked photographs of {results.test_set}{size}, "
        f"{bucket_words(table.bucket)}; time is the median; another N stands behind its value. "
        "Bold: best of its column. Coloured: nothing in it is significantly better."
    ]
    ranking = table.rankings[sort_by]
    if ranking is not None and len(ranking.order) > 1:
        few = f"No ranks: fewer than {FEWEST} photographs tell nothing apart."
        remarks.append(few if ranking.photographs < FEWEST else rank_words(len(ranking.order)))
    empty: dict[str, list[str]] = {}
    for name in table.measures:
        measure = results.measures[name]
        found = [table.cells[variant, name] for variant in table.variants]
        if all(math.isnan(estimate.mean) for estimate in found):
            why = measure.empty or "no value was published for this choice"
            empty.setdefault(why, []).append(measure.title)
        elif any(table.columns[name].is_grey(estimate) for estimate in found):
            remarks.append(
                f"{measure.title} is in italics and competes for nothing: it takes "
                f"{measure.enough:,} pictures to be compared."
            )
    remarks += [f"Empty ({', '.join(names)}): {why}" for why, names in empty.items()]
    remarks += results.caveats
    for variant in table.variants:
        rows = results.rows(variant, table.bucket)
        errors = rows.loc[rows["error"] != "", "error"]
        if len(errors):
            remarks.append(f"{variant} failed on {len(errors)} of {len(rows)}: {errors.iloc[0]}")
    return remarks


def _of_training(variants: Sequence[str], entries: Mapping[str, Entry], size: int) -> list[str]:
    """Say what the ranks of small networks must not be taken for."""
    known = [entries[name].variant for name in variants if name in entries]
    ours = [variant for variant in known if variant.provenance == "trained here"]
    if not ours:
        return []
    remark = (
        "Most networks trained here are narrower than their papers' and saw far fewer pictures "
        "(About says how many each): ranks say nothing of the weights that authors released."
    )
    others = sorted({one.resolution for one in ours if one.resolution} - {size})
    if size and others:
        sides = " and ".join(map(str, others))
        remark += f" Those trained at {sides} pixels work at {size} here."
    return [remark]


def _last_if_none(value: float) -> tuple[bool, float]:
    return math.isnan(value), value


def _span(cell: Estimate, digits: int) -> str:
    return f"[{cell.low:.{digits}f}, {cell.high:.{digits}f}]"
