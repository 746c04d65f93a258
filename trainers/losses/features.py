"""Frozen feature networks of the perceptual and style losses.

VGG-16 is what the papers use (its weights are torchvision's, downloaded once); SqueezeNet 1.1
from a local file is the option for machines where they cannot be had.
"""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torchvision.models import VGG16_Weights, squeezenet1_1, vgg16

from inpaint_bench.errors import WeightsError

__all__ = ["FeatureNetwork", "squeezenet_features", "vgg16_features"]

_VGG_POOLS = (4, 9, 16)  # relu + pool1, pool2, pool3: Liu et al. 2018, section 3.3
_SQUEEZE_STAGES = (1, 4, 7)  # relu of conv1, second fire module of the first two groups


class FeatureNetwork(nn.Module):
    """The activations of a frozen convolutional network at several layers.

    Args:
        layers: the network, up to and including the last layer that is wanted.
        taps: indices of the layers whose outputs are returned.
        mean, std: normalisation of RGB in [0,1].
    """

    def __init__(
        self,
        layers: nn.Sequential,
        taps: tuple[int, ...],
        mean: tuple[float, float, float] = (0.0, 0.0, 0.0),
        std: tuple[float, float, float] = (1.0, 1.0, 1.0),
    ) -> None:
        super().__init__()
        self.layers = layers.eval().requires_grad_(False)
        self.taps = taps
        self.register_buffer("mean", torch.tensor(mean).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(std).view(1, 3, 1, 1), persistent=False)

    def forward(self, image: Tensor) -> list[Tensor]:
        """Map Bx3xHxW in [0,1] to one BxCxH'xW' for each tap."""
        x = (image - self.mean) / self.std
        found = []
        for i, layer in enumerate(self.layers):
            x = layer(x)
            if i in self.taps:
                found.append(x)
        return found


def vgg16_features() -> FeatureNetwork:
    """Return VGG-16's first three pooling layers, ImageNet weights of torchvision.

    Raises:
        WeightsError: the weights are not here and cannot be downloaded.
    """
    try:
        network = vgg16(weights=VGG16_Weights.IMAGENET1K_V1)
    except (OSError, RuntimeError) as error:
        raise WeightsError(
            f"VGG-16 weights cannot be downloaded ({error}); put vgg16-397923af.pth of torchvision "
            f"into {torch.hub.get_dir()}/checkpoints, or name SqueezeNet features with --backbone"
        ) from error
    layers = network.features[: _VGG_POOLS[-1] + 1]
    return FeatureNetwork(layers, _VGG_POOLS, (0.485, 0.456, 0.406), (0.229, 0.224, 0.225))


def squeezenet_features(path: Path) -> FeatureNetwork:
    """Return SqueezeNet 1.1 features from a safetensors file in torchvision's layout.

    The file's normalisation is folded into its first layer: input is RGB in [0,1].

    Raises:
        WeightsError: the file is missing or is no SqueezeNet 1.1.
    """
    if not path.is_file():
        raise WeightsError(f"expected SqueezeNet 1.1 features at {path}, found no file")
    network = squeezenet1_1(weights=None)
    state = {k.removeprefix("features."): v for k, v in load_file(path).items()}
    try:
        network.features.load_state_dict(state)
    except RuntimeError as error:
        raise WeightsError(f"{path} does not hold SqueezeNet 1.1 features: {error}") from error
    return FeatureNetwork(network.features[: _SQUEEZE_STAGES[-1] + 1], _SQUEEZE_STAGES)
