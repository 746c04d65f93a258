"""What votes amount to: a method's strength, its share of votes and how natural it looks.

Reads the file of the app's arena or the CSV that it saves; numbers that papers report of their own
studies stand beside these and are never mixed with them.
"""

from __future__ import annotations

import hashlib
import math
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from inpaint_bench.bench.bradley_terry import fit_strengths, win_matrix
from inpaint_bench.bench.reported import Reported
from inpaint_bench.bench.statistics import CONFIDENCE, RESAMPLES, Estimate, unanimous_interval
from inpaint_bench.bench.tables import ALL_BUCKETS, csv_rows
from inpaint_bench.bench.votes import ANSWERS
from inpaint_bench.errors import BenchError

__all__ = [
    "NO_VOTES",
    "Preference",
    "Preferences",
    "preference_rows",
    "preferences",
    "read_votes",
    "render_preferences",
]

_WHERE = (
    "the app's arena keeps them in votes/votes.sqlite (or where "
    "INPAINT_BENCH_VOTES_FILE says); give that file, or the CSV that the arena saves, as "
    "--votes FILE."
)
NO_VOTES = f"No votes were given: {_WHERE}"
_FEWEST = 10  # votes below which an interval over resampled votes says nothing, as in the arena
_COLUMNS = ("left", "right", "answer", "natural_left", "natural_right")
_SQLITE = b"SQLite format 3\0"
_WORDS = (
    "Two results of one picture are shown without names. Score: Bradley and Terry's strength, 1000 "
    "on average, 400 points more are odds of ten to one. Share: of the pairs in which it was "
    "preferred, a tie counting half; pairs of which both were bad are left out of both. "
    f"Naturalness: mean of ratings from 1 to 10. In brackets {CONFIDENCE:.0%} intervals over "
    f"resampled votes (not visitors), from {_FEWEST} up, the exact ones where all votes agree on a "
    "share; in parentheses N."
)


@dataclass(frozen=True)
class Preference:
    """What people say of one method.

    Attributes:
        score: Bradley-Terry strength in points.
        share: of its pairs in which it was preferred, ties as halves, in per cent.
        both_bad: share of all its pairs of which both were bad, in per cent.
        naturalness: mean rating, 1 to 10; NaN where nobody rated it.
    """

    score: Estimate
    share: Estimate
    both_bad: Estimate
    naturalness: Estimate


@dataclass(frozen=True)
class Preferences:
    """What all votes say.

    Attributes:
        sha256: of the votes, in their order.
        votes: how many.
        photographs: different names among their pictures; visitors' own count as one.
        methods: the strongest first.
        against: (method, other) -> share in per cent of their pairs in which the method won.
    """

    sha256: str
    votes: int
    photographs: int
    methods: Mapping[str, Preference]
    against: Mapping[tuple[str, str], Estimate]


def read_votes(path: Path) -> pd.DataFrame:
    """Return votes from the arena's SQLite file or from the CSV that it saves.

    Raises:
        BenchError: the file is missing or is neither, or holds what is no vote.
    """
    if not path.is_file():
        raise BenchError(f"expected a file of votes, but there is none at {path}: {_WHERE}")
    try:
        frame = (
            _read_database(path)
            if _is_database(path)
            else pd.read_csv(path, dtype={"left": str, "right": str})
        )
    except (sqlite3.Error, pd.errors.DatabaseError) as error:
        raise BenchError(f"expected the arena's votes in {path}, got: {error}") from error
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise BenchError(f"expected votes as SQLite or CSV in {path}, got: {error}") from error
    missing = [name for name in (*_COLUMNS, "photograph") if name not in frame]
    if missing:
        raise BenchError(f"expected votes with the columns {', '.join(missing)}, {path} has none")
    return _checked(frame, path)


