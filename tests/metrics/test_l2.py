"""L2 against NumPy and against numbers worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from inpaint_bench.metrics import l2, l2_hole


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 33), st.integers(1, 33), st.integers(0, 2**31))
def test_l2_is_the_mean_squared_difference_in_per_cent(height, width, seed):
    rng = np.random.default_rng(seed)
    a, b = rng.random((2, 2, 3, height, width))
    expected = 100.0 * ((a - b) ** 2).mean(axis=(1, 2, 3))
    np.testing.assert_allclose(l2(torch.from_numpy(a), torch.from_numpy(b)), expected, rtol=1e-12)


@settings(max_examples=15, deadline=None)
@given(st.integers(2, 33), st.integers(2, 33), st.integers(0, 2**31))
def test_l2_hole_averages_over_missing_pixels_only(height, width, seed):
    rng = np.random.default_rng(seed)
    a, b = rng.random((2, 2, 3, height, width))
    hole = rng.random((2, height, width)) < 0.3
    hole[:, -1, -1] = True
    expected = [100.0 * ((a[i] - b[i])[:, hole[i]] ** 2).mean() for i in range(2)]
    found = l2_hole(
        torch.from_numpy(a), torch.from_numpy(b), torch.from_numpy(hole)[:, None].float()
    )
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_half_a_range_off_is_a_quarter_of_a_hundred():
    grey, white = torch.full((1, 3, 4, 4), 0.5), torch.ones(1, 3, 4, 4)
    assert l2(grey, white).item() == pytest.approx(25.0)
