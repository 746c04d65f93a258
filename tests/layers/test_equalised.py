"""Equalised layers against their definitions, written out plainly."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from inpaint_bench.layers.equalised import (
    EqualConv2d,
    EqualLinear,
    resampled_conv2d,
    scaled_leaky_relu,
)

TAPS = torch.outer(*[torch.tensor([1.0, 3.0, 3.0, 1.0]) / 8] * 2)


def low_pass(x, gain=1.0):
    """Filter each channel where four pixels fit."""
    return F.conv2d(x, (gain * TAPS).expand(x.shape[1], 1, 4, 4), groups=x.shape[1])


@pytest.mark.parametrize("kernel", [1, 3])
def test_going_up_convolves_what_zeros_were_put_into_and_then_filters(kernel):
    x, weight = torch.rand(2, 3, 5, 6), torch.randn(4, 3, kernel, kernel)
    spread = torch.zeros(2, 3, 10, 12)
    spread[:, :, ::2, ::2] = x
    # The reference pads 2 before and 1 behind for the filter, and half a kernel on each side.
    half = kernel // 2
    padded = F.pad(spread, (2 + half, 1 + half, 2 + half, 1 + half))
    expected = low_pass(F.conv2d(padded, weight), gain=4.0)
    result = resampled_conv2d(x, weight, up=True)
    assert result.shape == (2, 4, 10, 12)
    torch.testing.assert_close(result, expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize("kernel", [1, 3])
def test_going_down_filters_and_then_convolves_every_second_pixel(kernel):
    x, weight = torch.rand(2, 3, 8, 6), torch.randn(4, 3, kernel, kernel)
    half = kernel // 2
    padded = F.pad(x, (1 + half,) * 4)
    expected = F.conv2d(low_pass(padded), weight)[:, :, ::2, ::2]
    result = resampled_conv2d(x, weight, down=True)
    assert result.shape == (2, 4, 4, 3)
    torch.testing.assert_close(result, expected, rtol=0, atol=1e-5)


def test_the_activation_keeps_the_second_moment_of_noise():
    x = torch.randn(100_000, generator=torch.Generator().manual_seed(0))
    # E[f(x)^2] = 2 (1/2 + 0.04/2) = 1.04 for slope 0.2
    assert scaled_leaky_relu(x).square().mean() == pytest.approx(1.04, abs=0.02)


def test_layers_scale_their_weights_by_the_fan_in():
    linear, conv = EqualLinear(6, 4, rate=0.01), EqualConv2d(3, 4)
    with torch.no_grad():
        linear.bias.fill_(2.0)
    x = torch.rand(5, 6)
    weight = linear.weight.detach().numpy()
    expected = x.numpy() @ weight.T * 0.01 / np.sqrt(6) + 0.02
    np.testing.assert_allclose(linear(x).detach().numpy(), expected, rtol=1e-4, atol=1e-5)
    image = torch.rand(1, 3, 5, 5)
    plain = F.conv2d(image, conv.weight / np.sqrt(27), conv.bias, padding=1)
    expected = F.leaky_relu(plain, 0.2) * np.sqrt(2)
    torch.testing.assert_close(conv(image), expected, rtol=1e-5, atol=1e-5)
