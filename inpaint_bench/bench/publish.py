"""From a finished run to the leaderboard: `eval/results/<test_set>.{parquet,json,csv,md}`.

Parquet holds every record, JSON where each variant's rows come from, CSV and Markdown the
tables made from both; rows of earlier stages lie in `stages/<test_set>.parquet`. Variants of the
run replace those of the same name; the others stay.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd
import pyarrow as pa

from inpaint_bench import list_variants
from inpaint_bench.bench.consistency import CONSISTENCY
from inpaint_bench.bench.files import read_json, write_json, write_parquet, write_text
from inpaint_bench.bench.plan import EXTERNAL, test_set_hash
from inpaint_bench.bench.report import collect, declared_records, render
from inpaint_bench.bench.run_info import (
    Entry,
    RunInfo,
    command_of,
    describe_metric,
    remarks_on,
    was_busy,
)
from inpaint_bench.bench.statistics import Estimate
from inpaint_bench.bench.store import RESULTS_FOLDER, STAGES, Store, read_published
from inpaint_bench.bench.summary import Summary, summarise
from inpaint_bench.bench.survey import TRANSIENT
from inpaint_bench.bench.tables import Cells
from inpaint_bench.data import load_test_set
from inpaint_bench.errors import BenchError, UnknownNameError

__all__ = ["publish", "write_tables_again"]

_FORMAT = 1
_NO_TIMES = "No seconds for"


@dataclass(frozen=True)
class _Published:
    """What is published on one test set.

    Attributes:
        frame: records.
        origins: by variant: made_from (ingredients) and measured (command, machine, ...).
        metrics: by name, as in `RunInfo`.
        empty: metric -> why it has no values.
        set_values: metric -> variant -> bucket -> [value, n]; their features are not published.
        caveats: of these.
        stages: rows of earlier stages.
    """

    frame: pd.DataFrame
    origins: Mapping[str, Entry]
    metrics: Mapping[str, Entry]
    empty: Mapping[str, str]
    set_values: Mapping[str, Mapping[str, Mapping[str, Sequence[float]]]]
    caveats: tuple[str, ...]
    stages: pd.DataFrame


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
    found: dict[Path, list[tuple[Summary, int, _Published]]] = {}
    for folder in folders:
        info, summaries = collect(folder)
        frame, _ = declared_records(Store(folder), info)
        stages = Store(folder).stage_records(info.variants)
        for summary in summaries:
            _check_test_set(summary)
            rows = frame[frame["test_set"] == summary.test_set]
            _check_rows(info, summary, rows)
            earlier = stages[stages["test_set"] == summary.test_set]
            new = _from_run(info, summary, rows, earlier)
            path = results / f"{summary.test_set}.parquet"
            found.setdefault(path, []).append((summary, info.seed, new))
    ready = {path: _together(path, runs) for path, runs in found.items()}
    for path, published in ready.items():
        summary, seed, _ = found[path][-1]
        _write(path, summary.test_set, summary.about, published, seed)
    return list(ready)


def _together(path: Path, runs: Sequence[tuple[Summary, int, _Published]]) -> _Published:
    """Return what is published in `path` together with all runs on this test set."""
    (summary, seed, first), *others = runs
    replaced = {name for _, _, new in runs for name in new.origins}
    merged = first
    if path.is_file():
        said = read_json(path.with_suffix(".json"))
        before = _without(_already(path, said), replaced)
        if before.origins and said["test_set"]["sha256"] != summary.about["sha256"]:
            raise BenchError(
                f"{path} holds {', '.join(before.origins)} on another version of "
                f"{summary.test_set}: run and publish them together with the others, or remove the "
                "file"
            )
        if before.origins:
            _check_seed(path, said["seed"], seed)
        merged = _merge(path, before, first)
    for _, other, new in others:
        _check_seed(path, seed, other)
        merged = _merge(path, merged, new)
    if path.is_file():
        _check_nothing_lost(path, _already(path, said), merged)
    return _without_wrong_times(merged)


def _check_seed(path: Path, before: int, new: int) -> None:
    if before != new:
        raise BenchError(
            f"expected results of seed {before} for {path}, as the others there, got seed {new}: "
            "run all of them with one seed"
        )


def _check_nothing_lost(path: Path, before: _Published, after: _Published) -> None:
    """Raise unless every variant still has what it had."""
    for name in before.origins:
        old, new = (_measured_of(one, name) for one in (before, after))
        lost = [title for title in old if title not in new]
        if lost:
            raise BenchError(
                f"{path} has {', '.join(lost)} of {name}, which this run did not measure: measure "
                "that too, or remove the file first"
            )


def _measured_of(published: _Published, variant: str) -> list[str]:
    """Return the metrics of which a variant has a value, and its earlier stages."""
    frame, stages = published.frame, published.stages
    rows = frame[frame["variant"] == variant]
    found = [name for name in published.metrics if name in rows and rows[name].notna().any()]
    found += [name for name, values in published.set_values.items() if values.get(variant)]
    earlier = stages[stages["variant"] == variant]
    return found + [f"the stage {name}" for name in earlier.get("stage", pd.Series()).unique()]


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
    for path in paths:
        _write_again(path)
    return paths


def _write_again(path: Path) -> None:
    said = read_json(path.with_suffix(".json"))
    published = _already(path, said)
    described = {
        name: about if name == CONSISTENCY else describe_metric(name)
        for name, about in published.metrics.items()
    }
    about = {key: value for key, value in said["test_set"].items() if key != "name"}
    published = replace(published, metrics=described)
    _write(path, said["test_set"]["name"], about, published, said["seed"])


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
) -> _Published:
    measured = {name: _measured(info, summary, name) for name in summary.variants}
    return _Published(
        frame=rows,
        origins={
            name: {"made_from": dict(info.variants[name]), "measured": entry}
            for name, entry in measured.items()
        },
        metrics=summary.metrics,
        empty={name: _without_home(why) for name, why in summary.empty.items()},
        set_values={
            metric: _nested(summary.cells[metric])
            for metric, about in summary.metrics.items()
            if about["per_set"]
        },
        caveats=summary.caveats,
        stages=stages,
    )


def _without_wrong_times(published: _Published) -> _Published:
    """Take the seconds out that a busy machine measured, and say so: none are better than wrong."""
    busy = [
        name
        for name, origin in published.origins.items()
        if was_busy(origin["measured"]) and origin["made_from"].get("made") != EXTERNAL
    ]
    caveats = tuple(one for one in published.caveats if not one.startswith(_NO_TIMES))
    if busy:
        names = ", ".join(busy)
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


def _merge(path: Path, before: _Published, new: _Published) -> _Published:
    """Return what is published together with the variants of a run, which replace their own."""
    kept = _without(before, new.origins)
    said = [found.metrics.get(CONSISTENCY) for found in (before, new)]
    if kept.origins and all(said) and said[0]["version"] != said[1]["version"]:
        raise BenchError(
            f"{path} holds self-consistency of {', '.join(kept.origins)} by another second model, "
            "masks or distance: measure all variants alike"
        )
    set_values = {metric: dict(found) for metric, found in new.set_values.items()}
    for metric, found in kept.set_values.items():
        if found:
            set_values.setdefault(metric, {}).update(found)
    return _Published(
        stages=_joined(kept.stages, new.stages),
        frame=pd.concat([kept.frame, new.frame], ignore_index=True),
        origins=_in_order({**kept.origins, **new.origins}),
        metrics={**before.metrics, **new.metrics},
        empty={**before.empty, **new.empty},
        set_values=set_values,
        caveats=tuple(dict.fromkeys([*new.caveats, *kept.caveats])),
    )


def _without(published: _Published, names: Container[str]) -> _Published:
    """Return what is published without some variants, and without what was said of them."""
    kept = [name for name in published.origins if name not in names]
    gone = [name for name in published.origins if name in names]
    frame, stages = published.frame, published.stages
    return replace(
        published,
        frame=frame[frame["variant"].isin(kept)],
        stages=stages[stages["variant"].isin(kept)],
        origins={name: published.origins[name] for name in kept},
        set_values={
            metric: {name: values for name, values in found.items() if name in kept}
            for metric, found in published.set_values.items()
        },
        caveats=tuple(
            one for one in published.caveats if not any(f" of {name}: " in one for name in gone)
        ),
    )


def _already(path: Path, said: Mapping) -> _Published:
    """Return what is published in `path`, whose JSON is `said`."""
    return _Published(
        frame=read_published(path),
        origins=said["variants"],
        metrics=said["metrics"],
        empty=said["empty"],
        set_values=said["set_values"],
        caveats=tuple(said["caveats"]),
        stages=_read_stages(path),
    )


def _stages_path(path: Path) -> Path:
    return path.parent / STAGES / path.name


def _read_stages(path: Path) -> pd.DataFrame:
    """Return the published rows of earlier stages beside the records in `path`."""
    beside = _stages_path(path)
    return read_published(beside) if beside.is_file() else pd.DataFrame(columns=["variant"])


def _joined(one: pd.DataFrame, other: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of both; pandas would let an empty table decide the types of columns."""
    there = [frame for frame in (one, other) if len(frame)]
    return pd.concat(there, ignore_index=True) if there else other


