"""Loss terms against their formulas."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from trainers.discriminators.sn_patch_gan import SNPatchGAN
from trainers.losses.adversarial import hinge_critic, hinge_generator
from trainers.losses.features import FeatureNetwork
from trainers.losses.perceptual import gram, perceptual_distance, style_distance
from trainers.losses.reconstruction import hole_variation, weighted_l1


def test_weighted_l1_is_six_hole_plus_valid_as_in_equation_7():
    output, truth = torch.rand(2, 3, 8, 8), torch.rand(2, 3, 8, 8)
    hole = (torch.rand(2, 1, 8, 8) > 0.5).float()
    count = truth.numel()
    in_hole = (hole * (output - truth)).abs().sum() / count
    valid = ((1 - hole) * (output - truth)).abs().sum() / count
    found = weighted_l1(output, truth, hole, in_hole=6.0, known=1.0)
    assert found == pytest.approx(float(6 * in_hole + valid), rel=1e-5)


def test_variation_counts_only_pairs_inside_the_dilated_hole():
    composite, hole = torch.zeros(1, 1, 8, 8), torch.zeros(1, 1, 8, 8)
    composite[..., 7, 7] = 1.0
    hole[..., 2, 2] = 1
    assert hole_variation(composite, hole) == 0
    composite[..., 3, 3] = 1.0  # two pairs right, two down, of 56 each; inside: left and above
    assert hole_variation(composite, hole) == pytest.approx(2 / 56)


def test_gram_is_the_normalised_product_of_channels():
    x = torch.randn(1, 3, 4, 5)
    expected = torch.einsum("bchw,bdhw->bcd", x, x) / (3 * 4 * 5)
    assert torch.allclose(gram(x), expected, atol=1e-6)


def test_equal_activations_have_no_distance():
    x = [torch.randn(1, 3, 4, 4)]
    assert perceptual_distance(x, x) == 0
    assert style_distance(x, x) == 0


def test_shuffled_positions_change_the_perceptual_but_not_the_style_distance():
    x = torch.randn(1, 3, 4, 4)
    y = x.flip(3)
    assert perceptual_distance([x], [y]) > 0
    assert style_distance([x], [y]) < 1e-6


def test_a_feature_network_is_frozen_and_passes_gradients_to_the_image():
    network = FeatureNetwork(nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU()), (1,))
    image = torch.rand(1, 3, 8, 8, requires_grad=True)
    network(image)[0].sum().backward()
    assert image.grad.abs().sum() > 0
    assert all(p.grad is None for p in network.parameters())


def test_hinge_losses_are_those_of_the_paper():
    real, fake = torch.tensor([2.0, 0.5]), torch.tensor([-2.0, 0.5])
    assert hinge_critic(real, fake) == pytest.approx((0 + 0.5) / 2 + (0 + 1.5) / 2)
    assert hinge_generator(fake) == pytest.approx(0.75)


def test_a_patch_counts_in_the_hinge_losses_as_far_as_it_is_missing():
    real, fake, share = torch.randn(2, 1, 3, 3), torch.randn(2, 1, 3, 3), torch.rand(2, 1, 3, 3)
    share[0, 0, 0] = 0.0
    of_critic = of_model = 0.0
    for a, b, weight in zip(real.flatten(), fake.flatten(), share.flatten(), strict=True):
        of_critic += float(weight) * (max(0.0, 1.0 - float(a)) + max(0.0, 1.0 + float(b)))
        of_model -= float(weight) * float(b)
    whole = float(share.sum())
    assert float(hinge_critic(real, fake, share)) == pytest.approx(of_critic / whole, rel=1e-5)
    assert float(hinge_generator(fake, share)) == pytest.approx(of_model / whole, rel=1e-5)
    assert float(hinge_generator(fake, torch.zeros_like(share))) == 0.0


def test_the_critic_scores_every_patch_with_spectral_norms_of_one():
    critic = SNPatchGAN(width=8)
    with torch.no_grad():
        for _ in range(30):
            score = critic(torch.rand(1, 3, 256, 256), torch.ones(1, 1, 256, 256))
    assert score.shape == (1, 32, 4, 4)
    weight = critic.eval().layers[2].weight.detach()
    assert torch.linalg.matrix_norm(weight.flatten(1), 2) == pytest.approx(1.0, rel=0.1)
