"""From the folder of a run to a text: what is collected, and which format says it.

Markdown, LaTeX and the page have files of their own; what all of them say stands in `words`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd

from inpaint_bench._registry import unknown
from inpaint_bench.bench.consistency import CONSISTENCY, as_declared
from inpaint_bench.bench.latex import render_latex
from inpaint_bench.bench.markdown import render_markdown, reported_blocks
from inpaint_bench.bench.page import Gallery, render_page
from inpaint_bench.bench.preferences import (
    NO_VOTES,
    preference_rows,
    preferences,
    read_votes,
    render_preferences,
)
from inpaint_bench.bench.reported import Reported
from inpaint_bench.bench.run_info import RunInfo, read_run
from inpaint_bench.bench.store import Store
from inpaint_bench.bench.suites import OWN_SUITE, Suite, list_suites, read_suite
from inpaint_bench.bench.summary import SECONDS, Summary, set_metric_cells, summarise
from inpaint_bench.bench.tables import ALL_BUCKETS, csv_rows, to_csv
from inpaint_bench.errors import BenchError, UnknownNameError

__all__ = [
    "FORMATS",
    "GROUPINGS",
    "collect",
    "declared_records",
    "render",
    "report",
    "report_votes",
]

FORMATS = ("md", "csv", "latex", "html")
GROUPINGS = ("bucket",)
_WITH_VOTES = ("md", "csv")


def report(
    folder: Path,
    *,
    by: str | None = None,
    metrics: Sequence[str] | None = None,
    form: str = "md",
    data_root: Path | None = None,
    votes: Path | None = None,
) -> str:
    """Return the tables of a run.

    Args:
        folder: of the run.
        by: "bucket" for one table a metric, by bucket of the hole ratio; None for one table of
            all metrics.
        metrics: names; None for all that were asked for.
        form: one of `FORMATS`.
        data_root: where the photographs lie that the page shows beside kept outputs.
        votes: of people, as the app's arena keeps or saves them; in "md" and "csv".

    Raises:
        BenchError: the folder holds no records, or `by` or `form` is none of the valid ones.
        UnknownNameError: the run does not know a metric.
    """
    if by is not None and by not in GROUPINGS:
        raise UnknownNameError(unknown("grouping", by, GROUPINGS))
    _check_form(form, votes)
    info, summaries = collect(folder, metrics)
    suite = _suite(folder, info)
    reported = suite.reported if suite is not None else ()
    if form == "html":
        return render_page(info, summaries, reported, Gallery(folder, data_root))
    if form == "csv" and votes is not None:
        rows = [row for summary in summaries for row in _csv_rows(summary, by)]
        return to_csv([*rows, *preference_rows(preferences(read_votes(votes)), reported)])
    if form == "md":
        said = _said(suite, votes)
        return render_markdown(info, summaries, reported, by=by, before_reported=said)
    return render(info, summaries, reported, by=by, form=form)


def _suite(folder: Path, info: RunInfo) -> Suite | None:
    """Return the suite that a run was made by; None for one of arguments alone."""
    own = folder / OWN_SUITE
    if own.is_file():
        return replace(read_suite(str(own)), name=info.suite)
    return read_suite(info.suite) if info.suite in list_suites() else None


def report_votes(suite: Suite, votes: Path, *, form: str = "md") -> str:
    """Return what people prefer beside what a suite's papers report, without any run.

    Args:
        suite: whose papers.
        votes: file of the app's arena, or the CSV that it saves.
        form: "md" or "csv".

    Raises:
        BenchError: `votes` holds none, or the format is another one.
    """
    _check_form(form, votes)
    found = preferences(read_votes(votes))
    if form == "csv":
        return to_csv(preference_rows(found, suite.reported))
    beside = [block for one in suite.reported for block in reported_blocks(one)]
    return "\n\n".join([*render_preferences(found), *beside]) + "\n"


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
    frame, other = declared_records(store, info)
    stale = store.stale_rows(info.variants)
    stages = store.stage_records(info.variants)
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
        if other:
            caveats.append(f"Self-consistency of {other} rows was declared otherwise: left out.")
        found.append(
            summarise(
                frame,
                test_set,
                info,
                metrics=names,
                set_cells=cells,
                caveats=caveats,
                stages=stages,
            )
        )
    return info, found


def declared_records(store: Store, info: RunInfo) -> tuple[pd.DataFrame, int]:
    """Return the records of a run with self-consistency as its latest command declares it, and
    how many numbers of other declarations are left out."""
    frame = store.records(info.variants)
    return as_declared(frame, str(info.metrics.get(CONSISTENCY, {}).get("version", "")))


def render(
    info: RunInfo,
    summaries: Sequence[Summary],
    reported: Sequence[Reported] = (),
    *,
    by: str | None = None,
    form: str = "md",
    overview: bool = False,
) -> str:
    """Return summaries as text; see `report`.

    Args:
        info: of the run.
        summaries: one a test set.
        reported: numbers of papers; CSV leaves them out, since they have no test set.
        by: as in `report`.
        form: "md", "csv" or "latex".
        overview: the table of all metrics too where `by` asks for others.
    """
    if form == "csv":
        return to_csv(row for summary in summaries for row in _csv_rows(summary, by))
    if form == "latex":
        return render_latex(info, summaries, reported, by=by)
    return render_markdown(info, summaries, reported, by=by, overview=overview)


def _check_form(form: str, votes: Path | None) -> None:
    if form not in FORMATS:
        raise UnknownNameError(unknown("format", form, FORMATS))
    if votes is not None and form not in _WITH_VOTES:
        raise BenchError(f"expected --format {' or '.join(_WITH_VOTES)} with votes, got {form!r}")


def _said(suite: Suite | None, votes: Path | None) -> list[str]:
    """Return what people prefer, as blocks of Markdown; where they should be asked, that too."""
    if votes is not None:
        return render_preferences(preferences(read_votes(votes)))
    return [NO_VOTES] if suite is not None and suite.votes else []


def _csv_rows(summary: Summary, by: str | None) -> list[dict[str, object]]:
    """Return the rows of one test set; what a variant lacks everywhere stands in one row."""
    buckets = [*summary.buckets, ALL_BUCKETS] if by == "bucket" else [ALL_BUCKETS]
    common = {"test_set": summary.test_set, "test_set_sha256": summary.about["sha256"]}
    found = []
    for name, about in summary.metrics.items():
        more = {
            "metric": name,
            "unit": about["unit"],
            "higher_is_better": about["higher_is_better"],
            "note": summary.empty.get(name, ""),
        }
        ranked = [bucket for bucket in buckets if (name, bucket) in summary.rankings]
        found += csv_rows(
            summary.cells[name],
            about={**common, **more},
            rows=summary.variants,
            buckets=buckets,
            rankings={bucket: summary.rankings[name, bucket] for bucket in ranked},
        )
    for row in found:  # why a metric is empty is said once a variant
        row["note"] = row["note"] if row["bucket"] == ALL_BUCKETS else ""
    more = {"metric": SECONDS, "unit": "s", "higher_is_better": False, "note": "median"}
    about = {**common, **more}
    found += csv_rows(summary.seconds, about=about, rows=summary.variants, buckets=buckets)
    for one in summary.refinements if by is None else ():
        more = {
            "variant": one.variant,
            "metric": f"{one.metric}:{one.stage}",
            "unit": summary.metrics[one.metric]["unit"],
            "higher_is_better": summary.metrics[one.metric]["higher_is_better"],
            "note": f"earlier stage; {one.worse.mean:.6g} of the rows became worse after it",
        }
        cells = {(one.variant, ALL_BUCKETS): one.before}
        found += csv_rows(
            cells, about={**common, **more}, rows=[one.variant], buckets=[ALL_BUCKETS]
        )
    there = {(row["variant"], row["metric"]) for row in found if row["mean"]}
    return [
        row
        for row in found
        if row["bucket"] == ALL_BUCKETS or (row["variant"], row["metric"]) in there
    ]
