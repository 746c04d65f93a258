"""Spectral normalisation against singular values, and folding against itself."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from inpaint_bench.layers.spectral_norm import add_spectral_norm, fold_spectral_norm


def network():
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(3, 8, 3), nn.ConvTranspose2d(8, 4, 4), nn.BatchNorm2d(4))


@pytest.mark.parametrize("dim", [0, 1])
def test_after_some_passes_the_largest_singular_value_is_one(dim):
    net = network()
    add_spectral_norm(net, transposed_dim=dim)
    for _ in range(60):
        net(torch.rand(2, 3, 8, 8))
    first = net[0].weight.flatten(1)
    second = net[1].weight.movedim(dim, 0).flatten(1)
    for matrix in (first, second):
        assert torch.linalg.svdvals(matrix)[0].item() == pytest.approx(1.0, abs=1e-3)


def test_folding_keeps_the_output_and_brings_the_plain_names_back():
    plain = set(network().state_dict())
    net = network()
    add_spectral_norm(net)
    assert set(net.state_dict()) != plain
    x = torch.rand(2, 3, 8, 8)
    net(x)
    net.eval()
    before = net(x)
    fold_spectral_norm(net)
    assert set(net.state_dict()) == plain
    torch.testing.assert_close(net(x), before)
