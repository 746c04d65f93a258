"""The discount of pixels deep inside a hole."""

from __future__ import annotations

import pytest
import torch

from trainers.losses.spatial_discount import discounted_l1, spatial_discount


def test_a_box_has_the_weights_of_the_published_mask():
    hole = torch.zeros(1, 1, 16, 16)
    hole[..., 4:12, 3:13] = 1
    weight = spatial_discount(hole, gamma=0.9)[0, 0]
    for row in range(8):
        for column in range(10):
            steps = min(row, 7 - row, column, 9 - column)
            assert weight[4 + row, 3 + column] == pytest.approx(0.9**steps, rel=1e-5)
    assert weight[hole[0, 0] == 0].abs().max() == 0


def test_without_a_discount_it_is_the_mean_error_of_the_hole():
    output, truth = torch.rand(2, 3, 8, 8), torch.rand(2, 3, 8, 8)
    hole = (torch.rand(2, 1, 8, 8) > 0.4).float()
    wanted = (output - truth).abs()[hole.expand_as(output) == 1].mean()
    found = discounted_l1(output, truth, hole, gamma=1.0)
    assert found.item() == pytest.approx(wanted.item(), rel=1e-5)
