"""What people prefer, against counts by hand and against the file that the arena writes."""

from __future__ import annotations

import csv
import io

import numpy as np
import pytest
from scipy.stats import binomtest

from inpaint_bench.bench.preferences import preferences, read_votes, render_preferences
from inpaint_bench.bench.report import report_votes
from inpaint_bench.bench.suites import read_suite
from inpaint_bench.bench.votes import Vote, VoteStore
from inpaint_bench.cli import main
from inpaint_bench.errors import BenchError


def vote(left, right, answer, rated=(None, None)) -> Vote:
    return Vote("s", "coffee", 0.3, left, right, answer, *rated)


# a beats b 15 times of 20 (one tie beside), b beats c 3 of 3, and once both were bad.
VOTES = [
    *[vote("a", "b", "left", (9, 4))] * 10,
    *[vote("b", "a", "right", (3, 8))] * 5,
    *[vote("b", "a", "left")] * 5,
    vote("a", "b", "tie"),
    *[vote("c", "b", "right")] * 3,
    vote("c", "b", "both bad", (1, 2)),
]


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    path = tmp_path_factory.mktemp("votes") / "votes.sqlite"
    store = VoteStore(path, per_minute=1000)
    for one in VOTES:
        store.add(one)
    return path


@pytest.fixture(scope="module")
def exported(database):
    """The CSV of the arena's button, which holds neither times nor sessions."""
    path = database.with_name("votes.csv")
    VoteStore(database).read().drop(columns=["id", "time", "session"]).to_csv(path, index=False)
    return path


def test_shares_and_ratings_are_those_counted_by_hand(database):
    found = preferences(read_votes(database))
    a, b, c = (found.methods[name] for name in "abc")
    assert list(found.methods) == ["a", "b", "c"] and found.votes == len(VOTES) == 25
    assert a.share.mean == pytest.approx(100 * 15.5 / 21) and a.share.n == 21
    assert b.share.mean == pytest.approx(100 * (5.5 + 3) / 24) and c.share.mean == 0.0
    assert c.both_bad.mean == pytest.approx(25.0) and c.both_bad.n == 4
    assert a.naturalness.mean == pytest.approx(np.mean([9] * 10 + [8] * 5))
    assert b.naturalness.mean == pytest.approx(np.mean([4] * 10 + [3] * 5 + [2]))
    assert found.against["a", "b"].mean == pytest.approx(100 * 15.5 / 21)
    assert ("a", "c") not in found.against  # they never met


def test_an_interval_of_a_share_is_about_the_binomial_one_and_few_votes_have_none(database):
    found = preferences(read_votes(database))
    share, p = found.methods["a"].share, 15.5 / 21
    half = 196 * (p * (1 - p) / 21) ** 0.5
    assert share.low == pytest.approx(share.mean - half, abs=4)
    assert share.high == pytest.approx(share.mean + half, abs=4)
    few = found.methods["c"]
    assert all(np.isnan([few.score.low, few.share.high, few.naturalness.low]))


def test_a_dozen_votes_that_agree_are_not_certain(tmp_path):
    store = VoteStore(tmp_path / "votes.sqlite", per_minute=1000)
    for _ in range(12):
        store.add(vote("a", "b", "left", (8, 2)))
    found = preferences(read_votes(tmp_path / "votes.sqlite")).methods
    exact = binomtest(0, 12).proportion_ci(0.95, method="exact").high  # Clopper and Pearson
    assert (found["a"].share.low, found["a"].share.high) == pytest.approx((100 - 100 * exact, 100))
    for one in found.values():
        assert (one.both_bad.low, one.both_bad.high) == pytest.approx((0, 100 * exact))
        assert np.isnan([one.score.low, one.naturalness.low]).all()


def test_the_file_and_the_csv_of_the_arena_say_the_same(database, exported):
    assert preferences(read_votes(database)) == preferences(read_votes(exported))


def test_a_report_shows_votes_beside_what_the_paper_reports(database, exported, capsys):
    assert main(["report", "--votes", str(exported)]) == 0
    text = capsys.readouterr().out
    assert "| a | " in text and "73.8 [" in text and "(21)" in text
    assert "| DeepFill v2 | 7.72 |" in text and "Not measured here and not ranked" in text
    rows = list(
        csv.DictReader(io.StringIO(report_votes(read_suite("user_study"), database, form="csv")))
    )
    mine = {(row["metric"], row["variant"]): row for row in rows}
    assert float(mine["votes:share", "a"]["mean"]) == pytest.approx(100 * 15.5 / 21)
    assert mine["votes:naturalness", "a"]["n"] == "15"
    reported = mine["reported:naturalness ↑", "PartialConv"]
    assert float(reported["mean"]) == 6.54 and "Yu et al. 2019" in reported["note"]


def test_without_votes_one_line_says_where_they_come_from(tmp_path, capsys, monkeypatch):
    monkeypatch.delenv("INPAINT_BENCH_VOTES_FILE", raising=False)
    assert main(["report", "--votes", str(tmp_path / "none.sqlite")]) == 2
    told = capsys.readouterr().err
    assert told.count("\n") == 1 and "arena keeps them in votes/votes.sqlite" in told
    assert main(["report"]) == 2
    assert "--votes FILE" in capsys.readouterr().err
    VoteStore(tmp_path / "empty.sqlite").read()
    blocks = render_preferences(preferences(read_votes(tmp_path / "empty.sqlite")))
    assert len(blocks) == 2 and "no votes yet" in blocks[1]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("left,right\na,b\n", "columns answer, natural_left, natural_right, photograph"),
        ("photograph,left,right,answer,natural_left,natural_right\nx,a,b,both,,\n", "answer=both"),
        ("photograph,left,right,answer,natural_left,natural_right\nx,a,b,tie,11,\n", "11"),
        ("photograph,left,right,answer,natural_left,natural_right\nx,a,b,tie,x,\n", "x"),
        ("photograph,left,right,answer,natural_left,natural_right\nx,a,a,tie,,\n", "right=a"),
        ("", "SQLite or CSV"),
    ],
)
def test_what_is_no_vote_is_refused(tmp_path, text, said):
    path = tmp_path / "votes.csv"
    path.write_text(text)
    with pytest.raises(BenchError, match=said):
        read_votes(path)
