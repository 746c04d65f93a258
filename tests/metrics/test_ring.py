"""The boundary ring."""

from __future__ import annotations

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from inpaint_bench.metrics.ring import RING, boundary_ring


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 14), st.integers(1, 14), st.integers(1, 5), st.integers(0, 2**31))
def test_the_ring_holds_the_missing_pixels_near_a_known_one(height, width, reach, seed):
    hole = np.random.default_rng(seed).random((height, width)) < 0.8
    found = boundary_ring(torch.from_numpy(hole)[None, None], reach)[0, 0].numpy() > 0
    known = np.argwhere(~hole)
    for y in range(height):
        for x in range(width):
            near = len(known) and np.abs(known - (y, x)).max(axis=1).min() <= reach
            assert found[y, x] == bool(hole[y, x] and near)


def test_a_ring_is_four_pixels_wide_and_the_border_of_the_picture_has_none():
    hole = torch.zeros(1, 1, 40, 40)
    hole[..., 10:, 10:] = 1
    ring = boundary_ring(hole)[0, 0]
    assert RING == 4 and ring.sum() == 30 * 30 - 26 * 26
    assert ring[39, 39] == 0 and ring[39, 10:14].all() and not ring[39, 14]


def test_a_narrow_hole_is_all_ring():
    hole = torch.zeros(1, 1, 20, 20)
    hole[..., 6:12, 3:9] = 1
    assert torch.equal(boundary_ring(hole), hole)