def _in_order(origins: Mapping[str, Entry]) -> dict[str, Entry]:
    """Return variants in the manifest's order, those that it no longer has at the end."""
    order = [variant.name for variant in list_variants()]
    return {name: origins[name] for name in (*order, *origins) if name in origins}


def _write(path: Path, name: str, about: Entry, published: _Published, seed: int) -> None:
    """Write the four files of one test set, the records first."""
    frame = published.frame.sort_values(["variant", "image_id", "mask_id"], kind="stable")
    _write_frame(path, frame)
    beside = _stages_path(path)
    if len(published.stages):
        by = ["variant", "stage", "image_id", "mask_id"]
        _write_frame(beside, published.stages.sort_values(by, kind="stable"))
    else:
        beside.unlink(missing_ok=True)
    info = RunInfo(
        suite="published",
        title=f"Published results: {name}",
        seed=seed,
        test_sets={name: about},
        variants={variant: origin["made_from"] for variant, origin in published.origins.items()},
        metrics=published.metrics,
        empty=published.empty,
        commands=tuple(origin["measured"] for origin in published.origins.values()),
    )
    cells = {metric: _cells(values) for metric, values in published.set_values.items()}
    said = summarise(
        frame,
        name,
        info,
        metrics=list(published.metrics),
        set_cells=cells,
        caveats=published.caveats,
        stages=published.stages if len(published.stages) else None,
    )
    write_json(
        path.with_suffix(".json"),
        {
            "format": _FORMAT,
            "test_set": {"name": name, **about},
            "seed": seed,
            "metrics": published.metrics,
            "empty": published.empty,
            "caveats": published.caveats,
            "set_values": published.set_values,
            "variants": published.origins,
        },
    )
    write_text(path.with_suffix(".csv"), render(info, [said], by="bucket", form="csv"))
    write_text(path.with_suffix(".md"), render(info, [said], by="bucket", overview=True))


def _write_frame(path: Path, frame: pd.DataFrame) -> None:
    table = pa.Table.from_pandas(frame, preserve_index=False)
    write_parquet(path, table.replace_schema_metadata(None))


def _without_home(text: str) -> str:
    """Return a text that does not tell where somebody's home folder lies."""
    return text.replace(str(Path.home()), "~")


def _nested(cells: Cells) -> dict[str, dict[str, list[float]]]:
    found: dict[str, dict[str, list[float]]] = {}
    for (variant, bucket), cell in cells.items():
        found.setdefault(variant, {})[bucket] = [cell.mean, cell.n]
    return found


def _cells(nested: Mapping[str, Mapping[str, Sequence[float]]]) -> Cells:
    return {
        (variant, bucket): Estimate(float(mean), n=int(n))
        for variant, values in nested.items()
        for bucket, (mean, n) in values.items()
    }
