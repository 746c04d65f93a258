"""Batch normalisation folded into the convolution in front of it, where that is exact."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from inpaint_bench.layers.fourier_conv import FourierConv2d, FourierUnit, SpectralTransform
from inpaint_bench.layers.spectral_norm import fold_spectral_norm

__all__ = ["fold_norms"]

_CONVOLUTIONS = (nn.Conv2d, nn.ConvTranspose2d)


@torch.no_grad()
def fold_norms(model: nn.Module) -> None:
    """Fold what normalises weights or constantly scales channels, in place; evaluation mode only.

    Batch normalisation behind an activation, or behind what a partial convolution does to its
    sums, stays.
    """
    fold_spectral_norm(model)
    for module in model.modules():
        if isinstance(module, nn.Sequential):
            for first, second in pairwise(list(module._modules)):
                _fuse(module, first, second)
        elif isinstance(module, SpectralTransform):
            _fuse(module, "reduce", "norm")
        elif isinstance(module, FourierUnit):
            _fuse(module, "conv", "norm")
        elif isinstance(module, FourierConv2d):
            _fold_fourier(module)
        elif getattr(module, "norm_first", False) and hasattr(module, "conv"):  # of Global & Local
            _fuse(module, "conv", "norm")


def _fuse(parent: nn.Module, conv_name: str, norm_name: str) -> None:
    conv, norm = getattr(parent, conv_name), getattr(parent, norm_name)
    if isinstance(conv, _CONVOLUTIONS) and isinstance(norm, nn.BatchNorm2d):
        transposed = isinstance(conv, nn.ConvTranspose2d)
        setattr(parent, conv_name, fuse_conv_bn_eval(conv, norm, transpose=transposed))
        setattr(parent, norm_name, nn.Identity())


def _fold_fourier(layer: FourierConv2d) -> None:
    """Fold the norm of a sum into both convolutions that are summed."""
    scale, shift = _affine(layer.norm_local)
    _scale(layer.local_to_local, scale, shift)
    if layer.global_to_local is not None:
        _scale(layer.global_to_local, scale, None)
    layer.norm_local = nn.Identity()
    if layer.norm_global is not None:
        scale, shift = _affine(layer.norm_global)
        _scale(layer.local_to_global, scale, shift)
        if layer.global_to_global is not None:
            _scale(layer.global_to_global.expand, scale, None)
        layer.norm_global = nn.Identity()


def _affine(norm: nn.BatchNorm2d) -> tuple[Tensor, Tensor]:
    """Return by what each channel is multiplied and what is added then."""
    scale = norm.weight * (norm.running_var + norm.eps).rsqrt()
    return scale, norm.bias - norm.running_mean * scale


def _scale(conv: nn.Conv2d, scale: Tensor, shift: Tensor | None) -> None:
    conv.weight = nn.Parameter(conv.weight * scale.view(-1, 1, 1, 1), requires_grad=False)
    if shift is not None:
        conv.bias = nn.Parameter(shift.clone(), requires_grad=False)
