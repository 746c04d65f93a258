"""The words around the tables: what was measured, by which convention, and what is missing.

No number leaves this file without its N, unit, direction, convention and test-set hash.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from inpaint_bench._registry import unknown
from inpaint_bench.bench.run_info import Entry, RunInfo, read_run, was_busy
from inpaint_bench.bench.statistics import CONFIDENCE, FEWEST, RESAMPLES
from inpaint_bench.bench.store import Store
from inpaint_bench.bench.summary import SECONDS, Summary, set_metric_cells, summarise
from inpaint_bench.bench.tables import (
    ALL_BUCKETS,
    Cells,
    Column,
    csv_rows,
    make_table,
    to_csv,
    to_markdown,
)
from inpaint_bench.errors import BenchError, UnknownNameError

__all__ = ["FORMATS", "GROUPINGS", "collect", "render", "report"]

FORMATS = ("md", "csv")
GROUPINGS = ("bucket",)

_HASH_DIGITS = 12


def report(
    folder: Path,
    *,
    by: str | None = None,
    metrics: Sequence[str] | None = None,
    form: str = "md",
) -> str:
    """Return the tables of a run.

    Args:
        folder: of the run.
        by: "bucket" for one table a metric, by bucket of the hole ratio; None for one table of
            all metrics.
        metrics: names; None for all that were asked for.
        form: "md" or "csv".

    Raises:
        BenchError: the folder holds no records, or `by` or `form` is none of the valid ones.
        UnknownNameError: the run does not know a metric.
    """
    if by is not None and by not in GROUPINGS:
        raise UnknownNameError(unknown("grouping", by, GROUPINGS))
    if form not in FORMATS:
        raise UnknownNameError(unknown("format", form, FORMATS))
    info, summaries = collect(folder, metrics)
    return render(info, summaries, by=by, form=form)


def collect(folder: Path, metrics: Sequence[str] | None = None) -> tuple[RunInfo, list[Summary]]:
    """Return what a run's folder says and the summary of each of its test sets.

    Raises:
        BenchError: the folder holds no run or no records.
        UnknownNameError: the run does not know a metric.
    """
    info = read_run(folder) if folder.is_dir() else None
    if info is None:
        raise BenchError(f"expected the folder of a run, but there is no run.json in {folder}")
    for name in metrics or ():
        if name not in info.metrics:
            raise UnknownNameError(unknown("metric of this run", name, info.metrics))
    names = [name for name in info.metrics if metrics is None or name in metrics]
    store = Store(folder)
    frame, stale = store.records(info.variants), store.stale_rows(info.variants)
    found = []
    for test_set in info.test_sets:
        if not (frame["test_set"] == test_set).any():
            continue
        cells, caveats = set_metric_cells(store, info, test_set, names)
        caveats += [
            f"{count} rows of {name} were made before it changed and are left out: run it again"
            for (name, on), count in stale.items()
            if on == test_set
        ]
        found.append(
            summarise(frame, test_set, info, metrics=names, set_cells=cells, caveats=caveats)
        )
    return info, found


def render(
    info: RunInfo,
    summaries: Sequence[Summary],
    *,
    by: str | None = None,
    form: str = "md",
    overview: bool = False,
) -> str:
    """Return summaries as text; see `report`.

    Args:
        info: of the run.
        summaries: one a test set.
        by: as in `report`.
        form: as in `report`.
        overview: the table of all metrics too where `by` asks for others.
    """
    if form == "csv":
        return to_csv(row for summary in summaries for row in _csv_rows(summary, by))
    blocks = [f"# {info.title}"]
    for summary in summaries:
        blocks += [f"## {summary.test_set}", _introduce(summary, info)]
        blocks += [_overview(summary)] if by is None or overview else []
        blocks += _bucket_tables(summary) if by == "bucket" else []
        blocks += [_notes(summary, info, conventions=by is None)]
    blocks += [f"{name} was not measured: {_escape(why)}" for name, why in info.skipped.items()]
    return "\n\n".join(blocks) + "\n"


def _introduce(summary: Summary, info: RunInfo) -> str:
    about = summary.about
    items, total = about["items"], about["total"]
    part = f" (the first of {total})" if items != total else ""
    machines = dict.fromkeys(_machine(entry["machine"]) for entry in info.commands)
    return (
        f"{items} masked photographs{part}, made from {summary.photographs} photographs of "
        f"{about['images']} at {about['size']}x{about['size']} and holes of {about['masks']}. "
        f"Test set sha256 `{about['sha256']}`, "
        f"seed {info.seed}. Machine: {'; '.join(machines)}."
    )


def _overview(summary: Summary) -> str:
    """Return one table of all metrics over all holes."""
    columns = [
        _column(summary, name, name, _heading(about)) for name, about in summary.metrics.items()
    ]
    columns.append(Column(SECONDS, "seconds", False, 3))
    cells = {
        (variant, name): found[variant, ALL_BUCKETS]
        for name, found in [*summary.cells.items(), (SECONDS, summary.seconds)]
        for variant in summary.variants
        if (variant, ALL_BUCKETS) in found
    }
    table = make_table(summary.variants, columns, cells)
    words = f"Mean (N) over all hole ratios of {_name(summary)}, best in bold."
    return f"{words}\n\n{to_markdown(table)}"


def _bucket_tables(summary: Summary) -> list[str]:
    """Return one table a metric, by bucket."""
    blocks = []
    for name, about in summary.metrics.items():
        columns = [_column(summary, name, bucket, bucket) for bucket in summary.buckets]
        columns.append(_column(summary, name, ALL_BUCKETS, "all holes", interval=True))
        direction = "Higher is better" if about["higher_is_better"] else "Lower is better"
        blocks += [
            f"### {_heading(about)}",
            f"{about['definition']}. {direction}. Mean (N) on {_name(summary)} by share of "
            f"missing pixels, best in bold{_interval_words(about)}.",
        ]
        if name in summary.empty:
            blocks[-1] += f"\n\nEmpty: {_escape(summary.empty[name])}"
        blocks.append(to_markdown(make_table(summary.variants, columns, summary.cells[name])))
    return blocks


def _notes(summary: Summary, info: RunInfo, *, conventions: bool) -> str:
    """Return what a reader has to know, as a list."""
    lines: list[str] = []
    if conventions:
        lines += [
            f"**{_heading(about)}**: {about['definition']}. {about['reference']}."
            + (f" Empty: {summary.empty[name]}" if name in summary.empty else "")
            for name, about in summary.metrics.items()
        ]
        lines.append(
            "**seconds**: median time of the model's call for one picture, batch 1, float32."
        )
    if any(about["per_set"] for about in summary.metrics.values()):
        lines.append("Metrics of a set: every true photograph counts once, under all its masks.")
    lines += [
        "Every metric is computed on the composite rounded to 8 bits, as a person would save it; "
        "known pixels are those of the photograph.",
        *summary.caveats,
        *summary.notes,
        *_busy(info),
    ]
    return "\n".join(f"- {_escape(line)}" for line in lines)


def _busy(info: RunInfo) -> list[str]:
    """Warn where something else was running while seconds were measured."""
    loads = sorted({(e["load"], e["machine"]["cores"]) for e in info.commands if was_busy(e)})
    busy = [f"load {load:g} on {cores} cores" for load, cores in loads]
    if not busy:
        return []
    return [
        f"Seconds were measured on a machine that was busy already when the run began "
        f"({', '.join(busy)}): too long, and not to be compared."
    ]


def _csv_rows(summary: Summary, by: str | None) -> list[dict[str, object]]:
    buckets = [*summary.buckets, ALL_BUCKETS] if by == "bucket" else [ALL_BUCKETS]
    found = []
    for name, about in summary.metrics.items():
        common = {
            "test_set": summary.test_set,
            "test_set_sha256": summary.about["sha256"],
            "metric": name,
            "unit": about["unit"],
            "higher_is_better": about["higher_is_better"],
            "note": summary.empty.get(name, ""),
        }
        cells = summary.cells[name]
        found += csv_rows(cells, about=common, rows=summary.variants, buckets=buckets)
    common.update(metric=SECONDS, unit="s", higher_is_better=False, note="median")
    found += csv_rows(summary.seconds, about=common, rows=summary.variants, buckets=buckets)
    return found


def _column(
    summary: Summary, metric: str, key: str, title: str, *, interval: bool = False
) -> Column:
    about = summary.metrics[metric]
    better = bool(about["higher_is_better"])
    return Column(key, title, better, _digits(summary.cells[metric]), interval)


def _name(summary: Summary) -> str:
    """Return a test set's name with enough of its hash to tell versions apart."""
    return f"{summary.test_set} `{str(summary.about['sha256'])[:_HASH_DIGITS]}`"


def _heading(about: Entry) -> str:
    """Return a metric's title with its unit."""
    return f"{about['title']} ({about['unit']})" if about["unit"] else str(about["title"])


def _interval_words(about: Entry) -> str:
    if about["per_set"]:
        return ""
    return (
        f"; in brackets the {CONFIDENCE:.0%} bootstrap interval over photographs "
        f"({RESAMPLES} resamples; from {FEWEST} photographs up)"
    )


def _digits(cells: Cells) -> int:
    """Return digits after the point that show about four significant ones."""
    largest = max((abs(cell.mean) for cell in cells.values() if cell.n), default=0.0)
    return 2 if largest >= 10 else 3 if largest >= 1 else 4


def _escape(text: str) -> str:
    """Return text whose `<word` no Markdown reader takes for a tag."""
    return re.sub(r"<(?=[a-zA-Z/!])", r"\\<", text)


def _machine(machine: Mapping[str, object]) -> str:
    return (
        f"{machine['cpu']}, {machine['cores']} cores, {machine['threads']} threads, "
        f"torch {machine['torch']}"
    )
