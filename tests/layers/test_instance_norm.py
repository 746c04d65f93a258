"""Instance normalisation against PyTorch's own."""

from __future__ import annotations

import torch
from torch import nn

from inpaint_bench.layers.instance_norm import InstanceNorm2d, instance_norm


def test_it_is_pytorchs_instance_normalisation_without_parameters():
    x = torch.randn(2, 6, 9, 7) * 3 + 1
    expected = nn.InstanceNorm2d(6)(x)
    torch.testing.assert_close(instance_norm(x), expected, rtol=0, atol=1e-5)
    torch.testing.assert_close(InstanceNorm2d(6)(x), expected, rtol=0, atol=1e-5)


def test_channels_last_stays_channels_last():
    x = torch.randn(2, 6, 9, 7).contiguous(memory_format=torch.channels_last)
    assert instance_norm(x).is_contiguous(memory_format=torch.channels_last)
