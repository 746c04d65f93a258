"""From finished runs to the leaderboard: `eval/results/<test_set>.{parquet,json,csv,md}`.

Variants of the runs replace those of the same name; the others stay.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import reduce
from pathlib import Path

import pandas as pd

from inpaint_bench.bench.consistency import CONSISTENCY
from inpaint_bench.bench.photographs import SAME, same_files
from inpaint_bench.bench.plan import EXTERNAL, test_set_hash
from inpaint_bench.bench.publication import Publication, nested
from inpaint_bench.bench.report import collect, declared_records
from inpaint_bench.bench.run_info import (
    RunInfo,
    command_of,
    describe_metric,
    remarks_on,
    was_busy,
)
from inpaint_bench.bench.store import RESULTS_FOLDER, Store
from inpaint_bench.bench.summary import Summary
from inpaint_bench.bench.survey import TRANSIENT
from inpaint_bench.data import load_test_set
from inpaint_bench.errors import BenchError, UnknownNameError

__all__ = ["publish", "write_tables_again"]

_NO_TIMES = "No seconds for"


def publish(*folders: Path, results: Path = RESULTS_FOLDER) -> list[Path]:
    """Merge finished runs into the published results, one after the other.

    Args:
        folders: of the runs.
        results: where to.

    Returns:
        The Parquet files written, one a test set.

    Raises:
        BenchError: a folder holds no run; a test set is not frozen under `eval/testsets`, or
            has changed since; rows are missing; what is published there was measured on
            another version of the test set or with another seed; or a variant would lose what was
            measured of it. Nothing is written then.
    """
    found: dict[Path, list[Publication]] = {}
    for folder in folders:
        info, summaries = collect(folder)
        frame, _ = declared_records(Store(folder), info)
        stages = Store(folder).stage_records(info.variants)
        for summary in summaries:
            _check_test_set(summary)
            rows = frame[frame["test_set"] == summary.test_set]
            _check_rows(info, summary, rows)
            earlier = stages[stages["test_set"] == summary.test_set]
            path = results / f"{summary.test_set}.parquet"
            found.setdefault(path, []).append(_from_run(info, summary, rows, earlier))
    ready = {path: _together(path, runs) for path, runs in found.items()}
    for path, publication in ready.items():
        publication.write(path)
    return list(ready)


def _together(path: Path, runs: Sequence[Publication]) -> Publication:
    """Return what is published in `path` together with all runs on this test set."""
    before = Publication.read(path) if path.is_file() else None
    found = list(runs)
    if before:
        kept = before.without({name for new in runs for name in new.origins})
        if kept.origins and before.about["sha256"] != runs[0].about["sha256"]:
            raise BenchError(
                f"{path} holds {', '.join(kept.origins)} on another version of "
                f"{before.test_set}: run and publish them together with the others, or remove the "
                "file"
            )
        found.insert(0, kept)
    merged = reduce(Publication.merged, found)
    if before:
        _check_nothing_lost(path, before, merged)
    return _without_wrong_times(merged)


def _check_nothing_lost(path: Path, before: Publication, after: Publication) -> None:
    """Raise unless every variant still has what it had."""
    for name in before.origins:
        old, new = (one.measured_of(name) for one in (before, after))
        lost = [title for title in old if title not in new]
        if lost:
            raise BenchError(
                f"{path} has {', '.join(lost)} of {name}, which this run did not measure: measure "
                "that too, or remove the file first"
            )


def write_tables_again(results: Path = RESULTS_FOLDER) -> list[Path]:
    """Write everything that is made from published records anew, after its code has changed.

    Args:
        results: where they lie.

    Returns:
        The Parquet files read.

    Raises:
        BenchError: what lies there is not whole.
    """
    paths = sorted(results.glob("*.parquet"))
    if not paths:
        raise BenchError(f"expected a folder of published results, got {results}, which holds none")
    for path in paths:
        published = Publication.read(path)
        described = {
            name: about if name == CONSISTENCY else describe_metric(name)
            for name, about in published.metrics.items()
        }
        same = same_files(load_test_set(published.test_set).items)
        about = {**published.about, **({SAME: same} if same else {})}
        replace(published, about=about, metrics=described).write(path)
    return paths


def _check_test_set(summary: Summary) -> None:
    name, found = summary.test_set, summary.about["sha256"]
    try:
        frozen = test_set_hash(load_test_set(name))
    except UnknownNameError as error:
        raise BenchError(
            f"only frozen test sets can be published, and {name!r} is none: {error}"
        ) from error
    if frozen != found:
        raise BenchError(
            f"the run's test set {name} (sha256 {str(found)[:12]}) is not the one in "
            f"eval/testsets ({frozen[:12]}): run it again"
        )


def _check_rows(info: RunInfo, summary: Summary, rows: pd.DataFrame) -> None:
    total, counts = int(summary.about["total"]), rows["variant"].value_counts()
    asked = [one for one in info.commands if summary.test_set in one.get("test_sets", ())]
    for variant in dict.fromkeys(name for one in asked for name in one.get("variants", ())):
        count = int(counts.get(variant, 0))
        if count != total:
            raise BenchError(
                f"expected {total} rows of {variant} on {summary.test_set}, got {count}: finish "
                "the run without --limit before it is published"
            )
        errors = rows["error"][rows["variant"] == variant]
        lacking = errors[errors.str.startswith(TRANSIENT)]
        if len(lacking):
            raise BenchError(
                f"{len(lacking)} of {total} rows of {variant} on {summary.test_set} lack what they "
                f"are made from ({lacking.iloc[0]}): give the command of the run again once it is "
                "there"
            )


def _from_run(
    info: RunInfo, summary: Summary, rows: pd.DataFrame, stages: pd.DataFrame
) -> Publication:
    measured = {name: _measured(info, summary, name) for name in summary.variants}
    return Publication(
        test_set=summary.test_set,
        about=summary.about,
        seed=info.seed,
        frame=rows,
        origins={
            name: {"made_from": dict(info.variants[name]), "measured": entry}
            for name, entry in measured.items()
        },
        metrics=summary.metrics,
        empty={name: _without_home(why) for name, why in summary.empty.items()},
        set_values={
            metric: nested(summary.cells[metric])
            for metric, about in summary.metrics.items()
            if about["per_set"]
        },
        caveats=summary.caveats,
        stages=stages,
    )


def _without_wrong_times(published: Publication) -> Publication:
    """Take the seconds out that a busy machine measured, and say so: none are better than wrong."""
    run_here = {
        name: origin["measured"]
        for name, origin in published.origins.items()
        if origin["made_from"].get("made") != EXTERNAL
    }
    busy = [name for name, measured in run_here.items() if was_busy(measured)]
    caveats = tuple(one for one in published.caveats if not one.startswith(_NO_TIMES))
    if busy:
        every = len(busy) == len(run_here) > 1
        names = "any method that was run here" if every else ", ".join(busy)
        caveats += (f"{_NO_TIMES} {names}: the machine was busy when they were measured.",)
    rows = published.frame
    seconds = rows["seconds"].mask(rows["variant"].isin(busy))
    return replace(published, frame=rows.assign(seconds=seconds), caveats=caveats)


def _measured(info: RunInfo, summary: Summary, variant: str) -> dict[str, object]:
    """Return the command that measured a variant, with its remarks on this test set alone."""
    entry = dict(command_of(info, variant, summary.test_set))
    # Any of the commands may have computed the rows: that of the busiest moment counts.
    loads = [
        float(one["load"])
        for one in info.commands
        if variant in one.get("variants", ()) and summary.test_set in one.get("test_sets", ())
    ]
    entry["load"] = max(loads, default=entry["load"])
    entry["command"] = _without_home(str(entry["command"]))
    said = [line for line in remarks_on(info, summary.test_set) if line.startswith(f"{variant}:")]
    entry["variants"], entry["test_sets"] = [variant], [summary.test_set]
    entry["remarks"] = {summary.test_set: said} if said else {}
    return entry


def _without_home(text: str) -> str:
    """Return a text that does not tell where somebody's home folder lies."""
    return text.replace(str(Path.home()), "~")
