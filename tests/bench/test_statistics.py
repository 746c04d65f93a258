"""The bootstrap against known distributions and against resampling written out as a loop."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from inpaint_bench.bench.statistics import bootstrap_mean, bootstrap_share


@pytest.mark.parametrize("photographs", [6, 12, 60])
def test_interval_covers_the_true_mean_of_normal_data_95_times_in_100(photographs):
    rng = np.random.default_rng(0)
    names = [f"p{i}" for i in range(photographs)]
    covered = 0
    for _ in range(800):
        estimate = bootstrap_mean(rng.normal(3.0, 2.0, photographs), names)
        covered += estimate.low <= 3.0 <= estimate.high
    # Binomial(800, 0.95) has a deviation of 0.8 %; six photographs fall 2 % short.
    assert 0.92 <= covered / 800 <= 0.97


def test_interval_has_the_width_that_theory_gives():
    values = np.random.default_rng(1).normal(0.0, 1.0, 400)
    estimate = bootstrap_mean(values, np.arange(400).astype(str))
    assert estimate.high - estimate.low == pytest.approx(2 * 1.96 * values.std() / 20, rel=0.06)


def test_interval_equals_resampling_by_photograph_in_a_loop():
    rng = np.random.default_rng(2)
    images = np.repeat([f"p{i}" for i in range(12)], rng.integers(1, 7, 12))
    values = rng.normal(size=12).repeat(np.unique(images, return_counts=True)[1])
    estimate = bootstrap_mean(values, images, resamples=4000)
    means = []
    for _ in range(4000):
        drawn = rng.choice(np.unique(images), 12)
        rows = np.concatenate([values[images == name] for name in drawn])
        means.append(rows.mean())
    # Of resampled means; their spread is that of 12, not of 11 degrees of freedom.
    tail = stats.norm.cdf(stats.t.ppf(0.025, df=11) * np.sqrt(12 / 11))
    low, high = np.quantile(means, [tail, 1 - tail])
    assert estimate.low == pytest.approx(low, abs=0.05)
    assert estimate.high == pytest.approx(high, abs=0.05)


def test_masks_on_the_same_photograph_are_not_taken_for_more_photographs():
    values = np.random.default_rng(3).normal(size=20)
    names = np.arange(20).astype(str)
    once = bootstrap_mean(values, names)
    six_times = bootstrap_mean(values.repeat(6), names.repeat(6))
    assert (six_times.low, six_times.high) == pytest.approx((once.low, once.high))
    assert (once.n, six_times.n) == (20, 120)


def test_missing_values_do_not_count():
    values = [1.0, math.nan, 3.0, math.nan, 5.0]
    estimate = bootstrap_mean(values, ["a", "b", "c", "d", "e"])
    assert (estimate.mean, estimate.n) == (3.0, 3)


def test_few_photographs_have_a_mean_but_no_interval():
    estimate = bootstrap_mean([1.0, 2.0] * 6, ["a", "b"] * 6)
    assert estimate.mean == 1.5 and math.isnan(estimate.low) and math.isnan(estimate.high)


def test_nothing_gives_no_number():
    estimate = bootstrap_mean([], [])
    assert math.isnan(estimate.mean) and estimate.n == 0


def test_the_seed_decides():
    values, names = np.random.default_rng(4).normal(size=30), np.arange(30).astype(str)
    assert bootstrap_mean(values, names, seed=7) == bootstrap_mean(values, names, seed=7)
    assert bootstrap_mean(values, names, seed=7) != bootstrap_mean(values, names, seed=8)


def test_lengths_that_differ_are_refused():
    with pytest.raises(ValueError, match="as many images as values"):
        bootstrap_mean([1.0, 2.0], ["a"])


@pytest.mark.parametrize("photographs", [6, 24])
def test_a_share_of_none_or_all_has_the_exact_interval(photographs):
    names = np.arange(photographs).astype(str).repeat(6)
    upper = stats.beta.ppf(0.975, 1, photographs)  # Clopper and Pearson: none of so many
    none = bootstrap_share(np.zeros(names.size), names)
    assert (none.mean, none.low, none.high) == pytest.approx((0.0, 0.0, upper))
    every = bootstrap_share(np.ones(names.size), names)
    assert (every.low, every.high) == pytest.approx((1.0 - upper, 1.0))


def test_a_share_between_is_resampled_and_too_few_photographs_have_no_interval():
    some, names = np.array([0.0, 1.0] * 6), np.arange(12).astype(str)
    assert bootstrap_share(some, names) == bootstrap_mean(some, names)
    assert math.isnan(bootstrap_share(np.zeros(5), names[:5]).low)
