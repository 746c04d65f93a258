"""Do the metrics agree, on which pictures do they not, and did refinement help: questions about
records that no mean answers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from inpaint_bench.bench.photographs import photograph_ids
from inpaint_bench.bench.ranking import paired_table, photographs_of
from inpaint_bench.bench.run_info import Entry
from inpaint_bench.bench.statistics import Estimate, bootstrap_mean, bootstrap_share

__all__ = [
    "Agreement",
    "Case",
    "Correlation",
    "Refinement",
    "disputed_cases",
    "extreme_cases",
    "rank_agreement",
    "rank_correlations",
    "refinement",
]

_KEY = ["image_id", "mask_id"]
_FEWEST_METHODS = 3  # two ranks agree or do not: no correlation
_SAME_ORDER = 1.0 - 1e-5  # of values that differ in their last digits there may be ties in one


@dataclass(frozen=True)
class Correlation:
    """Spearman's rank correlation of two metrics, both turned so that higher is better.

    Attributes:
        methods: over the means of the methods; NaN below three methods.
        n_methods: in it.
        pictures: mean over masked photographs of the correlation over methods, with its
            bootstrap interval over photographs.
    """

    methods: float
    n_methods: int
    pictures: Estimate

    @property
    def same_order(self) -> bool:
        """Whether both order the methods alike on every masked photograph, as L2 and PSNR do by
        their definition: their agreement is no finding."""
        return self.pictures.mean > _SAME_ORDER


@dataclass(frozen=True)
class Agreement:
    """How far one metric orders the methods as another does, both turned so that higher is better.

    Attributes:
        kendall: tau-b over the means of the methods; NaN below three methods.
        correlation: Spearman's, over methods and over pictures.
    """

    kendall: float
    correlation: Correlation


@dataclass(frozen=True)
class Case:
    """One masked photograph that is worth looking at.

    Attributes:
        image_id: photograph.
        mask_id: hole.
        hole_ratio: share of missing pixels.
        value: what put it on the list.
        variant: whose result it is; empty where it stands for all.
    """

    image_id: str
    mask_id: str
    hole_ratio: float
    value: float
    variant: str = ""


@dataclass(frozen=True)
class Refinement:
    """What the last stage of a model made of an earlier one, by one metric.

    Attributes:
        variant: name.
        stage: the earlier one.
        metric: name.
        before: mean of that stage.
        after: mean of the finished picture, over the same rows.
        worse: share of masked photographs that became worse, with its interval.
    """

    variant: str
    stage: str
    metric: str
    before: Estimate
    after: Estimate
    worse: Estimate


def rank_correlations(
    frame: pd.DataFrame, metrics: Mapping[str, Entry]
) -> dict[tuple[str, str], Correlation]:
    """Return how far the metrics of a picture agree, for every pair of them.

    Args:
        frame: records of one test set.
        metrics: name -> what is known of it (`higher_is_better`, `per_set`); metrics of a set
            and those without values are left out.

    Reference:
        Spearman 1904; ties get the mean of their ranks.
    """
    values = {name: _wide(frame, name, metrics[name]) for name in _usable(frame, metrics)}
    means = {name: wide.mean() for name, wide in values.items()}
    found = {}
    for one, other in combinations(values, 2):
        a, b = _ranks(values[one], values[other])
        each = _row_correlation(a.to_numpy(), b.to_numpy())
        images = photographs_of(a, frame)
        x, y = means[one].align(means[other], join="inner")
        over = math.nan
        if len(x) < _FEWEST_METHODS:
            each = np.full(len(a), math.nan)
        else:
            pair = np.stack([x.rank().to_numpy(), y.rank().to_numpy()])[:, None]
            over = float(_row_correlation(pair[0], pair[1])[0])
        found[one, other] = Correlation(over, len(x), bootstrap_mean(each, images))
    return found


def rank_agreement(
    frame: pd.DataFrame, metrics: Mapping[str, Entry], name: str
) -> dict[str, Agreement]:
    """Return how far a metric orders the methods as each of the others does.

    Args:
        frame: records of one test set.
        metrics: as in `rank_correlations`: the metric itself and those it is held against.
        name: of the metric.

    Reference:
        Kendall 1945, The Treatment of Ties in Ranking Problems (tau-b).
    """
    found = {}
    for other in metrics:
        pair = {key: metrics[key] for key in (name, other)}
        correlations = rank_correlations(frame, pair) if other != name else {}
        for correlation in correlations.values():  # one, or none without values
            means = [_wide(frame, key, about).mean() for key, about in pair.items()]
            x, y = means[0].align(means[1], join="inner")
            tau = _kendall(x.to_numpy(), y.to_numpy()) if len(x) >= _FEWEST_METHODS else math.nan
            found[other] = Agreement(tau, correlation)
    return found


def extreme_cases(
    frame: pd.DataFrame, metric: str, *, higher_is_better: bool, count: int = 5
) -> tuple[list[Case], list[Case]]:
    """Return the easiest and the hardest masked photographs, the most extreme first.

    Each is judged by the best of all results on it, so that no weak method fills the list of the
    hardest; the case names the method of that result.

    Args:
        frame: records of one test set.
        metric: name of the column.
        higher_is_better: direction.
        count: cases on each list.
    """
    there = frame[frame[metric].notna()].sort_values([*_KEY, "variant"], kind="stable")
    rising = not higher_is_better
    ordered = there.sort_values(metric, ascending=rising, kind="stable").drop_duplicates(_KEY)
    easiest, hardest = ordered.head(count), ordered.iloc[::-1].head(count)
    return _cases(easiest, metric), _cases(hardest, metric)


def disputed_cases(
    frame: pd.DataFrame, metrics: Mapping[str, Entry], *, count: int = 5
) -> list[Case]:
    """Return the masked photographs on which the metrics disagree most about the methods.

    `value` is the mean rank correlation over all pairs of metrics; of metrics that order the
    methods alike on every picture, such as L2 and PSNR, the first counts. It takes two metrics and
    three methods.
    """
    values = {name: _wide(frame, name, metrics[name]) for name in _usable(frame, metrics)}
    if any(table.shape[1] < _FEWEST_METHODS for table in values.values()):
        return []
    columns = _differing(values)
    if not columns:
        return []
    agreement = pd.concat(columns, axis=1).mean(axis=1).dropna()
    ratios = frame.drop_duplicates(_KEY).set_index(_KEY)["hole_ratio"]
    lowest = agreement.sort_values(kind="stable").head(count)
    return [
        Case(str(image), str(mask), float(ratios[image, mask]), float(value))
        for (image, mask), value in lowest.items()
    ]


def refinement(
    frame: pd.DataFrame, stages: pd.DataFrame, metrics: Mapping[str, Entry]
) -> list[Refinement]:
    """Compare every earlier stage with the finished picture, photograph by photograph.

    Args:
        frame: records of one test set.
        stages: rows of earlier stages of the same test set, with a column `stage`.
        metrics: as in `rank_correlations`.

    Returns:
        One comparison a variant, stage and metric that both have values of.
    """
    found = []
    for (variant, stage), rows in stages.groupby(["variant", "stage"], sort=False):
        final = frame[frame["variant"] == variant]
        both = rows.merge(final, on=_KEY, suffixes=("_before", ""), validate="one_to_one")
        for name in _usable(final, metrics):
            if f"{name}_before" not in both:
                continue
            pair = both.dropna(subset=[f"{name}_before", name])
            if pair.empty:
                continue
            sign = 1.0 if metrics[name]["higher_is_better"] else -1.0
            before, after = pair[f"{name}_before"].to_numpy(), pair[name].to_numpy()
            images = photograph_ids(pair)
            worse = (sign * (after - before) < 0).astype(np.float64)
            found.append(
                Refinement(
                    str(variant),
                    str(stage),
                    name,
                    bootstrap_mean(before, images),
                    bootstrap_mean(after, images),
                    bootstrap_share(worse, images),
                )
            )
    return found


def _usable(frame: pd.DataFrame, metrics: Mapping[str, Entry]) -> list[str]:
    """Return the metrics of a picture that judge methods and have values."""
    return [
        name
        for name, about in metrics.items()
        if not about["per_set"]
        and about.get("contest", True)
        and name in frame
        and frame[name].notna().any()
    ]


def _wide(frame: pd.DataFrame, metric: str, about: Entry) -> pd.DataFrame:
    """Return masked photographs x variants, higher is better."""
    wide = paired_table(frame, metric)
    return wide if about["higher_is_better"] else -wide


def _ranks(one: pd.DataFrame, other: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the ranks, row by row, of the variants that two metrics have in common."""
    a, b = one.align(other, join="inner")
    return a.rank(axis=1), b.rank(axis=1)


