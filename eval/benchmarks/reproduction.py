"""How far a run made elsewhere lies from the published rows, or from another run.

    python -m inpaint_bench run --suite irregular --test-sets kodak-128 --models all --batch 8 \\
        --out runs/again
    python -m eval.benchmarks.reproduction runs/again [--beside RUN] [--out FILE]

Compares every value of the run with that of the same weights, photograph and mask, and lists those
that lie farther apart than the aim.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from inpaint_bench.bench.files import read_json, write_text
from inpaint_bench.bench.run_info import RunInfo, read_run
from inpaint_bench.bench.store import RESULTS_FOLDER, Store, metric_columns, read_published
from inpaint_bench.errors import BenchError
from inpaint_bench.metrics import METRICS

__all__ = ["differences"]

_ROW = ["test_set", "variant", "image_id", "mask_id"]
_AIM = 1e-4
_LISTED = 20


def main() -> int:
    """Print, or write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", type=Path, help="folder of a run")
    parser.add_argument("--beside", type=Path, metavar="RUN", help="run to compare it with")
    parser.add_argument("--out", type=Path, help="write it here instead of printing it")
    chosen = parser.parse_args()
    try:
        text = _page(chosen.run, chosen.beside)
        if chosen.out is None:
            print(text, end="")
        else:
            write_text(chosen.out, text)
    except BenchError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


def differences(run: pd.DataFrame, first: pd.DataFrame) -> pd.DataFrame:
    """Return the values that two sets of records both have, one a line.

    Args:
        run, first: records. Rows of other weights have no partner, failed ones no values.

    Returns:
        Columns `test_set`, `variant`, `image_id`, `mask_id`, `metric`, `here`, `first` and
        `difference`, which is absolute.
    """
    metrics = [name for name in metric_columns(run) if name in METRICS and name in first]
    key = [*_ROW, "weights_sha256"]
    here, there = (
        frame.melt(key, metrics, "metric", name).dropna(subset=name)
        for frame, name in ((run, "here"), (first, "first"))
    )
    both = here.merge(there, on=[*key, "metric"]).drop(columns="weights_sha256")
    return both.assign(difference=(both["here"] - both["first"]).abs())


def _page(folder: Path, other: Path | None) -> str:
    info, records = _read(folder)
    if other is None:
        first, measured = _published(records, folder)
        place, command = "published", "RUN"
    else:
        told, first = _read(other)
        measured = _measured_by(told)
        place, command = "in the other run", "RUN --beside OTHER"
    found = differences(records, first)
    if found.empty:
        raise BenchError(f"no row in {folder} has the weights, picture and mask of one {place}")
    return _HEAD.format(
        title="The published rows, measured again" if other is None else "A run, done again",
        left_out=_left_out(records, found) + _absent(records, first, found, place),
        rows=len(found.drop_duplicates(_ROW)),
        variants=found["variant"].nunique(),
        sets=", ".join(f"`{name}`" for name in found["test_set"].unique()),
        measured=measured,
        here=_measured_by(info),
        rounding=_ROUNDING if "float32" in set(_networks(records, first)) else _WIDE,
        table=_table(found),
        far=_far(found),
        command=command,
    )


def _read(folder: Path) -> tuple[RunInfo, pd.DataFrame]:
    info = read_run(folder)
    if info is None:
        raise BenchError(f"expected the folder of a run, got {folder}: `run --out` makes one")
    return info, Store(folder).records(info.variants)


def _published(records: pd.DataFrame, folder: Path) -> tuple[pd.DataFrame, str]:
    """Return the published rows of a run's test sets, and on what machines they were measured."""
    frames, origins = [], []
    for test_set in sorted(records["test_set"].unique()):
        path = RESULTS_FOLDER / f"{test_set}.parquet"
        if not path.is_file():
            continue
        frames.append(read_published(path))
        entries: Mapping = read_json(path.with_suffix(".json"))["variants"]
        present = frames[-1]["variant"].isin(records["variant"])
        origins += [entries[name] for name in frames[-1]["variant"][present].unique()]
    if not frames:
        raise BenchError(f"expected a run on published test sets in {folder}, got none of them")
    return pd.concat(frames), _published_by(origins)


def _networks(*frames: pd.DataFrame) -> pd.Series:
    """Return the precision of every row of a model with weights."""
    both = pd.concat(frame[["weights_sha256", "precision"]] for frame in frames)
    return both["precision"][both["weights_sha256"] != ""]


