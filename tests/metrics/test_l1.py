"""L1 against loops over pixels."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from inpaint_bench.metrics import METRICS, l1, l1_hole, l1_ring


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


@settings(max_examples=15, deadline=None)
@given(st.integers(2, 20), st.integers(2, 20), st.integers(0, 2**31))
def test_l1_ring_averages_over_missing_pixels_near_known_ones(height, width, seed):
    rng = np.random.default_rng(seed)
    a, b = torch.from_numpy(rng.random((2, 1, 3, height, width)))
    hole = rng.random((height, width)) < 0.9
    hole[0, 0], hole[-1, -1] = True, False
    known = np.argwhere(~hole)
    near = [
        [hole[y, x] and np.abs(known - (y, x)).max(axis=1).min() <= 4 for x in range(width)]
        for y in range(height)
    ]
    if np.any(near):
        found = l1_ring(a, b, torch.from_numpy(hole)[None, None].double())
        expected = brute_force(a[0], b[0], torch.tensor(near))
        assert float(found) == pytest.approx(expected, rel=1e-12)


def test_a_seam_shows_in_the_ring_more_than_in_the_hole():
    truth = torch.full((1, 3, 64, 64), 0.5)
    hole = torch.zeros(1, 1, 64, 64)
    hole[..., 8:56, 8:56] = 1
    result = truth.clone()
    result[..., 8:56, 8:10] = 0.9  # one bad edge
    found = {
        name: METRICS[name].compute(result, truth, hole).item()
        for name in METRICS
        if name in ("l1", "l1_hole", "l1_ring")
    }
    assert found["l1_ring"] > 2 * found["l1_hole"] > 2 * found["l1"]
    assert found["l1_hole"] == pytest.approx(40.0 * 2 / 48, abs=1e-4)
    assert found["l1_ring"] == pytest.approx(40.0 * (48 * 2) / (48**2 - 40**2), abs=1e-4)
