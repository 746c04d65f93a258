"""Penalties on gradients, on critics whose gradient is known."""

from __future__ import annotations

import pytest
import torch

from trainers.losses.gradient_penalty import interpolation_penalty, r1_penalty


def test_r1_of_a_linear_critic_is_the_squared_norm_of_its_weights():
    weights = torch.randn(3, 8, 8)
    image = torch.rand(4, 3, 8, 8, requires_grad=True)
    penalty = r1_penalty((image * weights).sum(dim=(1, 2, 3)), image)
    assert penalty.item() == pytest.approx(weights.square().sum().item(), rel=1e-5)


def test_the_penalty_between_real_and_fake_wants_a_norm_of_one_in_the_hole():
    weights = torch.randn(3, 8, 8)
    hole = torch.zeros(2, 1, 8, 8)
    hole[:, :, 2:6, 2:6] = 1
    norm = (weights * hole[0]).norm()

    def critic(image):
        return (image * weights / norm).sum(dim=(1, 2, 3))

    real, fake, share = torch.rand(2, 3, 8, 8), torch.rand(2, 3, 8, 8), torch.rand(2, 1, 1, 1)
    assert interpolation_penalty(critic, real, fake, hole, share) < 1e-9
    everywhere = (weights / norm).norm().item()
    whole = interpolation_penalty(critic, real, fake, torch.ones_like(hole), share)
    assert whole.item() == pytest.approx((everywhere - 1) ** 2, rel=1e-4)


def test_the_penalty_moves_the_critic():
    critic = torch.nn.Conv2d(3, 1, 3)
    pictures = torch.rand(2, 3, 8, 8), torch.rand(2, 3, 8, 8), torch.ones(2, 1, 8, 8)
    interpolation_penalty(critic, *pictures, torch.rand(2, 1, 1, 1)).backward()
    assert critic.weight.grad.abs().sum() > 0
