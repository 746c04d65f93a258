"""Which differences between methods are real: a paired wild bootstrap over photographs, and ranks.

A difference is held against what chance gives where no method is better: then each photograph's
difference has either sign with the same chance, so signs are drawn for photographs, and every draw
is studentised by its own spread. That holds for few photographs too, where resampled means would
spread too little. All pairs of a column are judged at once: the interval of every difference is as
wide as makes all of them hold together with the stated confidence (the largest studentised
difference of each draw decides), so that twenty methods do not find a "significant" one by number
alone.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from inpaint_bench.bench.photographs import photograph_ids
from inpaint_bench.bench.statistics import CONFIDENCE, FEWEST, RESAMPLES

__all__ = ["Difference", "Ranking", "paired_table", "rank_methods", "words"]

_NEVER = math.inf
_ROUNDING = 1e-12
_ENOUGH = 0.95  # of the rows; one failed picture takes no method out of the ranking


@dataclass(frozen=True)
class Difference:
    """How far one method is ahead of another, on the same masked photographs.

    Attributes:
        mean: of the first minus the second, in the metric's unit.
        low: lower end of the simultaneous interval.
        high: upper end.
        n: masked photographs in it.
    """

    mean: float
    low: float
    high: float
    n: int

    @property
    def significant(self) -> bool:
        """Whether the interval leaves zero out."""
        return self.low > 0.0 or self.high < 0.0


@dataclass(frozen=True)
class Ranking:
    """The methods of one column in order.

    Attributes:
        order: names, the best mean first.
        ranks: name -> 1 + the number of methods that are significantly better.
        differences: (first, second) -> difference, for every ordered pair of `order`.
        n: masked photographs, the same for all of `order`.
        photographs: different ones among them.
        left_out: names of those that have too few rows in common with the others.
    """

    order: tuple[str, ...]
    ranks: Mapping[str, int]
    differences: Mapping[tuple[str, str], Difference]
    n: int = 0
    photographs: int = 0
    left_out: tuple[str, ...] = ()

    def label(self, name: str) -> str:
        """Return "1", or "1=" where others share the place; empty for a method without rank, and
        where too few photographs rank none."""
        if name not in self.ranks or self.photographs < FEWEST:
            return ""
        shared = sum(rank == self.ranks[name] for rank in self.ranks.values()) > 1
        return f"{self.ranks[name]}{'=' if shared else ''}"


def rank_methods(
    frame: pd.DataFrame,
    metric: str,
    *,
    higher_is_better: bool,
    confidence: float = CONFIDENCE,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Ranking:
    """Rank the variants of some records by a metric.

    Only rows that every ranked variant has are compared, so a variant is left out that lacks more
    than a twentieth of the rows that another has. Below `FEWEST` photographs nothing can be told
    apart and all share the first place.

    Args:
        frame: records with `variant`, `image_id`, `mask_id` and the metric; NaN does not count.
        metric: name of the column.
        higher_is_better: direction.
        confidence: with which all differences hold together.
        resamples: number of draws of a sign for every photograph.
        seed: of the draws.

    Reference:
        Cameron, Gelbach and Miller 2008, Bootstrap-Based Improvements for Inference with
        Clustered Errors (wild cluster bootstrap-t, null imposed); Romano and Wolf 2005, Exact and
        Approximate Stepdown Methods for Multiple Hypothesis Testing, section 4 (the single step).
    """
    table = paired_table(frame, metric)
    if table.empty:
        return Ranking((), {}, {})
    sign = -1.0 if higher_is_better else 1.0
    order = sorted(table.columns, key=lambda name: (sign * table[name].mean(), name))
    photographs = photographs_of(table, frame)
    differences = _differences(table[order], photographs, confidence, resamples, seed)
    better = {
        name: sum(
            differences[other, name].significant and sign * differences[other, name].mean < 0
            for other in order
            if other != name
        )
        for name in order
    }
    ranks = {name: 1 + count for name, count in better.items()}
    known = frame.loc[frame[metric].notna(), "variant"].unique()
    left_out = tuple(sorted(name for name in known if name not in ranks))
    count = len(np.unique(photographs))
    return Ranking(tuple(order), ranks, differences, len(table), count, left_out)


def paired_table(frame: pd.DataFrame, metric: str) -> pd.DataFrame:
    """Return one row a masked photograph and one column a variant, without gaps.

    Variants that lack more than a twentieth of what another has are left out, and then rows that
    any of the rest lacks; no rows where there are none.
    """
    if metric not in frame.columns or frame.empty:
        return pd.DataFrame()
    there = frame[frame[metric].notna()]
    if there.empty:
        return pd.DataFrame()
    wide = there.pivot(index=["image_id", "mask_id"], columns="variant", values=metric)
    counts = wide.notna().sum()
    return wide[counts.index[counts >= _ENOUGH * counts.max()]].dropna()


def photographs_of(table: pd.DataFrame, frame: pd.DataFrame) -> np.ndarray:
    """Return the photograph of each row of a table that `paired_table` made of a frame."""
    photographs = dict(zip(frame["image_id"], photograph_ids(frame), strict=True))
    return table.index.get_level_values("image_id").map(photographs).to_numpy()


def _differences(
    table: pd.DataFrame, photographs: np.ndarray, confidence: float, resamples: int, seed: int
) -> dict[tuple[str, str], Difference]:
    """Return simultaneous intervals for all ordered pairs of columns."""
    names, n = list(table.columns), len(table)
    values = table.to_numpy(np.float64)  # (rows, methods)
    unique, group = np.unique(photographs, return_inverse=True)
    means = values.mean(axis=0)
    first, second = np.triu_indices(len(names), k=1)
    observed = means[first] - means[second]  # (pairs,)
    if unique.size < FEWEST or not first.size:
        half = np.full(first.size, _NEVER)
    else:
        sums = np.zeros((unique.size, len(names)))
        np.add.at(sums, group, values)
        apart = sums[:, first] - sums[:, second]  # (photographs, pairs)
        counts = np.bincount(group).astype(np.float64)
        rng = np.random.default_rng(seed)
        signs = rng.choice((-1.0, 1.0), size=(resamples, unique.size))
        half = _half_widths(apart, counts, signs, confidence)
    found: dict[tuple[str, str], Difference] = {}
    for i, j, mean, width in zip(first, second, observed, half, strict=True):
        one = Difference(float(mean), float(mean - width), float(mean + width), n)
        found[names[i], names[j]] = one
        found[names[j], names[i]] = Difference(-one.mean, -one.high, -one.low, n)
    return found


def _half_widths(
    apart: np.ndarray, counts: np.ndarray, signs: np.ndarray, confidence: float
) -> np.ndarray:
    """Return half the width of each pair's interval.

    Args:
        apart: (photographs, pairs) differences, added up over a photograph's masks.
        counts: (photographs,) masks of each.
        signs: (draws, photographs), 1 or -1.
        confidence: with which all intervals hold together.
    """
    squares, weights = np.square(apart).sum(axis=0), counts[:, None]
    crossed, spread = apart * weights, np.square(counts).sum()

    def studentised(drawn: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the mean differences, and their standard errors, with these signs."""
        mean = drawn @ apart / counts.sum()
        off = squares - 2.0 * mean * (drawn @ crossed) + np.square(mean) * spread
        off = np.where(off > _ROUNDING * squares, off, 0.0)  # all equal but for rounding
        return mean, np.sqrt(off * len(counts) / (len(counts) - 1)) / counts.sum()

    _, error = studentised(np.ones((1, len(counts))))
    mean, errors = studentised(signs)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = np.where(mean == 0.0, 0.0, np.abs(mean) / errors)
    return np.where(error[0] > 0.0, np.quantile(ratios.max(axis=1), confidence) * error[0], 0.0)


def words(count: int) -> str:
    """Return the sentence that tells a reader what the ranks of `count` methods mean."""
    return (
        "Rank: 1 + the number of methods that are significantly better, by a paired wild bootstrap "
        f"over photographs ({RESAMPLES} draws; {CONFIDENCE:.0%} intervals that hold together "
        f"for all pairs of {count} methods); = marks a shared place. Only significant differences "
        "count, so ranks need not follow the means."
    )
