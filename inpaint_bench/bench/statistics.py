"""Means over photographs with an interval that says how far another draw would move them.

Resampling goes by photograph, not by row: a photograph that appears under six masks is one
observation, and six rows of it say less than six photographs would.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from scipy.special import ndtr, stdtrit

__all__ = [
    "CONFIDENCE",
    "FEWEST",
    "RESAMPLES",
    "Estimate",
    "bootstrap_mean",
    "bootstrap_share",
    "draws",
    "unanimous_interval",
]

CONFIDENCE = 0.95
RESAMPLES = 2000
FEWEST = 6  # photographs; all of five lie on one side by chance more often than 5 % (2 of 2^5)


@dataclass(frozen=True)
class Estimate:
    """A mean with its interval.

    Attributes:
        mean: NaN where there is no value.
        low: lower end of the interval; NaN below `FEWEST` photographs and for
            metrics of a set.
        high: upper end.
        n: number of values in the mean (masked photographs, not photographs).
    """

    mean: float
    low: float = math.nan
    high: float = math.nan
    n: int = 0


def bootstrap_mean(
    values: Sequence[float] | np.ndarray,
    images: Sequence[str] | np.ndarray,
    *,
    confidence: float = CONFIDENCE,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Estimate:
    """Return the mean of `values` and its expanded percentile interval over photographs.

    Two calls with the same photographs and seed draw the same resamples, so that methods
    measured on the same set can be compared resample by resample.

    Args:
        values: one number a row; NaN (no result) is left out.
        images: id of the photograph each row belongs to; its rows are drawn together.
        confidence: with which the interval holds the mean of all photographs.
        resamples: number of resampled means.
        seed: of the resampling.

    Returns:
        The mean over rows; the interval is NaN below `FEWEST` photographs.

    Reference:
        Efron and Tibshirani, An Introduction to the Bootstrap (1993), section 13.3; the
        cluster bootstrap of Davison and Hinkley (1997), section 3.8; expanded for few
        photographs as in Hesterberg 2015, What Teachers Should Know About the Bootstrap.
    """
    numbers = np.asarray(values, dtype=np.float64)
    names = np.asarray(images)
    if numbers.shape != names.shape or numbers.ndim != 1:
        raise ValueError(f"expected as many images as values, got {names.shape}, {numbers.shape}")
    finite = ~np.isnan(numbers)
    numbers, names = numbers[finite], names[finite]
    if numbers.size == 0:
        return Estimate(mean=math.nan)
    mean = float(numbers.mean())
    unique, group = np.unique(names, return_inverse=True)
    if unique.size < FEWEST:
        return Estimate(mean=mean, n=numbers.size)
    sums = np.bincount(group, weights=numbers)  # (images,)
    counts = np.bincount(group).astype(np.float64)  # (images,)
    drawn = draws(unique.size, resamples, seed)  # (resamples, images)
    means = (drawn @ sums) / (drawn @ counts)  # (resamples,)
    tail = _expanded((1.0 - confidence) / 2.0, unique.size)
    low, high = (float(x) for x in np.quantile(means, (tail, 1.0 - tail)))
    return Estimate(mean=mean, low=low, high=high, n=numbers.size)


def bootstrap_share(
    yes: Sequence[float] | np.ndarray, photographs: Sequence[str] | np.ndarray
) -> Estimate:
    """Return the share of rows that are 1, with its interval over photographs.

    Where all rows are alike resampling finds no other; the interval then is the exact one of as
    many photographs that all agree.
    """
    share = bootstrap_mean(yes, photographs)
    if math.isnan(share.low) or 0.0 < share.mean < 1.0:
        return share
    low, high = unanimous_interval(share.mean, len(set(photographs)))
    return replace(share, low=low, high=high)


def unanimous_interval(share: float, count: int) -> tuple[float, float]:
    """Return the exact interval of a share of 0 or 1 among `count` that all agree.

    Reference:
        Clopper and Pearson 1934, The Use of Confidence or Fiducial Limits Illustrated in the Case
        of the Binomial.
    """
    unseen = 1.0 - ((1.0 - CONFIDENCE) / 2.0) ** (1.0 / count)
    return (0.0, unseen) if share == 0.0 else (1.0 - unseen, 1.0)


def _expanded(tail: float, count: int) -> float:
    """Return the tail of resampled means that leaves `tail` of Student's distribution out.

    Means that are resampled from few photographs spread too little, by sqrt((n - 1) / n), and in
    the deviations of so few photographs their error follows Student's distribution.
    """
    return float(ndtr(stdtrit(count - 1, tail) * math.sqrt(count / (count - 1))))


@lru_cache(maxsize=16)
def draws(count: int, resamples: int, seed: int) -> np.ndarray:
    """Return how often each of `count` photographs is drawn in each resample, as float64."""
    rng = np.random.default_rng(seed)
    return rng.multinomial(count, np.full(count, 1.0 / count), size=resamples).astype(np.float64)
