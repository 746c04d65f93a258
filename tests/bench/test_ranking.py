"""Ranks against t tests, and against data whose answer is known."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from inpaint_bench.bench.ranking import rank_methods

PHOTOGRAPHS = 40


def records(values: dict[str, np.ndarray], masks: int = 1) -> pd.DataFrame:
    """Return records of methods; row i belongs to photograph i // masks."""
    return pd.DataFrame(
        [
            {"variant": name, "image_id": f"p{i // masks}", "mask_id": f"m{i}", "l1": float(value)}
            for name, numbers in values.items()
            for i, value in enumerate(numbers)
        ]
    )


@pytest.fixture
def hard() -> np.ndarray:
    """Return how hard each photograph is: far more than methods differ."""
    return np.random.default_rng(0).normal(10.0, 5.0, PHOTOGRAPHS)


def test_a_small_gain_on_every_photograph_is_found_although_photographs_differ_far_more(hard):
    noise = np.random.default_rng(1).normal(0.0, 0.2, (2, PHOTOGRAPHS))
    frame = records({"a": hard + noise[0], "b": hard + 0.5 + noise[1]})
    ranking = rank_methods(frame, "l1", higher_is_better=False)
    assert ranking.order == ("a", "b") and ranking.ranks == {"a": 1, "b": 2}
    assert ranking.differences["a", "b"].significant
    assert ranking.differences["a", "b"].mean == -ranking.differences["b", "a"].mean
    assert (ranking.n, ranking.photographs) == (40, 40)


def test_methods_that_differ_by_chance_share_a_place(hard):
    noise = np.random.default_rng(2).normal(0.0, 1.0, (3, PHOTOGRAPHS))
    frame = records({"a": hard + noise[0], "b": hard + noise[1], "far": hard + 9 + noise[2]})
    ranking = rank_methods(frame, "l1", higher_is_better=False)
    assert ranking.ranks == {"a": 1, "b": 1, "far": 3}
    assert [ranking.label(name) for name in ("a", "b", "far", "none")] == ["1=", "1=", "3", ""]


def test_the_direction_of_the_metric_decides_who_is_first(hard):
    frame = records({"low": hard, "high": hard + 1})
    assert rank_methods(frame, "l1", higher_is_better=True).order == ("high", "low")
    assert rank_methods(frame, "l1", higher_is_better=False).order == ("low", "high")


@pytest.mark.parametrize("photographs", [8, 12, PHOTOGRAPHS])
def test_twenty_equal_methods_are_told_apart_in_five_of_a_hundred_tables(photographs):
    """Without a correction for 190 pairs nearly every table would find a difference, and without
    one for few photographs two of three tables of eight."""
    rng = np.random.default_rng(3)
    wrong = 0
    for _ in range(60):
        frame = records({f"m{k}": rng.normal(size=photographs) for k in range(20)})
        ranking = rank_methods(frame, "l1", higher_is_better=False, resamples=400)
        wrong += any(one.significant for one in ranking.differences.values())
    assert wrong / 60 < 0.15


@pytest.mark.parametrize("photographs", [8, PHOTOGRAPHS])
def test_the_interval_of_one_pair_is_that_of_a_t_test_over_photographs(hard, photographs):
    rng = np.random.default_rng(4)
    hard = hard[:photographs]
    a = hard.repeat(3) + rng.normal(size=3 * photographs)
    b = hard.repeat(3) + 0.3 + rng.normal(size=photographs).repeat(3)
    ranking = rank_methods(records({"a": a, "b": b}, masks=3), "l1", higher_is_better=False)
    by_photograph = (a - b).reshape(photographs, 3).mean(axis=1)
    low, high = stats.ttest_1samp(by_photograph, 0.0).confidence_interval(0.95)
    one = ranking.differences["a", "b"]
    assert one.mean == pytest.approx((a - b).mean())
    assert one.high - one.low == pytest.approx(high - low, rel=0.08)
    assert one.n == 3 * photographs and ranking.photographs == photographs


def test_a_pair_that_differs_on_one_photograph_alone_does_not_hide_the_others(hard):
    once = hard.copy()
    once[5] += 1.0
    frame = records({"a": hard, "once": once, "worse": hard + np.linspace(0.5, 1.5, PHOTOGRAPHS)})
    ranking = rank_methods(frame, "l1", higher_is_better=False)
    assert ranking.ranks == {"a": 1, "once": 1, "worse": 3}


def test_methods_on_fewer_photographs_are_not_ranked_and_named(hard):
    frame = records({"a": hard, "b": hard + 1, "few": hard})
    missing = frame["image_id"].isin(["p3", "p4", "p5"])
    frame.loc[(frame["variant"] == "few") & missing, "l1"] = math.nan
    ranking = rank_methods(frame, "l1", higher_is_better=False)
    assert set(ranking.order) == {"a", "b"} and ranking.label("few") == ""
    assert ranking.left_out == ("few",)


def test_one_failed_picture_takes_no_method_out(hard):
    frame = records({"best": hard - 1, "second": hard, "third": hard + 1})
    frame.loc[(frame["variant"] == "best") & (frame["image_id"] == "p3"), "l1"] = math.nan
    ranking = rank_methods(frame, "l1", higher_is_better=False)
    assert ranking.ranks == {"best": 1, "second": 2, "third": 3}
    assert (ranking.n, ranking.photographs, ranking.left_out) == (39, 39, ())
    assert ranking.differences["best", "second"].mean == pytest.approx(-1.0)


def test_too_few_photographs_tell_nothing_apart():
    frame = records({"a": np.zeros(5), "b": np.full(5, 9.0)})
    ranking = rank_methods(frame, "l1", higher_is_better=False)
    assert ranking.ranks == {"a": 1, "b": 1}


def test_equal_methods_and_constant_differences_need_no_luck(hard):
    frame = records({"a": hard, "same": hard, "worse": hard + 1e-3})
    ranking = rank_methods(frame, "l1", higher_is_better=False)
    assert ranking.ranks == {"a": 1, "same": 1, "worse": 3}


def test_a_metric_without_values_ranks_nobody(hard):
    frame = records({"a": hard * math.nan})
    assert rank_methods(frame, "l1", higher_is_better=False).order == ()
    assert rank_methods(frame, "psnr", higher_is_better=True).order == ()
    one = rank_methods(records({"a": hard}), "l1", higher_is_better=False)
    assert one.ranks == {"a": 1} and one.label("a") == "1"
