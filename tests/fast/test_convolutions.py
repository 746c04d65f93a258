from __future__ import annotations

import pytest
import torch
from torch import nn

from inpaint_bench.fast.convolutions import Bfloat16Conv2d, NarrowConv2d, is_narrow


@pytest.mark.parametrize("kernel, padding", [(3, 1), (3, 0), (7, 3), (7, 0), (5, 2)])
@pytest.mark.parametrize("size", [(16, 22), (15, 21)])
def test_a_narrow_convolution_gives_what_the_usual_one_does(kernel, padding, size):
    torch.manual_seed(0)
    conv = nn.Conv2d(16, 3, kernel, padding=padding)
    assert is_narrow(conv)
    x = torch.randn(2, 16, *size)
    with torch.inference_mode():
        torch.testing.assert_close(NarrowConv2d(conv)(x), conv(x), rtol=0, atol=1e-5)
        # also where a part of the network before it is in bfloat16
        rounded = x.bfloat16()
        expected = conv(rounded.float())
        torch.testing.assert_close(NarrowConv2d(conv)(rounded), expected, rtol=0, atol=1e-5)


def test_bfloat16_sums_in_float32_and_rounds_once():
    torch.manual_seed(0)
    conv = nn.Conv2d(64, 32, 3, padding=1)
    ours, x = Bfloat16Conv2d(conv), torch.randn(1, 64, 12, 12)
    assert ours.weight.dtype == torch.bfloat16 and conv.weight.dtype == torch.float32
    with torch.inference_mode():
        result = ours(x)
        exact = conv.bfloat16().double()(x.bfloat16().double())
    assert result.dtype == torch.bfloat16
    # half a unit in the last place of the result, of 8 bits
    assert ((result.double() - exact).abs() <= exact.abs() * 2**-8 + 1e-3).all()
