"""Layers, sizes and norms of the critics, against their papers."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from trainers.discriminators.global_local import GlobalLocalCritic, WholeCritic, local_window
from trainers.discriminators.multi_scale import MultiScaleCritic
from trainers.discriminators.patch_gan import PatchGAN
from trainers.discriminators.residual import ResidualCritic


def _count(module: nn.Module) -> int:
    return sum(p.numel() for p in module.parameters())


def test_the_patch_critic_of_edge_connect_sees_70x70_patches():
    critic = PatchGAN(3).eval()
    score, features = critic(torch.rand(1, 3, 256, 256))
    assert score.shape == (1, 1, 30, 30)
    assert [f.shape[1] for f in features] == [64, 128, 256, 512]
    image = torch.rand(1, 3, 256, 256, requires_grad=True)
    critic(image)[0][0, 0, 15, 15].backward()
    rows, columns = image.grad[0].abs().sum(dim=0).nonzero().unbind(dim=1)
    assert rows.max() - rows.min() + 1 == columns.max() - columns.min() + 1 == 70


def test_the_patch_critic_of_lama_has_four_strided_layers_and_batch_normalisation():
    critic = PatchGAN(3, strided=4, norm="batch", padding=2)
    convs = [m for m in critic.modules() if isinstance(m, nn.Conv2d)]
    assert [c.out_channels for c in convs] == [64, 128, 256, 512, 512, 1]
    assert [c.stride[0] for c in convs] == [2, 2, 2, 2, 1, 1]
    assert sum(isinstance(m, nn.BatchNorm2d) for m in critic.modules()) == 4
    # (n + 4 - 4) / 2 + 1 four times, n + 1 twice: 256 129 65 33 17 18 19
    assert critic(torch.rand(2, 3, 256, 256))[0].shape == (2, 1, 19, 19)


def test_spectral_norms_are_one():
    critic = PatchGAN(2, 8)
    for _ in range(40):
        critic(torch.rand(1, 2, 64, 64))
    weight = critic.eval().layers[1][0].weight.detach()
    assert torch.linalg.matrix_norm(weight.flatten(1), 2) == pytest.approx(1.0, rel=0.05)


def test_the_global_and_the_local_critic_have_the_parameters_of_tables_2_and_3():
    """Iizuka et al.: 6 and 5 convolutions of 5x5 down to 4x4x512, 1024 features each."""
    critic = GlobalLocalCritic()
    channels = [3, 64, 128, 256, 512, 512, 512]
    convs = sum(25 * a * b + b + 2 * b for a, b in zip(channels, channels[1:], strict=False))
    part = convs - (25 * 512 * 512 + 3 * 512)
    last = 512 * 16 * 1024 + 1024
    assert _count(critic.whole) == convs + last
    assert _count(critic.part) == part + last
    assert _count(critic.join) == 2049
    small = GlobalLocalCritic(4, side=64)
    assert small(torch.rand(2, 3, 64, 64), torch.zeros(2, 1, 64, 64)).shape == (2, 1)


def test_a_whole_critic_scores_pictures_of_other_sides():
    critic = WholeCritic(3, (4, 8, 8, 8), side=64)
    for side in (32, 64, 96):
        assert critic(torch.rand(2, 3, side, side)).shape == (2, 1)


@pytest.mark.parametrize(
    ("top", "left", "wanted"), [(0, 0, (0, 0)), (20, 22, (8, 10)), (28, 28, (16, 16))]
)
def test_the_window_lies_around_the_hole_and_inside_the_picture(top, left, wanted):
    rows = torch.arange(32.0).view(1, 1, 32, 1).expand(1, 1, 32, 32)
    columns = rows.transpose(2, 3)
    hole = torch.zeros(1, 1, 32, 32)
    hole[..., top : top + 4, left : left + 4] = 1
    where = hole[0, 0].nonzero()
    assert where.numel()
    window = local_window(torch.cat([rows, columns], dim=1), hole)
    assert window.shape == (1, 2, 16, 16)
    assert abs(int(window[0, 0, 0, 0]) - wanted[0]) <= 6
    assert local_window(hole, hole).sum() == hole.sum()  # the hole is in it


def test_without_a_hole_the_window_is_in_the_middle():
    rows = torch.arange(32.0).view(1, 1, 32, 1).expand(1, 1, 32, 32)
    window = local_window(rows, torch.zeros(1, 1, 32, 32))
    assert int(window[0, 0, 0, 0]) == 8


def test_the_multi_scale_critic_scores_quarters_of_both_sizes():
    scores = MultiScaleCritic(4)(torch.rand(2, 3, 64, 64), torch.rand(2, 3, 64, 64))
    # two halvings; the last two layers of 4x4 lose a pixel each
    assert [s.shape for s in scores] == [(2, 1, 14, 14), (2, 1, 6, 6)]


def test_the_residual_critic_scores_a_32nd_of_the_size():
    critic = ResidualCritic()
    assert critic(torch.rand(1, 3, 128, 128)).shape == (1, 1, 4, 4)
    assert [b.conv2.out_channels for b in critic.down] == [64, 128, 128, 128]
