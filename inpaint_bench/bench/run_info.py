"""`run.json`: what a run's folder holds and how it came to be; what `report` states.

A folder only grows: another command on it adds test sets, variants and metrics, and what it
says about those that are measured again replaces what was said before.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timezone
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows has no such locks
    fcntl = None

from inpaint_bench._files import is_temporary
from inpaint_bench.bench.consistency import CONSISTENCY
from inpaint_bench.bench.files import read_json, write_json
from inpaint_bench.bench.measuring import picture_metric
from inpaint_bench.bench.photographs import SAME, same_files
from inpaint_bench.bench.plan import Plan, test_set_hash
from inpaint_bench.bench.provenance import code_version, machine, machine_load
from inpaint_bench.errors import BenchError, WriteError
from inpaint_bench.metrics import METRICS, RAW_METRICS, SET_METRICS

__all__ = [
    "RunInfo",
    "command_of",
    "describe_metric",
    "describe_plan",
    "merge",
    "note_load",
    "occupied",
    "read_run",
    "remarks_on",
    "was_busy",
    "write_run",
]

_log = logging.getLogger(__name__)

_FORMAT = 1
_FILE = "run.json"
_BEFORE_A_RUN = ("testset.json", "testsets", ".DS_Store")  # what a folder may hold without run.json

# JSON's types of each field, and of what tables and lists hold.
_TYPES: dict[str, tuple[type, type | None]] = {
    "suite": (str, None),
    "title": (str, None),
    "seed": (int, None),
    "test_sets": (dict, dict),
    "variants": (dict, dict),
    "metrics": (dict, dict),
    "empty": (dict, str),
    "skipped": (dict, str),
    "commands": (list, dict),
}

# What a report reads of each entry.
_FIELDS: dict[str, tuple[str, ...]] = {
    "test_sets": ("sha256", "size", "images", "masks", "items", "total"),
    "metrics": ("title", "unit", "higher_is_better", "definition", "reference", "per_set"),
    "commands": ("date", "load", "machine", "test_sets", "variants"),
}
_MACHINE = ("cpu", "cores", "threads", "torch")

Entry = Mapping[str, object]


@dataclass(frozen=True)
class RunInfo:
    """What `run.json` says.

    Attributes:
        suite: name of the latest suite, "custom" where there was none.
        title: of that suite.
        seed: of stochastic models.
        test_sets: by name: sha256, size, images, masks, items asked for, total; `same` where
            several images are of one photograph.
        variants: by name: what the recipe was made from.
        metrics: by name: title, unit, direction, definition, reference, version, per_set.
        empty: metric -> why its column is empty.
        skipped: test set -> why nothing was measured on it.
        commands: every command that changed the folder, with date, code version, machine, the
            machine's load when it began (the highest, where it was resumed), what it measured
            on what, and remarks by test set.
    """

    suite: str
    title: str
    seed: int
    test_sets: Mapping[str, Entry]
    variants: Mapping[str, Mapping[str, str]]
    metrics: Mapping[str, Entry]
    empty: Mapping[str, str] = field(default_factory=dict)
    skipped: Mapping[str, str] = field(default_factory=dict)
    commands: tuple[Entry, ...] = ()


def describe_plan(
    plan: Plan,
    *,
    empty: Mapping[str, str],
    skipped: Mapping[str, str],
    command: str,
    threads: int | None = None,
    remarks: Mapping[str, Sequence[str]] | None = None,
) -> RunInfo:
    """Return what `run.json` says about one plan.

    Args:
        plan: with the metrics that can be computed.
        empty: the other wanted metrics -> why they cannot.
        skipped: test sets that are missing -> why.
        command: as a person would type it.
        threads: that a computation may use.
        remarks: test set -> lines that a reader of its tables needs.
    """
    wanted = [*plan.metrics, *plan.set_metrics, *empty]
    limit = plan.limit
    return RunInfo(
        suite=plan.suite,
        title=plan.title,
        seed=plan.seed,
        test_sets={
            test_set.name: {
                "sha256": test_set_hash(test_set),
                "size": test_set.size,
                "images": test_set.images,
                "masks": test_set.masks,
                "items": min(len(test_set.items), limit or len(test_set.items)),
                "total": len(test_set.items),
                **({SAME: same} if (same := same_files(test_set.items)) else {}),
            }
            for test_set in plan.test_sets
        },
        variants={recipe.variant.name: recipe.ingredients() for recipe in plan.recipes},
        metrics={
            name: describe_metric(name, plan.metrics.get(name, ""))
            for name in (*METRICS, *RAW_METRICS, CONSISTENCY, *SET_METRICS)
            if name in wanted
        },
        empty=dict(empty),
        skipped=dict(skipped),
        commands=(
            {
                "command": command,
                "date": datetime.now(timezone.utc).date().isoformat(),
                "code_version": code_version(),
                "machine": machine(threads),
                "load": machine_load(),
                "variants": [recipe.variant.name for recipe in plan.recipes],
                "test_sets": [test_set.name for test_set in plan.test_sets],
                "remarks": {name: list(lines) for name, lines in (remarks or {}).items()},
            },
        ),
    )


def describe_metric(name: str, version: str = "") -> dict[str, object]:
    """Return what a reader needs to know about a metric, of a picture or of a set.

    Args:
        name: of the metric.
        version: as rows state it; needed for `CONSISTENCY` alone.
    """
    per_set = name in SET_METRICS
    metric = SET_METRICS[name] if per_set else picture_metric(name, version)
    return {
        "title": metric.title,
        "unit": metric.unit,
        "higher_is_better": metric.higher_is_better,
        "definition": metric.definition,
        "reference": metric.reference,
        "version": metric.version,
        "per_set": per_set,
        "contest": per_set or metric.contest,
        "enough": SET_METRICS[name].enough if per_set else 0,
        "enough_because": SET_METRICS[name].enough_because if per_set else "",
    }


def merge(old: RunInfo | None, new: RunInfo) -> RunInfo:
    """Return what a folder says after a second command on it.

    Args:
        old: what it said; None for a new folder.
        new: what the command measures.
    """
    if old is None:
        return new
    order = [*METRICS, *RAW_METRICS, CONSISTENCY, *SET_METRICS]
    metrics = {**old.metrics, **new.metrics}
    empty = {name: why for name, why in old.empty.items() if name not in new.metrics}
    return replace(
        new,
        test_sets={**old.test_sets, **{n: _grown(old, n, e) for n, e in new.test_sets.items()}},
        variants={**old.variants, **new.variants},
        metrics={name: metrics[name] for name in (*order, *metrics) if name in metrics},
        empty={**empty, **new.empty},
        skipped={
            name: why
            for name, why in {**old.skipped, **new.skipped}.items()
            if name not in new.test_sets
        },
        commands=_appended(old.commands, new.commands[-1]),
    )


@contextmanager
def occupied(folder: Path) -> Iterator[None]:
    """Keep other commands on this machine out of a run's folder: they would lose each other's
    lines.

    Raises:
        BenchError: another command is at work in it.
        WriteError: it cannot be made.
    """
    if fcntl is None:
        yield
        return
    new = not folder.exists()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        place = os.open(folder, os.O_RDONLY)  # locked itself, so that no file is left in it
    except OSError as error:
        raise WriteError(f"cannot write to {folder}: {error.strerror or error}") from error
    try:
        fcntl.flock(place, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(place)
        raise BenchError(
            f"another command is at work in {folder}: wait for its end, or name another folder"
        ) from error
    except OSError as error:  # a file system without locks
        _log.warning("%s cannot be locked, so start no other command in it: %s", folder, error)
    try:
        yield
    finally:
        os.close(place)
        if new:
            with suppress(OSError):  # it goes if nothing was written into it
                folder.rmdir()


def read_run(folder: Path) -> RunInfo | None:
    """Return what a folder says; None where there is nothing yet.

    Raises:
        BenchError: the folder holds something else, or was written by another version.
    """
    path = folder / _FILE
    if folder.exists() and not folder.is_dir():
        raise BenchError(f"expected a folder for the run, got the file {folder}: name another")
    if not path.is_file():
        if folder.is_dir() and any(not _may_lie_there(one) for one in folder.iterdir()):
            raise BenchError(
                f"expected the folder of a run or an empty one, but {folder} holds other files "
                "and no run.json: name another folder"
            )
        return None
    value = read_json(path)
    fields = {name for name in RunInfo.__dataclass_fields__ if name in value}
    if value.get("format") != _FORMAT or fields != set(RunInfo.__dataclass_fields__):
        raise BenchError(
            f"expected run.json of format {_FORMAT} in {folder}, got format "
            f"{value.get('format')!r}: measure into a new folder"
        )
    entries = {name: value[name] for name in fields}
    for name, entry in entries.items():
        if not _has_type(entry, *_TYPES[name]) or not _has_fields(entry, _FIELDS.get(name, ())):
            raise BenchError(
                f"expected {name} in {path} as a run writes it, got {json.dumps(entry)[:80]}: take "
                "back what was changed there, or measure into a new folder"
            )
    machines = [command["machine"] for command in entries["commands"]]
    if not machines or not _has_type(machines, list, dict) or not _has_fields(machines, _MACHINE):
        raise BenchError(
            f"expected commands with their machines in {path}, got {json.dumps(machines)[:80]}: "
            "take back what was changed there, or measure into a new folder"
        )
    return RunInfo(**{**entries, "commands": tuple(value["commands"])})


def _has_type(entry: object, outer: type, inner: type | None) -> bool:
    if not isinstance(entry, outer) or inner is None:
        return isinstance(entry, outer)
    held = entry.values() if isinstance(entry, dict) else entry
    return all(isinstance(one, inner) for one in held)


def _has_fields(entries: object, names: Sequence[str]) -> bool:
    """Say whether every entry of a table or list has fields of these names."""
    held = entries.values() if isinstance(entries, dict) else entries
    return not names or all(name in one for one in held for name in names)


def _may_lie_there(path: Path) -> bool:
    """Say whether a file may lie in the folder of a run that is only about to begin."""
    return path.name in _BEFORE_A_RUN or is_temporary(path)


def write_run(folder: Path, info: RunInfo) -> bool:
    """Write `run.json` unless it says the same already; say whether anything was written."""
    return write_json(folder / _FILE, {"format": _FORMAT, **asdict(info)})


def note_load(folder: Path) -> None:
    """Write down the load that a command ends under where it is more than it began under; its own
    threads do not count."""
    info = read_run(folder)
    last = info.commands[-1]
    others = round(machine_load() - int(last["machine"]["threads"]), 1)
    if others > float(last["load"]):
        write_run(folder, replace(info, commands=(*info.commands[:-1], {**last, "load": others})))


def command_of(info: RunInfo, variant: str, test_set: str) -> Entry:
    """Return the last command that measured a variant on a test set."""
    for entry in reversed(info.commands):
        if variant in entry.get("variants", ()) and test_set in entry.get("test_sets", ()):
            return entry
    return info.commands[-1]


def remarks_on(info: RunInfo, test_set: str) -> list[str]:
    """Return what the commands of a folder remarked on a test set, the latest of each method."""
    lines: dict[str, None] = {}
    for entry in info.commands:
        found = entry.get("remarks", {}).get(test_set, ())
        if found:  # another try of the same method takes back what was said before
            names = tuple(f"{name}:" for name in entry.get("variants", ()))
            lines = {line: None for line in lines if not line.startswith(names)}
        lines.update(dict.fromkeys(found))
    return list(lines)


def was_busy(command: Entry) -> bool:
    """Whether the machine's load exceeded half its cores when a command began or ended: its
    seconds are too long then, and not to be compared."""
    return float(command["load"]) > int(command["machine"]["cores"]) / 2


def _appended(commands: tuple[Entry, ...], new: Entry) -> tuple[Entry, ...]:
    """Return `commands` with `new`; one that resumes the last only adds its load."""
    if not commands:
        return (new,)
    last = commands[-1]
    same_moment = {"date": last["date"], "load": last["load"]}
    if {**new, **same_moment} != last:
        return (*commands, new)
    return (*commands[:-1], {**last, "load": max(float(last["load"]), float(new["load"]))})


def _grown(old: RunInfo, name: str, entry: Entry) -> Entry:
    """Return a test set's entry; a smaller limit does not take back what is there."""
    before = old.test_sets.get(name, {})
    if before.get("sha256") != entry["sha256"]:
        return entry
    return {**entry, "items": max(int(before["items"]), int(entry["items"]))}
