"""The Sobel edge discriminator against tables B.3 and B.4 of its paper."""

from __future__ import annotations

import pytest
import torch

from inpaint_bench.layers.sobel_discriminator import SobelDiscriminator
from trainers.discriminators import sobel

# kernel, stride, outputs
PATCH = [(5, 2, 48), (5, 2, 96), (5, 2, 192), (5, 2, 192), (5, 2, 192), (5, 2, 384)]
EDGE = [(5, 4, 24), (5, 2, 48), (5, 2, 96), (5, 2, 192), (5, 2, 192)]


@pytest.fixture(scope="module")
def small() -> SobelDiscriminator:
    return SobelDiscriminator(width=4).eval()


def test_the_layers_are_those_of_the_tables():
    model = SobelDiscriminator()
    for layers, table in ((model.patch, PATCH), (model.edge, EDGE)):
        assert [(c.kernel_size[0], c.stride[0], c.out_channels) for c in layers] == table
    # the published code, which also has the joining layer, holds each tensor under two names
    assert 2 * sum(p.numel() for p in model.parameters()) == 28_185_264


@pytest.mark.parametrize("size", [(256, 256), (128, 192), (100, 70)])
def test_both_branches_meet_at_a_64th_of_any_size(small, size):
    scores = small(torch.rand(2, 3, *size), torch.zeros(2, 1, *size))
    assert scores.shape == (2, 48, -(-size[0] // 64), -(-size[1] // 64))


def test_the_features_for_matching_are_those_of_the_first_two_layers(small):
    scores, (first, second) = small.judge(torch.rand(1, 3, 64, 64), torch.zeros(1, 1, 64, 64))
    assert first.shape == (1, 4, 32, 32) and second.shape == (1, 8, 16, 16)
    assert scores.shape == (1, 48, 1, 1)


def test_a_training_step_reaches_every_weight_and_the_picture():
    model = SobelDiscriminator(width=4).train()
    image = torch.rand(2, 3, 64, 64, requires_grad=True)
    model(image, torch.zeros(2, 1, 64, 64)).square().mean().backward()
    assert image.grad.abs().sum() > 0
    assert all(p.grad is not None and p.grad.isfinite().all() for p in model.parameters())


def test_trainings_get_the_same_class():
    assert sobel.SobelDiscriminator is SobelDiscriminator
