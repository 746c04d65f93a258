"""Votes as they are kept: by many at once, not too many by one, nothing that is no vote."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
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


@pytest.mark.parametrize(
    "change",
    [{"answer": "middle"}, {"right": "telea"}, {"natural_left": 0}, {"natural_right": 11}],
)
def test_what_is_no_vote_is_refused(tmp_path, change):
    with pytest.raises(BenchError, match="expected"):
        VoteStore(tmp_path / "votes.sqlite").add(replace(VOTE, **change))
