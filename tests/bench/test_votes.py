"""Votes as they are kept: by many at once, not too many by one, nothing that is no vote."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace

import pytest

from inpaint_bench.bench.votes import Vote, VoteStore
from inpaint_bench.errors import BenchError

VOTE = Vote("s1", "coffee", 0.25, "telea", "patchmatch", "left", 7, None)


def test_votes_come_back_as_they_were_given(tmp_path):
    store = VoteStore(tmp_path / "deep" / "votes.sqlite")
    assert store.read().empty
    store.add(VOTE)
    store.add(replace(VOTE, answer="both bad", natural_left=None))
    rows = VoteStore(tmp_path / "deep" / "votes.sqlite").read()
    assert rows["answer"].tolist() == ["left", "both bad"]
    assert rows["natural_left"].tolist()[0] == 7 and rows["natural_right"].isna().all()


def test_a_session_that_votes_too_often_is_slowed_down_and_others_are_not(tmp_path):
    store = VoteStore(tmp_path / "votes.sqlite", per_minute=3)
    for _ in range(3):
        store.add(VOTE)
    with pytest.raises(BenchError, match="at most 3 votes a minute"):
        store.add(VOTE)
    store.add(replace(VOTE, session="s2"))
    assert len(store.read()) == 4


def test_votes_given_at_once_are_all_kept_and_the_limit_holds(tmp_path):
    def give(number: int) -> bool:
        store = VoteStore(tmp_path / "votes.sqlite", per_minute=10)
        try:
            store.add(replace(VOTE, session=f"s{number % 2}"))
        except BenchError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        kept = sum(pool.map(give, range(40)))
    assert kept == 20 == len(VoteStore(tmp_path / "votes.sqlite").read())


def test_a_pair_is_answered_once_and_the_first_answer_stands(tmp_path):
    store = VoteStore(tmp_path / "votes.sqlite")
    assert store.answer("p1") is None
    for answer in ("tie", "left"):  # of before there were pairs
        store.add(replace(VOTE, answer=answer))
    store.add(replace(VOTE, pair="p1", answer="right"))
    with pytest.raises(BenchError, match="one answer a pair"):
        VoteStore(tmp_path / "votes.sqlite").add(replace(VOTE, pair="p1", session="s2"))
    store.add(replace(VOTE, pair="p2"))
    assert store.read()["pair"].fillna("").tolist() == ["", "", "p1", "p2"]
    assert store.answer("p1") == "right" and store.answer("p2") == "left"


def test_a_file_of_before_there_were_pairs_goes_on(tmp_path):
    path = tmp_path / "votes.sqlite"
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(
            "CREATE TABLE votes (id INTEGER PRIMARY KEY, time REAL NOT NULL, session TEXT NOT NULL,"
            " photograph TEXT NOT NULL, hole_ratio REAL NOT NULL, left TEXT NOT NULL,"
            " right TEXT NOT NULL, answer TEXT NOT NULL, natural_left INTEGER,"
            " natural_right INTEGER)"
        )
        for number in range(2):
            database.execute(
                "INSERT INTO votes VALUES (?, 1.0, 's', 'cat', 0.2, 'a', 'b', 'tie', 3, NULL)",
                (number,),
            )
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: VoteStore(path).add(replace(VOTE, pair=f"p{n}")), range(4)))
    rows = VoteStore(path).read()
    assert rows["answer"].tolist() == ["tie"] * 2 + ["left"] * 4
    assert rows["pair"].isna().tolist() == [True] * 2 + [False] * 4
    with pytest.raises(BenchError, match="one answer a pair"):
        VoteStore(path).add(replace(VOTE, pair="p0"))


@pytest.mark.parametrize(
    "change",
    [{"answer": "middle"}, {"right": "telea"}, {"natural_left": 0}, {"natural_right": 11}],
)
def test_what_is_no_vote_is_refused(tmp_path, change):
    with pytest.raises(BenchError, match="expected"):
        VoteStore(tmp_path / "votes.sqlite").add(replace(VOTE, **change))