def preferences(votes: pd.DataFrame) -> Preferences:
    """Return what votes amount to; no methods where there are none.

    Args:
        votes: as `read_votes` gives them.
    """
    strengths = fit_strengths(votes)
    methods = {}
    for name, strength in strengths.items():
        few = strength.votes < _FEWEST
        low, high = (math.nan, math.nan) if few else (strength.low, strength.high)
        mine = votes[(votes["left"] == name) | (votes["right"] == name)]
        methods[name] = Preference(
            score=Estimate(strength.score, low, high, strength.votes),
            share=_share(_wins(mine, name)),
            both_bad=_share((mine["answer"] == "both bad").to_numpy(float)),
            naturalness=_mean(_ratings(votes, name)),
        )
    text = votes[list(_COLUMNS)].to_csv(index=False, float_format="%g")
    return Preferences(
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        votes=len(votes),
        photographs=int(votes["photograph"].nunique()),
        methods=methods,
        against=_against(votes, list(methods)),
    )


def render_preferences(found: Preferences) -> list[str]:
    """Return the blocks of Markdown that say what people prefer."""
    blocks = ["## What people prefer"]
    if not found.methods:
        return [*blocks, f"The file holds no votes yet: {_WHERE}"]
    blocks.append(
        f"{found.votes} votes on {found.photographs} different photographs, sha256 "
        f"`{found.sha256}`. {_WORDS}"
    )
    lines = [["method", "score ↑", "share of votes (%) ↑", "both bad (%) ↓", "naturalness ↑"]]
    for name, one in found.methods.items():
        cells = [_cell(one.score, 0), _cell(one.share, 1), _cell(one.both_bad, 1)]
        lines.append([name, *cells, _cell(one.naturalness, 2)])
    blocks.append(_table(lines))
    if len(found.methods) > 1:
        words = "Share of votes (%) of the method in the row against the one in the column (N)."
        blocks += ["### One against one", words, _table(_matrix(found))]
    return blocks


def preference_rows(
    found: Preferences, reported: Sequence[Reported] = ()
) -> list[dict[str, object]]:
    """Return rows of CSV as `tables.csv_rows`: what was voted, then what papers report."""
    rows: list[dict[str, object]] = []
    parts = [("score", "points", True), ("share", "%", True), ("both_bad", "%", False)]
    for part, unit, up in (*parts, ("naturalness", "1-10", True)):
        cells = {(n, ALL_BUCKETS): getattr(one, part) for n, one in found.methods.items()}
        rows += _rows(found.sha256, f"votes:{part}", (unit, up), cells)
    for other in found.methods:
        cells = {
            (name, ALL_BUCKETS): share
            for (name, against), share in found.against.items()
            if against == other
        }
        rows += _rows(found.sha256, f"votes:share against {other}", ("%", True), cells)
    for one in reported:
        rows += _reported_rows(one)
    return rows


def _rows(
    sha256: str,
    metric: str,
    about: tuple[str, bool],
    cells: Mapping[tuple[str, str], Estimate],
) -> list[dict[str, object]]:
    common = {
        "test_set": "votes",
        "test_set_sha256": sha256,
        "metric": metric,
        "unit": about[0],
        "higher_is_better": about[1],
        "note": "interval over resampled votes",
    }
    names = list(dict.fromkeys(name for name, _ in cells))
    return csv_rows(cells, about=common, rows=names, buckets=[ALL_BUCKETS])


def _reported_rows(one: Reported) -> list[dict[str, object]]:
    """Return the numbers of a paper, which have no test set and no hash of votes."""
    rows = []
    for i, column in enumerate(one.columns):
        cells = {
            (method, ALL_BUCKETS): Estimate(float(values[i]))
            for method, values in one.rows.items()
            if values[i] is not None
        }
        common = {
            "test_set": "",
            "test_set_sha256": "",
            "metric": f"reported:{column}",
            "unit": "",
            "higher_is_better": "↑" in column,
            "note": f"{one.title}; N as stated: {one.n}; not measured here",
        }
        names = [method for method, _ in cells]
        rows += csv_rows(cells, about=common, rows=names, buckets=[ALL_BUCKETS])
    return [{**row, "n": ""} for row in rows]


def _is_database(path: Path) -> bool:
    with path.open("rb") as stream:
        return stream.read(len(_SQLITE)) == _SQLITE


def _read_database(path: Path) -> pd.DataFrame:
    """Read without a lock for writing: the app may be running."""
    database = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=10.0)
    try:
        return pd.read_sql_query("SELECT * FROM votes ORDER BY id", database)
    finally:
        database.close()


