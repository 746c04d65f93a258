from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from inpaint_bench.fast import winograd
from inpaint_bench.fast.winograd import WinogradConv2d, pays_off


@pytest.mark.parametrize("dilation", [1, 2, 4])
@pytest.mark.parametrize("padded", [True, False])
@pytest.mark.parametrize("size", [(40, 40), (33, 50), (71, 36)])
def test_it_is_the_convolution_of_torch(size, padded, dilation, monkeypatch):
    monkeypatch.setattr(winograd, "_LEAST_PIXELS", 0)
    monkeypatch.setattr(winograd, "_WORKSPACE", 2**14)  # several pieces
    torch.manual_seed(0)
    conv = nn.Conv2d(12, 20, 3, padding=dilation if padded else 0, dilation=dilation)
    x = torch.randn(2, 12, *size)
    with torch.inference_mode():
        ours = WinogradConv2d(conv)(x)
        exact = F.conv2d(
            x.double(), conv.weight.double(), conv.bias.double(), 1, conv.padding, dilation
        )
    assert ours.shape == exact.shape
    torch.testing.assert_close(ours.double(), exact, rtol=0, atol=2e-5)


def test_small_pictures_are_convolved_directly():
    conv = nn.Conv2d(4, 6, 3, padding=1, bias=False)
    x = torch.randn(1, 4, 16, 16)
    with torch.inference_mode():
        assert torch.equal(WinogradConv2d(conv)(x), conv(x))


@pytest.mark.parametrize(
    "options",
    [
        {"kernel_size": 5, "padding": 2},
        {"kernel_size": 3, "stride": 2, "padding": 1},
        {"kernel_size": 3, "groups": 2, "padding": 1},
        {"kernel_size": 3, "padding": 1, "padding_mode": "reflect"},
        {"kernel_size": 3, "padding": 2},
        {"kernel_size": 3, "padding": "same"},
    ],
)
def test_other_convolutions_do_not_pay_off(options):
    assert not pays_off(nn.Conv2d(256, 256, **options))
    assert pays_off(nn.Conv2d(256, 256, 3, padding=1))
