"""The perceptual ("PL") and style distances of Baik's recurrent convolutions, with VGG-19.

The paper names the layers; that norms are means over all elements, and that pictures in [0,1]
go into the network as they are, is taken from EdgeConnect's released losses, whose layers these
are.
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
from inpaint_bench.metrics.features import VGG19

__all__ = [
    "PERCEPTUAL_LAYERS",
    "STYLE_LAYERS",
    "recurrent_perceptual",
    "recurrent_style",
]

PERCEPTUAL_LAYERS = (1, 6, 11, 20, 29)
"""Layers of torchvision's VGG-19: relu1_1, relu2_1, relu3_1, relu4_1, relu5_1."""

STYLE_LAYERS = (8, 17, 26, 31)
"""relu2_2, relu3_4, relu4_4, relu5_2."""

_ALL = tuple(sorted((*PERCEPTUAL_LAYERS, *STYLE_LAYERS)))
_SMALLEST = 16  # four poolings leave one pixel
_PAPER = "Baik, Image Inpainting (Stanford course report), section 4.2"
_NETWORK = "VGG-19 (torchvision's ImageNet weights, input in [0,1] without normalisation)"


def recurrent_perceptual(result: Tensor, truth: Tensor) -> Tensor:
    """Return the sum over five layers of VGG-19 of the mean absolute difference.

    Args:
        result, truth: Bx3xHxW in [0,1], at least 16x16.

    Returns:
        B values of 0 or more, float64.

    Raises:
        ImageError: the pictures are smaller.
        WeightsError: VGG-19's weights are missing and cannot be fetched.
    """
    found, wanted = both(_network(result.device), result, truth)
    return activation_distance(*(_pick(some, PERCEPTUAL_LAYERS) for some in (found, wanted)))


def recurrent_style(result: Tensor, truth: Tensor) -> Tensor:
    """Return the sum over four layers of VGG-19 of the distance of Gram matrices.

    Arguments, result and errors as `recurrent_perceptual`.
    """
    found, wanted = both(_network(result.device), result, truth)
    return gram_distance(*(_pick(some, STYLE_LAYERS) for some in (found, wanted)))


def _pick(activations: list[Tensor], layers: tuple[int, ...]) -> list[Tensor]:
    return [one for layer, one in zip(_ALL, activations, strict=True) if layer in layers]


def _network(device: torch.device) -> Activations:
    return vgg(19, VGG19, _ALL, False, device)


def _prepare() -> None:
    _network(torch.device("cpu"))


register(
    Metric(
        name="recurrent_perceptual",
        title="Perceptual (recurrent)",
        higher_is_better=False,
        unit="",
        definition=f"sum over relu1_1, relu2_1, relu3_1, relu4_1, relu5_1 of {_NETWORK} of the "
        "mean absolute difference of activations, on the composite",
        reference=f"{_PAPER}, L_perc; means and input as in EdgeConnect's released loss",
        version="1",
        compute=large_enough(whole_picture(recurrent_perceptual), _SMALLEST),
        smallest=_SMALLEST,
        prepare=_prepare,
    ),
    raw=True,
)
register(
    Metric(
        name="recurrent_style",
        title="Style (recurrent)",
        higher_is_better=False,
        unit="",
        definition=f"sum over relu2_2, relu3_4, relu4_4, relu5_2 of {_NETWORK} of the mean "
        "absolute difference of Gram matrices, each divided by C H W, on the composite",
        reference=f"{_PAPER}, L_style; means and input as in EdgeConnect's released loss",
        version="1",
        compute=large_enough(whole_picture(recurrent_style), _SMALLEST),
        smallest=_SMALLEST,
        prepare=_prepare,
    ),
    raw=True,
)
