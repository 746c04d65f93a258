"""Strengths of methods from votes on pairs of their results."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from inpaint_bench.bench.statistics import CONFIDENCE

__all__ = ["Strength", "fit_strengths", "win_matrix"]

_RESAMPLES = 400
_STEPS, _ENOUGH = 500, 1e-8
_PRIOR = 0.5  # of a win and of a loss against a player of mean strength: keeps all finite
_SCALE = 400.0 / np.log(10.0)  # Elo's: 400 points are odds of ten to one


@dataclass(frozen=True)
class Strength:
    """How strong a method is.

    Attributes:
        score: in points, 1000 on average over methods; 400 points more are odds of ten to one.
        low, high: ends of the bootstrap interval; NaN where all votes say the same, so that
            resampling finds nothing else.
        votes: pairs in which it was judged, without those where both were bad.
        both_bad: share of all its pairs in which both were bad.
    """

    score: float
    low: float
    high: float
    votes: int
    both_bad: float


def fit_strengths(
    votes: pd.DataFrame, *, confidence: float = CONFIDENCE, seed: int = 0
) -> dict[str, Strength]:
    """Return the strength of every method that was voted on, the strongest first.

    A tie counts as half a win for either; pairs that were both bad say nothing on who is better.
    Intervals: bootstrap over votes.

    Args:
        votes: columns `left`, `right`, `answer`.

    Reference:
        Bradley and Terry, Biometrika 1952; fitted as in Hunter, Annals of Statistics 2004.
    """
    names = sorted(set(votes["left"]) | set(votes["right"]))
    if not names:
        return {}
    wins = win_matrix(votes, names)
    scores = _scores(wins[None])[0]
    low, high = _interval(votes, names, confidence, np.random.default_rng(seed))
    found = {}
    for i in np.argsort(-scores):
        told = high[i] - low[i] > _ENOUGH
        mine = votes[(votes["left"] == names[i]) | (votes["right"] == names[i])]
        found[names[i]] = Strength(
            score=float(scores[i]),
            low=float(low[i]) if told else math.nan,
            high=float(high[i]) if told else math.nan,
            votes=int((mine["answer"] != "both bad").sum()),
            both_bad=float((mine["answer"] == "both bad").mean()),
        )
    return found


def win_matrix(votes: pd.DataFrame, names: Sequence[str]) -> np.ndarray:
    """Return how often the method of a row was preferred to that of a column, ties as halves."""
    place = {name: i for i, name in enumerate(names)}
    wins = np.zeros((len(names), len(names)))
    for left, right, answer in zip(votes["left"], votes["right"], votes["answer"], strict=True):
        share = {"left": 1.0, "right": 0.0, "tie": 0.5}.get(answer)
        if share is not None:
            wins[place[left], place[right]] += share
            wins[place[right], place[left]] += 1.0 - share
    return wins


def _interval(
    votes: pd.DataFrame, names: list[str], confidence: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Resample the votes; equal ones are counted, so that a million cost no more than a few."""
    cells = votes.groupby(["left", "right", "answer"], as_index=False).size()
    effects = np.stack([win_matrix(cells.iloc[[k]], names) for k in range(len(cells))])
    shares = cells["size"].to_numpy() / len(votes)
    drawn = rng.multinomial(len(votes), shares, size=_RESAMPLES)  # R x K
    scores = _scores(np.tensordot(drawn, effects, axes=1))
    tail = 50.0 * (1.0 - confidence)
    low, high = np.percentile(scores, [tail, 100.0 - tail], axis=0)
    return low, high


def _scores(wins: np.ndarray) -> np.ndarray:
    """Maximise the likelihood of R x M x M win matrices; give R x M scores in points."""
    pairs = wins + wins.swapaxes(1, 2)  # R x M x M
    won = wins.sum(axis=2) + _PRIOR  # R x M
    strength = np.ones(wins.shape[:2])
    for _ in range(_STEPS):
        together = strength[:, :, None] + strength[:, None, :]
        updated = won / ((pairs / together).sum(axis=2) + 2.0 * _PRIOR / (strength + 1.0))
        done = np.abs(np.log(updated / strength)).max() < _ENOUGH
        strength = updated
        if done:
            break
    log = np.log(strength)
    return 1000.0 + _SCALE * (log - log.mean(axis=1, keepdims=True))
