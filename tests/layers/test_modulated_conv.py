"""Modulated convolutions against equations 1 to 3 of StyleGAN 2, picture by picture."""

from __future__ import annotations

import pytest
import torch

from inpaint_bench.layers.equalised import resampled_conv2d
from inpaint_bench.layers.modulated_conv import ModulatedConv2d, StyledBlock, StyledConv2d


@pytest.mark.parametrize("up", [False, True])
@pytest.mark.parametrize("demodulate", [False, True])
def test_scaling_the_input_and_output_is_scaling_the_weights(up, demodulate):
    layer = ModulatedConv2d(4, 5, 3, style=6, demodulate=demodulate, up=up)
    x, style = torch.randn(3, 4, 6, 8), torch.randn(3, 6)
    result = layer(x, style)
    for i in range(3):
        weight = layer.weight / (4 * 9) ** 0.5 * layer.affine(style)[i].view(1, 4, 1, 1)
        if demodulate:
            weight = weight / (weight.square().sum((1, 2, 3), keepdim=True) + 1e-8).sqrt()
        alone = resampled_conv2d(x[i : i + 1], weight, up=up)
        torch.testing.assert_close(result[i : i + 1], alone, rtol=1e-4, atol=1e-5)


def test_a_style_of_zero_scales_nothing():
    layer = ModulatedConv2d(4, 5, 3, style=6, demodulate=False)
    x = torch.randn(1, 4, 6, 6)
    plain = torch.nn.functional.conv2d(x, layer.weight / 6, padding=1)
    torch.testing.assert_close(layer(x, torch.zeros(1, 6)), plain, rtol=1e-4, atol=1e-5)


def test_noise_is_constant_in_use_and_drawn_anew_in_training():
    layer = StyledConv2d(3, 3, 4, up=False, noise_side=8)
    with torch.no_grad():
        layer.noise_strength.fill_(1.0)
    x, style = torch.randn(1, 3, 8, 8), torch.randn(1, 4)
    layer.eval()
    assert torch.equal(layer(x, style), layer(x, style))
    layer.train()
    assert not torch.equal(layer(x, style), layer(x, style))


def test_a_block_doubles_features_and_picture():
    block = StyledBlock(4, 6, 5, noise_side=16)
    x, picture = block(
        torch.randn(2, 4, 8, 8),
        torch.randn(2, 6, 16, 16),
        torch.randn(2, 3, 8, 8),
        torch.randn(2, 5),
    )
    assert x.shape == (2, 6, 16, 16) and picture.shape == (2, 3, 16, 16)
