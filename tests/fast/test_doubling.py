from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional as F

from inpaint_bench.fast.doubling import merge_doublings
from inpaint_bench.layers.gated_conv import GatedConv2d


def test_a_doubling_layer_gives_the_same_without_doubling_first():
    torch.manual_seed(0)
    layer = GatedConv2d(8, 6, upsample=True)
    x = torch.randn(2, 8, 9, 12)
    with torch.inference_mode():
        expected = layer(x)
        merge_doublings(layer)
        assert isinstance(layer.conv, nn.ConvTranspose2d) and layer.upsample is False
        torch.testing.assert_close(layer(x), expected, rtol=0, atol=1e-5)


def test_a_mirrored_border_stays_mirrored():
    class Mirroring(nn.Module):
        """As in the recurrent network."""

        def __init__(self):
            super().__init__()
            self.conv, self.upsample, self.mirrored = nn.Conv2d(5, 4, 3), True, 1

        def forward(self, x):
            x = F.interpolate(x, scale_factor=2, mode="nearest") if self.upsample else x
            return self.conv(F.pad(x, [self.mirrored] * 4, mode="reflect"))

    torch.manual_seed(0)
    layer, x = Mirroring(), torch.randn(1, 5, 7, 6)
    with torch.inference_mode():
        expected = layer(x)
        merge_doublings(layer)
        assert layer.mirrored == 0
        torch.testing.assert_close(layer(x), expected, rtol=0, atol=1e-5)
