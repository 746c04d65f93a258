from __future__ import annotations

import pytest
import torch
from torch import nn

from inpaint_bench.fast.folding import fold_norms
from inpaint_bench.layers.fourier_conv import FourierConv2d
from inpaint_bench.models import MODELS


def shaken(module):
    """Give norms statistics and factors that do something."""
    torch.manual_seed(0)
    for part in module.modules():
        if isinstance(part, nn.BatchNorm2d):
            part.running_mean.normal_()
            part.running_var.uniform_(0.5, 2.0)
            nn.init.uniform_(part.weight, 0.5, 2.0)
            nn.init.normal_(part.bias)
    return module.eval()


def norms(module):
    return sum(isinstance(part, nn.BatchNorm2d) for part in module.modules())


@torch.inference_mode()
def test_a_convolution_takes_the_norm_behind_it():
    layers = shaken(
        nn.Sequential(
            nn.Conv2d(3, 8, 3),
            nn.BatchNorm2d(8),
            nn.ReLU(),
            nn.BatchNorm2d(8),  # behind a rectifier: stays
            nn.ConvTranspose2d(8, 5, 4, 2, bias=False),
            nn.BatchNorm2d(5),
        )
    )
    x = torch.randn(2, 3, 12, 12)
    expected = layers(x)
    fold_norms(layers)
    assert norms(layers) == 1
    torch.testing.assert_close(layers(x), expected, rtol=0, atol=1e-4)


@torch.inference_mode()
@pytest.mark.parametrize("shares", [(8, 24, 8, 24), (16, 0, 8, 24), (8, 0, 8, 0)])
def test_a_fourier_convolution_takes_its_norms(shares):
    layer = shaken(FourierConv2d(*shares))
    x = torch.randn(1, shares[0], 16, 20), torch.randn(1, max(shares[1], 1), 16, 20)
    x = (x[0], x[1] if shares[1] else None)
    expected = layer(x)
    fold_norms(layer)
    assert norms(layer) == 0
    for ours, theirs in zip(layer(x), expected, strict=True):
        if theirs is not None:
            torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-4)


@torch.inference_mode()
def test_openmmlabs_global_and_local_takes_its_norms_and_the_authors_keeps_them():
    for openmmlab in (True, False):
        model = shaken(MODELS["global_local"](width=8, openmmlab=openmmlab))
        image, hole = torch.rand(1, 3, 32, 32), torch.zeros(1, 1, 32, 32)
        hole[..., 8:20, 8:20] = 1
        expected, before = model.complete(image, hole).image, norms(model)
        fold_norms(model)
        assert norms(model) == (0 if openmmlab else before)
        torch.testing.assert_close(model.complete(image, hole).image, expected, rtol=0, atol=1e-4)
