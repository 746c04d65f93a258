"""Statistics of published mask generators, which ours must match."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

STATISTICS = Path(__file__).parents[1] / "fixtures" / "masks" / "mask_statistics.json"


def distance_to_deciles(ratios: np.ndarray, deciles: list[float]) -> float:
    """Give the largest gap between two distributions, seen at the deciles of one of them."""
    shares = np.searchsorted(np.sort(ratios), deciles, side="right") / len(ratios)
    return float(np.abs(shares - np.arange(1, 10) / 10).max())


@pytest.fixture
def check_statistics():
    """Give the check that hole ratios follow a published distribution.

    The Kolmogorov-Smirnov distance of two samples of n and m draws exceeds
    1.63 sqrt(1 / n + 1 / m) in one of a hundred cases where both follow one law: 0.052 for
    2,000 and 2,000. The means may differ by three standard errors, the deviations by a
    twentieth, or three of their own standard errors where that is more.
    """
    published = json.loads(STATISTICS.read_text(encoding="utf-8"))

    def check(ratios: np.ndarray, name: str) -> None:
        expected = published[name]
        spread = np.sqrt(1 / expected["n"] + 1 / len(ratios))
        assert distance_to_deciles(ratios, expected["deciles"]) <= 1.63 * spread
        assert abs(ratios.mean() - expected["mean"]) <= 3.0 * expected["std"] * spread
        assert abs(ratios.std() / expected["std"] - 1.0) <= max(0.05, 3.0 * spread / np.sqrt(2))

    return check
