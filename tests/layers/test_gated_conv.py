"""Gated convolution against equation 3 of the paper, and TensorFlow's padding rule."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F

from inpaint_bench.layers.gated_conv import GatedConv2d


def test_it_is_the_activated_features_times_the_sigmoid_of_the_gate():
    layer = GatedConv2d(3, 5, 3, dilation=2)
    x = torch.randn(2, 3, 11, 13)
    weight, bias = layer.conv.weight, layer.conv.bias
    features = F.conv2d(x, weight[:5], bias[:5], padding=2, dilation=2)
    gate = F.conv2d(x, weight[5:], bias[5:], padding=2, dilation=2)
    assert torch.allclose(layer(x), F.elu(features) * torch.sigmoid(gate), atol=1e-5)


@pytest.mark.parametrize("size", [8, 9])
def test_same_padding_of_stride_2_puts_the_odd_pixel_last(size):
    layer = GatedConv2d(3, 4, 3, stride=2, same=True)
    x = torch.randn(1, 3, size, size)
    before, after = (0, 1) if size % 2 == 0 else (1, 1)  # TensorFlow's documented formula
    padded = F.pad(x, (before, after, before, after))
    features, gate = F.conv2d(padded, layer.conv.weight, layer.conv.bias, stride=2).chunk(2, 1)
    assert torch.allclose(layer(x), F.elu(features) * torch.sigmoid(gate), atol=1e-6)


def test_channels_last_gives_the_same_result():
    layer = GatedConv2d(4, 6)
    x = torch.randn(2, 4, 16, 16)
    plain = layer(x)
    fast = layer.to(memory_format=torch.channels_last)(x.to(memory_format=torch.channels_last))
    assert torch.allclose(plain, fast, atol=1e-5)


def test_the_initial_layer_keeps_the_scale_of_its_input():
    torch.manual_seed(0)
    x = torch.randn(4, 64, 32, 32)
    for _ in range(6):
        x = GatedConv2d(64, 64)(x)
    assert 0.3 < x.square().mean().sqrt() < 3.0
