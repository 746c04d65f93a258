"""What is measured on what: `eval/suites/*.toml` read into a frozen `Suite`.

Fields of a suite file, all of them required unless a default is stated:

    title      one line for a reader
    test_sets  names of frozen test sets under eval/testsets
    models     "all" (every variant whose weights are here), or a list of variant names
    metrics    "all", or a list of metric names, per image and per set alike
    seed       of stochastic models; 0 if left out
    how_to_get one line on where the photographs come from; empty if left out
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from inpaint_bench._registry import unknown
from inpaint_bench.errors import BenchError, UnknownNameError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

__all__ = ["ALL", "SUITES_FOLDER", "Names", "Suite", "list_suites", "read_suite"]

SUITES_FOLDER = Path(__file__).resolve().parents[2] / "eval" / "suites"
ALL = "all"
Names = tuple[str, ...] | Literal["all"]

_REQUIRED = ("title", "test_sets", "models", "metrics")
_OPTIONAL = ("seed", "how_to_get")


@dataclass(frozen=True)
class Suite:
    """One table worth measuring.

    Attributes:
        name: file stem under `eval/suites`, or "custom" for one made from arguments.
        title: one line for a reader.
        test_sets: names under `eval/testsets`.
        models: variant names, or "all".
        metrics: metric names, or "all".
        seed: of stochastic models.
        how_to_get: where the photographs come from, in one line.
    """

    name: str
    title: str
    test_sets: tuple[str, ...]
    models: Names
    metrics: Names
    seed: int = 0
    how_to_get: str = ""


def list_suites(folder: Path = SUITES_FOLDER) -> list[str]:
    """Return the names of the suites that come with the project."""
    return sorted(path.stem for path in folder.glob("*.toml"))


def read_suite(name: str, folder: Path = SUITES_FOLDER) -> Suite:
    """Return the suite called `name`, or the one in the file `name` where it ends in .toml.

    Raises:
        UnknownNameError: no such suite; the message lists the valid ones.
        BenchError: the file is no TOML, or a field is missing, unknown or of another type.
    """
    path = Path(name) if name.endswith(".toml") else folder / f"{name}.toml"
    if not path.is_file():
        raise UnknownNameError(unknown("suite", name, list_suites(folder)))
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BenchError(f"expected a TOML file, but {path} cannot be read: {error}") from error
    return _suite(path, table)


def _suite(path: Path, table: Mapping[str, object]) -> Suite:
    valid = (*_REQUIRED, *_OPTIONAL)
    missing = [field for field in _REQUIRED if field not in table]
    if missing:
        raise BenchError(f"suite {path} lacks {', '.join(missing)}; fields: {', '.join(valid)}")
    for field in table:
        if field not in valid:
            raise BenchError(f"{unknown('suite field', field, valid)} (in {path})")
    seed, title, how = table.get("seed", 0), table["title"], table.get("how_to_get", "")
    if not isinstance(seed, int) or not isinstance(title, str) or not isinstance(how, str):
        raise BenchError(f"suite {path}: expected seed an integer, title and how_to_get text")
    return Suite(
        name=path.stem,
        title=title,
        test_sets=_names(path, "test_sets", table["test_sets"]),
        models=ALL if table["models"] == ALL else _names(path, "models", table["models"]),
        metrics=ALL if table["metrics"] == ALL else _names(path, "metrics", table["metrics"]),
        seed=seed,
        how_to_get=how,
    )


def _names(path: Path, field: str, value: object) -> tuple[str, ...]:
    texts = isinstance(value, list) and all(isinstance(one, str) for one in value)
    if not texts or not value or len(set(value)) != len(value):
        raise BenchError(f"suite {path}: expected {field} to be a list of different names")
    return tuple(value)