def _checked(frame: pd.DataFrame, path: Path) -> pd.DataFrame:
    """Return votes with numbers for ratings.

    Raises:
        BenchError: a row is no vote; says which.
    """
    sides = ("natural_left", "natural_right")
    natural = {name: pd.to_numeric(frame[name], errors="coerce") for name in sides}
    rated = [frame[name].isna() | natural[name].between(1, 10) for name in sides]
    named = frame["left"].notna() & frame["right"].notna() & (frame["left"] != frame["right"])
    good = named & frame["answer"].isin(ANSWERS) & rated[0] & rated[1]
    if not good.all():
        row = frame[~good].iloc[0]
        got = ", ".join(f"{name}={row[name]}" for name in _COLUMNS)
        raise BenchError(
            f"expected two different methods, an answer among {', '.join(ANSWERS)} and ratings "
            f"from 1 to 10 in every vote of {path}, got {got}"
        )
    return frame.assign(**natural)


def _wins(votes: pd.DataFrame, name: str) -> np.ndarray:
    """Return 1 for each pair that a method won, 0.5 for a tie, 0 for one that it lost."""
    judged = votes[votes["answer"] != "both bad"]
    side = np.where(judged["left"] == name, "left", "right")
    answer = judged["answer"].to_numpy()
    return np.where(answer == "tie", 0.5, (answer == side).astype(float))


def _ratings(votes: pd.DataFrame, name: str) -> np.ndarray:
    sides = [votes.loc[votes[side] == name, f"natural_{side}"] for side in ("left", "right")]
    return pd.concat(sides).dropna().to_numpy(float)


def _against(votes: pd.DataFrame, names: Sequence[str]) -> dict[tuple[str, str], Estimate]:
    wins = win_matrix(votes, names)
    pairs = wins + wins.T
    return {
        (one, other): Estimate(100.0 * wins[i, j] / pairs[i, j], n=int(pairs[i, j]))
        for i, one in enumerate(names)
        for j, other in enumerate(names)
        if pairs[i, j]
    }


def _share(votes: np.ndarray) -> Estimate:
    """Return the mean of zeros, halves and ones in per cent; votes that all agree have the exact
    interval."""
    found = _mean(votes)
    ends = (found.low, found.high)
    if found.n >= _FEWEST and found.mean in (0.0, 1.0):
        ends = unanimous_interval(found.mean, found.n)
    low, high = (math.nan if math.isnan(end) else 100.0 * end for end in ends)
    return Estimate(100.0 * found.mean, low, high, found.n)


def _mean(values: np.ndarray) -> Estimate:
    """Return a mean with its interval, which equal values do not have; they are counted, so that
    many cost no more."""
    if not values.size:
        return Estimate(math.nan)
    mean = float(values.mean())
    different, counts = np.unique(values, return_counts=True)
    if values.size < _FEWEST or different.size == 1:
        return Estimate(mean, n=values.size)
    rng = np.random.default_rng(0)
    drawn = rng.multinomial(values.size, counts / values.size, size=RESAMPLES)  # R x K
    tail = 50.0 * (1.0 - CONFIDENCE)
    low, high = np.percentile(drawn @ different / values.size, [tail, 100.0 - tail])
    return Estimate(mean, float(low), float(high), values.size)


def _matrix(found: Preferences) -> list[list[str]]:
    lines = [["method", *found.methods]]
    for name in found.methods:
        cells = [found.against.get((name, other), Estimate(math.nan)) for other in found.methods]
        lines.append([name, *(_cell(one, 0) for one in cells)])
    return lines


def _cell(one: Estimate, digits: int) -> str:
    if math.isnan(one.mean):
        return "—"
    span = "" if math.isnan(one.low) else f" [{one.low:.{digits}f}, {one.high:.{digits}f}]"
    return f"{one.mean:.{digits}f}{span} ({one.n})"


def _table(lines: Sequence[Sequence[str]]) -> str:
    head, *rest = lines
    marks = ["---", *("---:" for _ in head[1:])]
    return "\n".join(
        "| " + " | ".join(text.replace("|", "\\|") for text in line) + " |"
        for line in (head, marks, *rest)
    )
