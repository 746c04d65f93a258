"""Partial convolution against the paper's equations, written out pixel by pixel."""

from __future__ import annotations

import pytest
import torch

from inpaint_bench.layers.partial_conv import PartialConv2d


def _equation_1(layer: PartialConv2d, x: torch.Tensor, known: torch.Tensor):
    """W'(X * M) sum(1)/sum(M) + b where sum(M) > 0, else 0; one mask a channel."""
    k, stride, pad = layer.conv.kernel_size[0], layer.conv.stride[0], layer.conv.padding[0]
    x, known = (torch.nn.functional.pad(t[0], [pad] * 4) for t in (x, known))
    rows = range(0, x.shape[1] - k + 1, stride)
    columns = range(0, x.shape[2] - k + 1, stride)
    output = torch.zeros(layer.conv.out_channels, len(rows), len(columns))
    grown = torch.zeros(len(rows), len(columns))
    for i, top in enumerate(rows):
        for j, left in enumerate(columns):
            window = x[:, top : top + k, left : left + k]
            mask = known[:, top : top + k, left : left + k]
            if mask.sum() > 0:
                scale = mask.numel() / mask.sum()
                output[:, i, j] = (layer.conv.weight * (window * mask)).sum((1, 2, 3)) * scale
                output[:, i, j] += layer.bias
                grown[i, j] = 1
    return output, grown


@pytest.mark.parametrize(("kernel", "stride"), [(3, 1), (5, 2), (7, 2)])
def test_one_mask_for_all_channels_gives_equation_1(kernel, stride):
    torch.manual_seed(0)
    layer = PartialConv2d(3, 4, kernel, stride, kernel // 2, bias=True)
    torch.nn.init.normal_(layer.bias)
    x, known = torch.randn(1, 3, 12, 14), (torch.rand(1, 1, 12, 14) > 0.8).float()
    output, grown = layer(x * known, known)
    expected, expected_grown = _equation_1(layer, x, known.expand(-1, 3, -1, -1))
    assert torch.allclose(output[0], expected, atol=1e-5)
    assert torch.equal(grown[0, 0], expected_grown)


def test_two_masks_as_their_mean_over_channels_give_equation_1():
    torch.manual_seed(1)
    layer = PartialConv2d(5, 4, 3, 1, 1, bias=True)
    a, b = torch.randn(1, 2, 10, 10), torch.randn(1, 3, 10, 10)
    known_a, known_b = ((torch.rand(1, 1, 10, 10) > 0.7).float() for _ in range(2))
    mean = (2 * known_a + 3 * known_b) / 5
    output, _ = layer(torch.cat([a * known_a, b * known_b], 1), mean)
    full = torch.cat([known_a.expand(-1, 2, -1, -1), known_b.expand(-1, 3, -1, -1)], 1)
    expected, _ = _equation_1(layer, torch.cat([a, b], 1), full)
    assert torch.allclose(output[0], expected, atol=1e-5)


def test_with_everything_known_away_from_the_border_it_is_a_convolution():
    layer = PartialConv2d(3, 4, 3, 1, 1)
    x = torch.randn(1, 3, 9, 9)
    output, grown = layer(x, torch.ones(1, 1, 9, 9))
    assert torch.allclose(output[..., 1:-1, 1:-1], layer.conv(x)[..., 1:-1, 1:-1], atol=1e-6)
    assert grown.min() == 1


def test_a_window_without_a_known_pixel_stays_zero_and_unknown():
    layer = PartialConv2d(1, 2, 3, 1, 1, bias=True)
    torch.nn.init.ones_(layer.bias)
    known = torch.zeros(1, 1, 9, 9)
    known[..., 0, 0] = 1
    output, grown = layer(torch.randn(1, 1, 9, 9) * known, known)
    assert grown.sum() == 4
    assert output[..., 3:, 3:].abs().max() == 0