def _differing(values: Mapping[str, pd.DataFrame]) -> list[pd.Series]:
    """Return the correlation on every picture of each pair of metrics, without those metrics that
    order the methods like one before them."""
    kept: dict[str, pd.DataFrame] = {}
    columns: list[pd.Series] = []
    for name, wide in values.items():
        found = []
        for other in kept.values():
            a, b = _ranks(other, wide)
            found.append(pd.Series(_row_correlation(a.to_numpy(), b.to_numpy()), index=a.index))
        if all(one.mean() <= _SAME_ORDER for one in found):
            kept[name] = wide
            columns += found
    return columns


def _row_correlation(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return Pearson's correlation of each row of two tables; NaN where a row is constant."""
    a, b = (x - x.mean(axis=1, keepdims=True) for x in (a, b))
    over = (a * b).sum(axis=1)
    under = np.sqrt((a * a).sum(axis=1) * (b * b).sum(axis=1))
    return np.divide(over, under, out=np.full(len(a), math.nan), where=under > 0)


def _kendall(x: np.ndarray, y: np.ndarray) -> float:
    """Return tau-b; NaN where all values of one are equal."""
    a, b = (np.sign(values[:, None] - values[None]) for values in (x, y))
    under = math.sqrt((a * a).sum() * (b * b).sum())
    return float((a * b).sum() / under) if under else math.nan


def _cases(rows: pd.DataFrame, metric: str) -> list[Case]:
    return [
        Case(
            str(row["image_id"]),
            str(row["mask_id"]),
            float(row["hole_ratio"]),
            float(row[metric]),
            str(row["variant"]),
        )
        for _, row in rows.iterrows()
    ]