def _left_out(records: pd.DataFrame, found: pd.DataFrame) -> str:
    """Say how many rows of the run are not compared; nothing where all are."""
    compared = pd.MultiIndex.from_frame(found[_ROW].drop_duplicates())
    alone = records[~pd.MultiIndex.from_frame(records[_ROW]).isin(compared)]
    failed = int((alone["error"] != "").sum())
    counts = {
        "ended with an error": failed,
        "have no partner of the same weights": len(alone) - failed,
    }
    said = [f"{count:,} rows {what}" for what, count in counts.items() if count]
    return f"Not compared: {', '.join(said)}.\n\n" if said else ""


def _absent(
    records: pd.DataFrame, first: pd.DataFrame, found: pd.DataFrame, where: str = "published"
) -> str:
    """Name the variants of the run that have no value compared on a test set, and say why."""
    place = ["test_set", "variant"]
    compared = set(found[place].itertuples(index=False, name=None))
    why: dict[tuple[str, str], list[str]] = {}
    for (test_set, variant), rows in records.groupby(place):
        if (test_set, variant) not in compared:
            there = first["test_set"].eq(test_set) & first["variant"].eq(variant)
            reason = _why_absent(rows, first[there], where)
            why.setdefault((test_set, reason), []).append(f"`{variant}`")
    lines = [
        f"Not compared on `{t}`, {w}: {', '.join(names)}.\n\n" for (t, w), names in why.items()
    ]
    return "".join(lines)


def _why_absent(here: pd.DataFrame, there: pd.DataFrame, where: str) -> str:
    """Say why no row of a variant on a test set is compared."""
    if here["error"].ne("").all():
        return "where every row ended with an error"
    if there.empty:
        return f"where nothing is {where}"
    if not there["weights_sha256"].isin(here["weights_sha256"]).any():
        return f"where other weights are {where}"
    return f"where other photographs, masks or metrics are {where}"


def _published_by(origins: list[Mapping]) -> str:
    machines = {_machine(origin["measured"]["machine"]) for origin in origins}
    return "; ".join(sorted(machines))


def _measured_by(info: RunInfo) -> str:
    blocks = (f"{_machine(one['machine'])}:\n\n```\n{one['command']}\n```" for one in info.commands)
    return "\n\n".join(dict.fromkeys(blocks))  # a run that was resumed has a command twice


def _machine(machine: Mapping) -> str:
    threads = f"{machine['threads']} of {machine['cores']} cores"
    return f"{machine['cpu']}, {threads}, torch {machine['torch']}, OpenCV {machine['opencv']}"


def _table(found: pd.DataFrame) -> str:
    lines = [
        f"| metric | unit | values | equal | largest difference | above {_AIM:g} |",
        "|---|---|---:|---:|---:|---:|",
    ]
    for name in METRICS:
        one = found[found["metric"] == name]["difference"]
        if len(one):
            cells = [METRICS[name].title, METRICS[name].unit or "-", f"{len(one):,}"]
            cells += [f"{(one == 0).sum():,}", f"{one.max():.1e}", f"{(one > _AIM).sum():,}"]
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _far(found: pd.DataFrame) -> str:
    far = found[found["difference"] > _AIM].sort_values("difference", ascending=False)
    if far.empty:
        return f"No value lies farther apart than {_AIM:g}."
    most = f", the {_LISTED} farthest of {len(far):,}" if len(far) > _LISTED else ""
    lines = [
        f"Farther apart than {_AIM:g}{most}:\n",
        "| metric | test set | variant | picture | mask | first | again |",
        "|---|---|---|---|---|---:|---:|",
    ]
    for row in far.head(_LISTED).itertuples():
        place = [METRICS[row.metric].title, row.test_set, row.variant, row.image_id, row.mask_id]
        lines.append(f"| {' | '.join(place)} | {row.first:.5f} | {row.here:.5f} |")
    return "\n".join(lines)


_HEAD = """# {title}

{rows:,} rows ({variants} variants on {sets}) were measured on

{measured}

and measured again on

{here}

The aim is that every value of every picture agrees to 0.0001, whatever the machine, the batch and
the number of threads. {rounding}

{left_out}{table}

{far}

Written by `python -m eval.benchmarks.reproduction {command} --out FILE`.
"""

_ROUNDING = """Results are pictures of 8 bits: where the last bits of a network's sums in
float32 put a value on the other side of a half, it moves by 1/255, which shows in small holes and
in decibels. `run --precision float64` does without."""

_WIDE = """The networks computed in float64 (`run --precision float64`), where the
bits that differ between machines are too small to put a value on the other side of a half before
it becomes one of 8 bits."""


if __name__ == "__main__":
    sys.exit(main())
