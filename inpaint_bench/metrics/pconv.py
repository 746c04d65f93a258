"""The perceptual and style distances of PConv: activations of VGG-16's first three poolings.

The paper adds these up over the raw output and the composite, as losses. Here each is a metric
of its own: `pconv_perceptual` of the composite, `pconv_perceptual_raw` of the output.
"""

from __future__ import annotations

import torch
from torch import Tensor

from inpaint_bench.metrics._base import Metric, large_enough, register, whole_picture
from inpaint_bench.metrics._deep import (
    Activations,
    activation_distance,
    both,
    gram_distance,
    vgg,
)
from inpaint_bench.metrics.features import VGG16

__all__ = ["POOLS", "pconv_perceptual", "pconv_style"]

POOLS = (4, 9, 16)
"""Layers of torchvision's VGG-16: pool1, pool2, pool3."""

_SMALLEST = 8  # three poolings leave one pixel

_PAPER = "Liu et al. 2018, Image Inpainting for Irregular Holes Using Partial Convolutions"
_LAYERS = (
    "VGG-16 (torchvision's ImageNet weights, input normalised by ImageNet's mean and deviation) "
    "after its first three poolings"
)


def pconv_perceptual(result: Tensor, truth: Tensor) -> Tensor:
    """Return the sum over three poolings of the mean absolute difference of activations.

    Args:
        result, truth: Bx3xHxW in [0,1], at least 8x8.

    Returns:
        B values of 0 or more, float64.

    Raises:
        ImageError: the pictures are smaller.
        WeightsError: VGG-16's weights are missing and cannot be fetched.

    Reference:
        Liu et al. 2018, Image Inpainting for Irregular Holes Using Partial Convolutions,
        equation 3.
    """
    return activation_distance(*both(_network(result.device), result, truth))


def pconv_style(result: Tensor, truth: Tensor) -> Tensor:
    """Return the sum over three poolings of the distance of Gram matrices.

    Arguments, result and errors as `pconv_perceptual`.

    Reference:
        Liu et al. 2018, equations 4 and 5: each Gram matrix is divided by C H W, the L1 norm
        of their difference by C squared.
    """
    return gram_distance(*both(_network(result.device), result, truth))


def _network(device: torch.device) -> Activations:
    return vgg(16, VGG16, POOLS, True, device)


def _prepare() -> None:
    _network(torch.device("cpu"))


register(
    Metric(
        name="pconv_perceptual",
        title="Perceptual (PConv)",
        higher_is_better=False,
        unit="",
        definition=f"sum over {_LAYERS} of the mean absolute difference of activations, on the "
        "composite",
        reference=f"{_PAPER}, equation 3, one of its two terms",
        version="1",
        compute=large_enough(whole_picture(pconv_perceptual), _SMALLEST),
        smallest=_SMALLEST,
        prepare=_prepare,
    ),
    raw=True,
)
register(
    Metric(
        name="pconv_style",
        title="Style (PConv)",
        higher_is_better=False,
        unit="",
        definition=f"sum over {_LAYERS} of the mean absolute difference of Gram matrices, each "
        "divided by C H W, on the composite",
        reference=f"{_PAPER}, equations 4 and 5",
        version="1",
        compute=large_enough(whole_picture(pconv_style), _SMALLEST),
        smallest=_SMALLEST,
        prepare=_prepare,
    ),
    raw=True,
)
