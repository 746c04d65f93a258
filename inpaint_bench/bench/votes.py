"""What people said: votes on pairs of results and ratings of single ones, in one SQLite file.

Many sessions and processes may write at once. A session is a random word of the server's; no
address and no picture is kept.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from inpaint_bench.errors import BenchError

__all__ = ["ANSWERS", "Vote", "VoteStore"]

ANSWERS = ("left", "right", "tie", "both bad")
_TABLES = """
CREATE TABLE IF NOT EXISTS votes (
    id INTEGER PRIMARY KEY,
    time REAL NOT NULL,
    session TEXT NOT NULL,
    photograph TEXT NOT NULL,
    hole_ratio REAL NOT NULL,
    left TEXT NOT NULL,
    right TEXT NOT NULL,
    answer TEXT NOT NULL,
    natural_left INTEGER,
    natural_right INTEGER
);
CREATE INDEX IF NOT EXISTS by_session ON votes (session, time);
"""
_ONCE = "CREATE UNIQUE INDEX IF NOT EXISTS by_pair ON votes (pair)"  # NULLs differ
_WAIT_SECONDS = 10.0


@dataclass(frozen=True)
class Vote:
    """One answer to "which of the two?".

    Attributes:
        session: random word that stands for one visitor's session.
        photograph: name of the example, or "own" for a visitor's.
        hole_ratio: share of missing pixels.
        left, right: variants.
        answer: one of `ANSWERS`.
        natural_left, natural_right: from 1 to 10, 10 = natural; None if not rated.
        pair: random word that stands for the pair as it was shown, which is answered once; None
            where nobody knows it.
    """

    session: str
    photograph: str
    hole_ratio: float
    left: str
    right: str
    answer: str
    natural_left: int | None = None
    natural_right: int | None = None
    pair: str | None = None


class VoteStore:
    """The votes of one app.

    Args:
        path: of the SQLite file; it and its folder are made when the first vote comes.
        per_minute: most votes that one session may give within a minute.
    """

    def __init__(self, path: Path, *, per_minute: int = 20) -> None:
        self._path = path
        self._per_minute = per_minute

    def add(self, vote: Vote) -> None:
        """Keep a vote.

        Raises:
            BenchError: it is none, its pair was answered already, or the session has voted too
                often within the last minute.
        """
        _check(vote)
        now = time.time()
        with self._open() as database:
            if _answer(database, vote.pair) is not None:
                raise BenchError("expected one answer a pair, got another: press New pair")
            recent = database.execute(
                "SELECT COUNT(*) FROM votes WHERE session = ? AND time > ?",
                (vote.session, now - 60.0),
            ).fetchone()[0]
            if recent >= self._per_minute:
                raise BenchError(
                    f"expected at most {self._per_minute} votes a minute, got more: "
                    "look a little longer at the next pair"
                )
            database.execute(
                "INSERT INTO votes (time, session, photograph, hole_ratio, left, right, answer,"
                " natural_left, natural_right, pair) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    now,
                    vote.session,
                    vote.photograph,
                    vote.hole_ratio,
                    vote.left,
                    vote.right,
                    vote.answer,
                    vote.natural_left,
                    vote.natural_right,
                    vote.pair,
                ),
            )

    def answer(self, pair: str) -> str | None:
        """Return what was said of a pair; None as long as nobody has."""
        with self._open() as database:
            return _answer(database, pair)

    def read(self) -> pd.DataFrame:
        """Return all votes, one a row, oldest first."""
        with self._open() as database:
            return pd.read_sql_query("SELECT * FROM votes ORDER BY id", database)

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        database = sqlite3.connect(self._path, timeout=_WAIT_SECONDS, isolation_level=None)
        try:
            database.executescript(_TABLES)
            database.execute("BEGIN IMMEDIATE")  # counting and adding are one step
            _know_pairs(database)
            yield database
            database.execute("COMMIT")
        finally:
            database.close()


def _know_pairs(database: sqlite3.Connection) -> None:
    """Give votes of before there were pairs the column for them, empty."""
    columns = database.execute("PRAGMA table_info(votes)").fetchall()
    if "pair" not in [name for _, name, *_ in columns]:
        database.execute("ALTER TABLE votes ADD COLUMN pair TEXT")
    database.execute(_ONCE)


def _answer(database: sqlite3.Connection, pair: str | None) -> str | None:
    row = database.execute("SELECT answer FROM votes WHERE pair = ?", (pair,)).fetchone()
    return None if row is None else row[0]


def _check(vote: Vote) -> None:
    if vote.answer not in ANSWERS:
        raise BenchError(f"expected one of {', '.join(ANSWERS)}, got {vote.answer!r}")
    if vote.left == vote.right:
        raise BenchError(f"expected two different methods, got {vote.left!r} twice")
    for rating in (vote.natural_left, vote.natural_right):
        if rating is not None and not 1 <= rating <= 10:
            raise BenchError(f"expected a naturalness from 1 to 10, got {rating}")
