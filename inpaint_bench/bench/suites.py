"""What is measured on what: `eval/suites/*.toml` read into a frozen `Suite`.

Fields of a suite file, all of them required unless a default is stated:

    title      one line for a reader
    test_sets  names of frozen test sets under eval/testsets
    models     "all" (every variant whose weights are here), or a list of variant names
    metrics    "main" (what tables show first), "all" (of the composite and of sets), or a list
               of metric names, per image and per set alike
    seed       of stochastic models; 0 if left out
    votes      what people said of pairs of results belongs to the report; false if left out
    [consistency] self-consistency as one more metric: second_model, and, where wanted, distance,
               masks, ratio, patches, seed (see `metrics.reinpainting.Setting`)
    stages     measure the earlier stages of models that have some too; false if left out
    how_to_get one line on where the photographs come from; empty if left out
    [[freeze]] test sets of `test_sets` that are frozen from a person's own folders, when these
               are there: name, images, masks, size, how_to_get, and, where wanted, seed,
               per_image, limit (see `data.freezing`)
    [[reported]] numbers of papers: see `bench.reported`
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from pathlib import Path
from typing import Literal

from inpaint_bench._registry import unknown
from inpaint_bench.bench.reported import Reported, parse_reported
from inpaint_bench.errors import BenchError, UnknownNameError
from inpaint_bench.metrics import Setting

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

__all__ = [
    "ALL",
    "MAIN",
    "OWN_SUITE",
    "SUITES_FOLDER",
    "Names",
    "SetRecipe",
    "Suite",
    "list_suites",
    "read_suite",
]

SUITES_FOLDER = Path(__file__).resolve().parents[2] / "eval" / "suites"
OWN_SUITE = "suite.toml"  # in a run's folder: the file of one's own that it was made by
ALL, MAIN = "all", "main"
Names = tuple[str, ...] | Literal["all", "main"]

_REQUIRED = ("title", "test_sets", "models", "metrics")
_OPTIONAL = ("seed", "stages", "votes", "consistency", "how_to_get", "freeze", "reported")
_RECIPE_TEXTS = ("name", "images", "masks", "how_to_get")
_RECIPE_NUMBERS = {"size": 0, "seed": 0, "per_image": 6, "limit": 0}


@dataclass(frozen=True)
class SetRecipe:
    """A test set that can be frozen where the data are; arguments as in `data.freeze`.

    Attributes:
        how_to_get: for a person who lacks the data, in one line.
        limit: only the first so many photographs; 0 for all.
    """

    name: str
    images: str
    masks: str
    how_to_get: str
    size: int
    seed: int = 0
    per_image: int = 6
    limit: int = 0


@dataclass(frozen=True)
class Suite:
    """One table worth measuring.

    Attributes:
        name: file stem under `eval/suites`, or "custom" for one made from arguments.
        title: one line for a reader.
        test_sets: names under `eval/testsets`.
        models: variant names, or "all".
        metrics: metric names, "all" or "main".
        seed: of stochastic models.
        how_to_get: where the photographs come from, in one line.
        stages: measure the earlier stages of models that have some too.
        reported: numbers of papers, to be shown beside the measured ones.
        consistency: measure self-consistency so; None leaves it out.
        votes: people's votes belong to its report.
        recipes: how those of `test_sets` are frozen that the project cannot publish.
        text: of a file of one's own; empty for the project's suites.
    """

    name: str
    title: str
    test_sets: tuple[str, ...]
    models: Names
    metrics: Names
    seed: int = 0
    how_to_get: str = ""
    stages: bool = False
    reported: tuple[Reported, ...] = ()
    recipes: tuple[SetRecipe, ...] = ()
    votes: bool = False
    consistency: Setting | None = None
    text: str = ""


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
        text = path.read_text(encoding="utf-8")
        table = tomllib.loads(text, parse_float=Decimal)  # 0.90 keeps its zero
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BenchError(f"expected a TOML file, but {path} cannot be read: {error}") from error
    suite = _suite(path, table)
    return suite if path.resolve().parent == SUITES_FOLDER else replace(suite, text=text)


def _suite(path: Path, table: Mapping[str, object]) -> Suite:
    valid = (*_REQUIRED, *_OPTIONAL)
    missing = [field for field in _REQUIRED if field not in table]
    if missing:
        raise BenchError(f"suite {path} lacks {', '.join(missing)}; fields: {', '.join(valid)}")
    for field in table:
        if field not in valid:
            raise BenchError(f"{unknown('suite field', field, valid)} (in {path})")
    seed, title, how = table.get("seed", 0), table["title"], table.get("how_to_get", "")
    stages, votes = table.get("stages", False), table.get("votes", False)
    typed = isinstance(seed, int) and isinstance(title, str) and isinstance(how, str)
    if not typed or not isinstance(stages, bool) or not isinstance(votes, bool):
        raise BenchError(
            f"suite {path}: expected seed an integer, title and how_to_get text, stages true or "
            "false, votes likewise"
        )
    test_sets = _names(path, "test_sets", table["test_sets"])
    recipes = _recipes(path, table.get("freeze", []))
    for one in recipes:
        if one.name not in test_sets:
            raise BenchError(f"suite {path}: [[freeze]] {one.name} is not among its test_sets")
    return Suite(
        name=path.stem,
        title=title,
        test_sets=test_sets,
        models=ALL if table["models"] == ALL else _names(path, "models", table["models"]),
        metrics=_metrics(path, table["metrics"]),
        seed=seed,
        how_to_get=how,
        stages=stages,
        reported=parse_reported(str(path), table.get("reported", [])),
        recipes=recipes,
        votes=votes,
        consistency=_consistency(path, table.get("consistency")),
    )


def _metrics(path: Path, value: object) -> Names:
    return value if value in (ALL, MAIN) else _names(path, "metrics", value)


def _consistency(path: Path, table: object) -> Setting | None:
    """Return the `[consistency]` table."""
    if table is None:
        return None
    kinds = {field.name: str if field.type == "str" else (int, float) for field in fields(Setting)}
    right = isinstance(table, Mapping) and "second_model" in table and set(table) <= set(kinds)
    if right:  # numbers with a point keep their digits in suites: see `read_suite`
        table = {key: float(v) if isinstance(v, Decimal) else v for key, v in table.items()}
    if not right or not all(isinstance(value, kinds[name]) for name, value in table.items()):
        raise BenchError(f"suite {path}: expected [consistency] with {', '.join(kinds)}")
    return Setting(**table)


def _recipes(path: Path, tables: object) -> tuple[SetRecipe, ...]:
    """Return the `[[freeze]]` tables."""
    if not isinstance(tables, list):
        raise BenchError(f"suite {path}: expected [[freeze]] tables")
    found = []
    for table in tables:
        if not isinstance(table, Mapping):
            raise BenchError(f"suite {path}: expected [[freeze]] tables")
        valid = (*_RECIPE_TEXTS, *_RECIPE_NUMBERS)
        missing = [name for name in (*_RECIPE_TEXTS, "size") if name not in table]
        if missing:
            raise BenchError(f"suite {path}: [[freeze]] lacks {', '.join(missing)}")
        for name in table:
            if name not in valid:
                raise BenchError(f"{unknown('[[freeze]] field', name, valid)} (in {path})")
        texts = {name: table[name] for name in _RECIPE_TEXTS}
        numbers = {name: table.get(name, usual) for name, usual in _RECIPE_NUMBERS.items()}
        right = all(isinstance(one, str) and one for one in texts.values())
        if not right or not all(isinstance(one, int) for one in numbers.values()):
            raise BenchError(f"suite {path}: [[freeze]] holds texts and whole numbers")
        found.append(SetRecipe(**texts, **numbers))
    return tuple(found)


def _names(path: Path, field: str, value: object) -> tuple[str, ...]:
    texts = isinstance(value, list) and all(isinstance(one, str) for one in value)
    if not texts or not value or len(set(value)) != len(value):
        raise BenchError(f"suite {path}: expected {field} to be a list of different names")
    return tuple(value)
