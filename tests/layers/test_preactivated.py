"""Pre-activated blocks against the layers that they stand for, written out."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F

from inpaint_bench.layers.preactivated import FirstBlock, PreactivatedBlock


@pytest.mark.parametrize("size", [(8, 12), (2, 6)])
def test_halving_is_averaging_of_what_the_convolutions_give(size):
    torch.manual_seed(0)
    x = torch.randn(2, 5, *size)
    block = PreactivatedBlock(5, 7, 6, halve=True, slope=0.2)
    inner = block.conv1(F.leaky_relu(x, 0.2))
    expected = block.conv2(F.leaky_relu(inner, 0.2)) + block.bypass(x)
    torch.testing.assert_close(block(x), F.avg_pool2d(expected, 2), rtol=1e-5, atol=1e-6)

    block.halve = False
    torch.testing.assert_close(block(x), expected)


def test_the_first_block_does_not_activate_the_picture():
    torch.manual_seed(0)
    block, x = FirstBlock(3, 4), torch.randn(1, 3, 8, 8)
    inner = block.conv2(F.leaky_relu(block.conv1(x), 0.1))
    expected = F.avg_pool2d(inner, 2) + block.bypass(F.avg_pool2d(x, 2))
    torch.testing.assert_close(block(x), expected, rtol=1e-5, atol=1e-6)


def test_gradients_reach_every_weight_of_a_halving_block():
    block = PreactivatedBlock(3, 4, 3, halve=True)
    block(torch.randn(1, 3, 8, 8)).square().mean().backward()
    assert all(p.grad is not None and p.grad.any() for p in block.parameters())
