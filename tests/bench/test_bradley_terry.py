"""Strengths against what the model says in closed form, and against votes drawn from it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from inpaint_bench.bench.bradley_terry import fit_strengths, win_matrix


def votes(rows) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["left", "right", "answer"])


def test_of_two_methods_the_odds_are_those_of_the_votes():
    rows = [("a", "b", "left")] * 3000 + [("b", "a", "left")] * 1000
    found = fit_strengths(votes(rows))
    expected = 400 * np.log10(3000 / 1000)
    assert found["a"].score - found["b"].score == pytest.approx(expected, abs=0.5)
    assert found["a"].score + found["b"].score == pytest.approx(2000)
    assert list(found) == ["a", "b"] and found["a"].votes == 4000


def test_votes_drawn_from_known_strengths_give_them_back_within_their_intervals():
    truth = {"a": 1150.0, "b": 1050.0, "c": 950.0, "d": 850.0}
    rng, names, rows = np.random.default_rng(3), list(truth), []
    for _ in range(1500):
        i, j = rng.choice(4, 2, replace=False)
        chance = 1 / (1 + 10 ** ((truth[names[j]] - truth[names[i]]) / 400))
        rows.append((names[i], names[j], "left" if rng.random() < chance else "right"))
    found = fit_strengths(votes(rows))
    for name, score in truth.items():
        assert abs(found[name].score - score) < 40
        assert found[name].low < found[name].score < found[name].high
        assert found[name].high - found[name].low < 120


def test_ties_are_halves_and_both_bad_counts_for_nobody():
    rows = [("a", "b", "tie"), ("b", "a", "tie"), ("a", "b", "both bad"), ("a", "b", "left")]
    assert win_matrix(votes(rows), ["a", "b"]).tolist() == [[0, 2], [1, 0]]
    found = fit_strengths(votes(rows))
    assert found["a"].votes == 3 and found["a"].both_bad == pytest.approx(0.25)


def test_a_method_that_never_lost_has_a_finite_score():
    found = fit_strengths(votes([("a", "b", "left")] * 5))
    assert np.isfinite(found["a"].score) and found["a"].score > found["b"].score


def test_without_votes_there_are_no_strengths():
    assert fit_strengths(votes([])) == {}
