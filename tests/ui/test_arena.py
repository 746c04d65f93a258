"""The arena without a browser: fair pairs, votes that are kept once, a table that adds up."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import gradio as gr
import numpy as np
import pandas as pd
import pytest

from inpaint_bench.bench.votes import ANSWERS, VoteStore
from inpaint_bench.errors import InpaintBenchError
from inpaint_bench.models import MODELS
from inpaint_bench.ui.arena import draw_match, metric_ranks, standings
from inpaint_bench.ui.arena_events import EXAMPLE, OWN, ArenaEvents
from inpaint_bench.ui.catalogue import catalogue
from inpaint_bench.ui.hole_history import HoleHistory
from inpaint_bench.ui.inpaint_events import InpaintEvents
from inpaint_bench.ui.outbox import Outbox
from inpaint_bench.ui.settings import Settings

NAMES = ("mean_colour", "telea", "navier_stokes")
NO_VOTES = pd.DataFrame(columns=["left", "right", "answer", "natural_left", "natural_right"])


@pytest.fixture
def events(tmp_path, results_folder):
    settings = Settings(max_side=96, canvas_side=96, results_dir=results_folder)
    models = {name: MODELS[name]() for name in NAMES}
    outbox, entries = Outbox(tmp_path / "out"), {e.name: e for e in catalogue()}
    page = InpaintEvents(settings=settings, entries=entries, models=models, outbox=outbox)
    return ArenaEvents(page, entries, NAMES, VoteStore(tmp_path / "votes.sqlite"))


def test_the_pair_that_has_met_least_meets_next_on_either_side():
    rng = np.random.default_rng(0)
    met = [("mean_colour", "telea", "left"), ("telea", "navier_stokes", "tie")]
    votes = pd.DataFrame(met, columns=["left", "right", "answer"])
    orders = Counter()
    for _ in range(40):
        match = draw_match(NAMES, votes, rng, side=64)
        assert {match.left, match.right} == {"mean_colour", "navier_stokes"}
        assert 0.1 <= match.comparison.hole.mean() < 0.4
        orders[match.left] += 1
    assert min(orders.values()) > 8


def test_one_method_alone_cannot_be_compared():
    with pytest.raises(InpaintBenchError, match="two methods"):
        draw_match(["telea"], NO_VOTES, np.random.default_rng(0), side=64)


def test_names_are_hidden_until_the_answer_and_a_pair_is_answered_once(events):
    match, seen, left, _, right, line = events.new_pair(EXAMPLE, None, None, HoleHistory())
    titles = [events.entries[name].title for name in (match.left, match.right)]
    assert not any(title in line for title in titles)
    assert not any(name in path for name in NAMES for path in (left, right))
    line, *buttons = events.voted(match)
    assert line == gr.skip() and all(button["interactive"] for button in buttons)
    assert events.vote(match, seen, 0, 8, "left") == (0, 0)
    for _ in range(2):
        line, *buttons = events.voted(match)
        assert all(title in line for title in titles) and "left is better" in line
        assert len(buttons) == 4 and not any(button["interactive"] for button in buttons)
        with pytest.raises(InpaintBenchError, match="one answer"):
            events.vote(match, seen, 0, 0, "right")
    votes = events.store.read()
    assert len(votes["session"][0]) == 16
    assert len(votes) == 1 and votes["natural_right"].tolist() == [8]
    assert votes["natural_left"].isna().all()


def test_answers_to_one_pair_at_once_are_one_vote(events):
    match, seen, *_ = events.new_pair(EXAMPLE, None, None, HoleHistory())

    def give(answer):
        try:
            return events.vote(match, seen, 0, 0, answer)
        except InpaintBenchError as error:
            return str(error)

    with ThreadPoolExecutor(4) as pool:
        told = list(pool.map(give, ANSWERS))
    assert told.count((0, 0)) == 1 and sum("one answer a pair" in str(one) for one in told) == 3
    assert len(events.store.read()) == 1


def test_a_session_is_there_before_its_first_vote_and_goes_on(events):
    first, seen, *_ = events.new_pair(EXAMPLE, None, None, HoleHistory())
    then, seen_then, *_ = events.new_pair(EXAMPLE, None, None, HoleHistory(), first)
    with pytest.raises(InpaintBenchError, match="the pair before"):
        events.vote(then, seen, 0, 0, "tie")  # pressed while another pair was on its way
    events.vote(first, seen, 0, 0, "tie")
    events.vote(then, seen_then, 0, 0, "tie")
    votes = events.store.read()
    assert first.pair != then.pair and votes["pair"].tolist() == [first.pair, then.pair]
    assert set(votes["session"]) == {first.session}


def test_without_a_pair_or_a_photograph_the_page_says_what_to_do(events):
    with pytest.raises(InpaintBenchError, match="New pair"):
        events.vote(None, "s", 0, 0, "tie")
    with pytest.raises(InpaintBenchError, match="photograph"):
        events.new_pair(OWN, None, None, HoleHistory())
    with pytest.raises(InpaintBenchError, match="none yet"):
        events.export()


def test_the_table_has_peoples_order_beside_that_of_the_metrics(results_folder):
    entries = {e.name: e for e in catalogue()}
    rows = [("telea", "mean_colour", "left", 9, 2)] * 6 + [("mean_colour", "telea", "tie", 3, 7)]
    votes = pd.DataFrame(rows, columns=NO_VOTES.columns)
    headings, table = standings(votes, entries, results_folder)
    assert [row[1] for row in table] == ["Telea", "Mean colour"]
    assert table[0][headings.index("Votes")] == "7"
    assert table[0][headings.index("Naturalness")] == "8.7 (7)"
    for name in ("made-up-a", "made-up-b"):
        for suffix in (".parquet", ".json"):
            (results_folder / f"{name}{suffix}").rename(results_folder / f"samples-256{suffix}")
    ranks = metric_ranks(["telea", "mean_colour"], results_folder)
    assert ranks and all(set(places.values()) == {1, 2} for places in ranks.values())


def test_exported_votes_tell_nothing_of_who_voted_when(events):
    match, seen, *_ = events.new_pair(EXAMPLE, None, None, HoleHistory())
    match = replace(match, session="secret-session")
    events.vote(match, seen, 0, 0, "both bad")
    content = Path(events.export()).read_text()
    assert "both bad" in content and "secret-session" not in content and "time" not in content
    assert match.pair not in content and "pair" not in content
