"""Distances between activations of a frozen network, and the networks of torchvision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

import torch
from torch import Tensor, nn

from inpaint_bench.errors import ImageError, WeightsError
from inpaint_bench.metrics._base import check_pair
from inpaint_bench.metrics.features import Backbone, load_backbone

__all__ = ["Activations", "activation_distance", "both", "build_vgg", "gram_distance", "vgg"]


class Activations(nn.Module):
    """The activations of a frozen network at several layers.

    Args:
        layers: the network; layers after the last tap are dropped.
        taps: indices of the layers whose outputs are returned, ascending.
        mean, std: normalisation of RGB in [0,1].
        smallest: least side of a picture that it takes.
        name: for messages.
    """

    def __init__(
        self,
        layers: nn.Sequential,
        taps: Sequence[int],
        *,
        mean: Sequence[float] = (0.0, 0.0, 0.0),
        std: Sequence[float] = (1.0, 1.0, 1.0),
        smallest: int,
        name: str,
    ) -> None:
        super().__init__()
        self.layers = layers[: taps[-1] + 1].eval().requires_grad_(False)
        for layer in self.layers:
            if isinstance(layer, nn.ReLU):
                layer.inplace = False  # a tap before it must stay as it is
        self.taps = tuple(taps)
        self.smallest = smallest
        self.name = name
        self.register_buffer("mean", torch.tensor(mean).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(std).view(1, 3, 1, 1), persistent=False)

    def forward(self, image: Tensor) -> list[Tensor]:
        """Map Bx3xHxW in [0,1] to one BxCxhxw for each tap."""
        x = (image - self.mean) / self.std
        found = []
        for i, layer in enumerate(self.layers):
            x = layer(x)
            if i in self.taps:
                found.append(x)
        return found


def both(network: Activations, result: Tensor, truth: Tensor) -> tuple[list[Tensor], list[Tensor]]:
    """Return the activations of result and truth after checking them.

    Raises:
        ImageError: not two batches of colour pictures in [0,1], or too small for the network.
    """
    check_pair(result, truth)
    channels, height, width = result.shape[1:]
    if channels != 3 or min(height, width) < network.smallest:
        raise ImageError(
            f"{network.name} needs 3 colour channels of at least {network.smallest}x"
            f"{network.smallest} pixels, got {channels} of {height}x{width}"
        )
    with torch.inference_mode():
        return network(result.float()), network(truth.float())


def activation_distance(found: list[Tensor], wanted: list[Tensor]) -> Tensor:
    """Return the sum over layers of the mean absolute difference, B float64."""
    layers = zip(found, wanted, strict=True)
    return sum((a - b).abs().mean(dim=(1, 2, 3), dtype=torch.float64) for a, b in layers)


def gram_distance(found: list[Tensor], wanted: list[Tensor]) -> Tensor:
    """Return the sum over layers of the mean absolute difference of Gram matrices, B float64.

    A Gram matrix holds the products of channels summed over all positions, divided by C H W;
    its mean is that over all C x C entries.
    """
    layers = zip(found, wanted, strict=True)
    return sum((_gram(a) - _gram(b)).abs().mean(dim=(1, 2), dtype=torch.float64) for a, b in layers)


def _gram(activations: Tensor) -> Tensor:
    """Return BxCxC."""
    _, channels, height, width = activations.shape
    flat = activations.flatten(2)  # B x C x HW
    return flat @ flat.transpose(1, 2) / (channels * height * width)


@lru_cache(maxsize=4)
def vgg(
    depth: int, backbone: Backbone, taps: tuple[int, ...], normalise: bool, device: torch.device
) -> Activations:
    """Return torchvision's VGG of a depth with its published weights; see `build_vgg`."""
    network = build_vgg(depth, load_backbone(backbone), taps, normalise=normalise)
    return network.to(device)


def build_vgg(
    depth: int, state: Mapping[str, Tensor], taps: Sequence[int], *, normalise: bool
) -> Activations:
    """Return the convolutional layers of VGG-16 or VGG-19.

    Args:
        depth: 16 or 19.
        state: state dict in torchvision's layout; only `features.*` is used.
        taps: layers of torchvision's `features`.
        normalise: subtract ImageNet's mean and divide by its deviation.

    Raises:
        WeightsError: the weights do not fit.
    """
    from torchvision import models

    with torch.random.fork_rng(devices=[]), torch.device("meta"):  # no weights are drawn
        layers = {16: models.vgg16, 19: models.vgg19}[depth](weights=None).features
    features = {
        name.removeprefix("features."): value
        for name, value in state.items()
        if name.startswith("features.")
    }
    try:
        layers.load_state_dict(features, assign=True)
    except RuntimeError as error:
        line = " ".join(str(error).split())
        raise WeightsError(f"these weights do not fit VGG-{depth}: {line}") from error
    statistics = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
    mean, std = statistics if normalise else ((0.0,) * 3, (1.0,) * 3)
    pools = sum(isinstance(layer, nn.MaxPool2d) for layer in layers[: taps[-1] + 1])
    return Activations(layers, taps, mean=mean, std=std, smallest=2**pools, name=f"VGG-{depth}")
