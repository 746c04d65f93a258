"""L1 against loops over pixels."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from inpaint_bench.metrics import METRICS, l1, l1_hole


def brute_force(a: torch.Tensor, b: torch.Tensor, where: torch.Tensor) -> float:
    """Return 100 x the mean of |a - b| over the pixels of 3xHxW where HxW is true."""
    values = []
    for row in range(a.shape[1]):
        for column in range(a.shape[2]):
            if where[row, column]:
                for channel in range(a.shape[0]):
                    values.append(abs(float(a[channel, row, column] - b[channel, row, column])))
    return 100.0 * sum(values) / len(values)


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 9), st.integers(1, 9), st.integers(0, 2**31))
def test_l1_is_the_mean_absolute_difference_in_per_cent(height, width, seed):
    rng = np.random.default_rng(seed)
    a, b = (torch.from_numpy(rng.random((2, 3, height, width), dtype=np.float32)) for _ in "ab")
    everywhere = torch.ones(height, width, dtype=torch.bool)
    for i, value in enumerate(l1(a, b)):
        assert float(value) == pytest.approx(brute_force(a[i], b[i], everywhere), abs=1e-5)


@settings(max_examples=15, deadline=None)
@given(st.integers(2, 9), st.integers(2, 9), st.integers(0, 2**31))
def test_l1_hole_averages_over_missing_pixels_only(height, width, seed):
    rng = np.random.default_rng(seed)
    a, b = (torch.from_numpy(rng.random((2, 3, height, width), dtype=np.float32)) for _ in "ab")
    hole = torch.from_numpy(rng.random((2, 1, height, width)) < 0.4)
    hole[:, :, 0, 0] = True
    for i, value in enumerate(l1_hole(a, b, hole.float())):
        assert float(value) == pytest.approx(brute_force(a[i], b[i], hole[i, 0]), abs=1e-5)


def test_black_against_white_is_a_hundred_per_cent():
    black, white = torch.zeros(1, 3, 5, 7), torch.ones(1, 3, 5, 7)
    assert l1(black, white).tolist() == [100.0]


def test_the_composite_and_the_hole_differ_by_the_hole_ratio():
    truth = torch.full((1, 3, 10, 10), 0.5)
    hole = torch.zeros(1, 1, 10, 10)
    hole[..., :3, :] = 1
    result = torch.where(hole > 0, torch.full_like(truth, 0.7), truth)
    assert METRICS["l1"].compute(result, truth, hole).item() == pytest.approx(6.0, abs=1e-5)
    assert METRICS["l1_hole"].compute(result, truth, hole).item() == pytest.approx(20.0, abs=1e-5)
