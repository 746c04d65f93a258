"""Patches are as fake as they lie in the hole."""

from __future__ import annotations

import pytest
import torch

from trainers.losses.soft_mask import soft_mask_critic, soft_mask_generator

SIDE = 128


def _hole() -> torch.Tensor:
    hole = torch.zeros(1, 1, SIDE, SIDE)
    hole[..., 32:96, 32:96] = 1
    return hole


def test_a_critic_that_calls_the_known_part_real_and_the_hole_fake_has_almost_no_loss():
    real = torch.ones(1, 1, SIDE, SIDE)
    right, wrong = 1.0 - _hole(), _hole()
    good = soft_mask_critic(real, right, _hole())
    assert good < 0.02  # the blurred border of the hole
    assert soft_mask_critic(real, wrong, _hole()) > 10 * good


def test_only_scores_in_the_hole_move_the_generator():
    score = torch.rand(1, 1, SIDE, SIDE, requires_grad=True)
    soft_mask_generator(score, _hole()).backward()
    assert (score.grad * (1 - _hole())).abs().max() == 0
    wanted = (2 * (score.detach() - 1) / 64**2) * _hole()
    torch.testing.assert_close(score.grad, wanted)


def test_scores_of_patches_are_brought_to_the_size_of_the_hole():
    assert soft_mask_generator(torch.full((1, 1, 14, 14), 0.5), _hole()).item() == (
        pytest.approx(0.25, rel=1e-5)
    )
