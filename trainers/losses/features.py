"""Frozen feature networks of the perceptual and style losses.

VGG-16 and VGG-19 are what most papers use (torchvision's weights, downloaded once), a dilated
ResNet-50 trained on ADE20K what LaMa uses; SqueezeNet 1.1 from a local file is the option for
machines where they cannot be had.
"""

from __future__ import annotations

import pickle
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn
from torchvision.models import VGG16_Weights, VGG19_Weights, resnet50, squeezenet1_1, vgg16, vgg19

from inpaint_bench.errors import WeightsError

__all__ = [
    "FeatureNetwork",
    "ade20k_features",
    "squeezenet_features",
    "vgg16_features",
    "vgg19_features",
    "vgg19_first_features",
    "vgg19_plain_features",
]

_VGG16_POOLS = (4, 9, 16)  # relu + pool1, pool2, pool3: Liu et al. 2018, section 3.3
_VGG19_CONTENT = (1, 6, 11, 20, 29)  # relu1_1, relu2_1, relu3_1, relu4_1, relu5_1
_VGG19_STYLE = (8, 17, 26, 31)  # relu2_2, relu3_4, relu4_4, relu5_2
_SQUEEZE_STAGES = (1, 4, 7)  # relu of conv1, second fire module of the first two groups
_IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))


class FeatureNetwork(nn.Module):
    """The activations of a frozen convolutional network at several layers.

    Args:
        layers: the network, up to and including the last layer that is wanted.
        taps: indices of the layers whose outputs are returned.
        mean, std: normalisation of RGB in [0,1].
        style_taps: indices of the layers of the style loss; the same ones where left out.
    """

    def __init__(
        self,
        layers: nn.Sequential,
        taps: tuple[int, ...],
        mean: tuple[float, float, float] = (0.0, 0.0, 0.0),
        std: tuple[float, float, float] = (1.0, 1.0, 1.0),
        style_taps: tuple[int, ...] = (),
    ) -> None:
        super().__init__()
        self.layers = layers.eval().requires_grad_(False)
        self.taps, self.style_taps = taps, style_taps or taps
        self.register_buffer("mean", torch.tensor(mean).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(std).view(1, 3, 1, 1), persistent=False)

    def forward(self, image: Tensor) -> list[Tensor]:
        """Map Bx3xHxW in [0,1] to one BxCxH'xW' for each tap."""
        return self.content_and_style(image)[0]

    def content_and_style(self, image: Tensor) -> tuple[list[Tensor], list[Tensor]]:
        """Map Bx3xHxW in [0,1] to the activations at `taps`, and those at `style_taps`."""
        x = (image - self.mean) / self.std
        content, style = [], []
        for i, layer in enumerate(self.layers):
            x = layer(x)
            if i in self.taps:
                content.append(x)
            if i in self.style_taps:
                style.append(x)
        return content, style


def vgg16_features() -> FeatureNetwork:
    """Return VGG-16's first three pooling layers, ImageNet weights of torchvision.

    Raises:
        WeightsError: the weights are not here and cannot be downloaded.
    """
    network = _downloaded(vgg16, VGG16_Weights.IMAGENET1K_V1)
    return FeatureNetwork(network.features[: _VGG16_POOLS[-1] + 1], _VGG16_POOLS, *_IMAGENET)


def vgg19_features() -> FeatureNetwork:
    """Return VGG-19's first rectifier of each group, and for style the last but one or last.

    Raises:
        WeightsError: the weights are not here and cannot be downloaded.

    Reference:
        The published code of AOT-GAN.
    """
    return FeatureNetwork(_vgg19_layers(), _VGG19_CONTENT, *_IMAGENET, _VGG19_STYLE)


def vgg19_plain_features() -> FeatureNetwork:
    """Return the layers of `vgg19_features` on RGB in [0,1] as it is, without ImageNet's mean.

    Its activations are a fraction as large; the weights of who uses it belong to them.

    Raises:
        WeightsError: as `vgg19_features`.

    Reference:
        The published code of EdgeConnect and of the recurrent network, which has its class.
    """
    return FeatureNetwork(_vgg19_layers(), _VGG19_CONTENT, style_taps=_VGG19_STYLE)


def _vgg19_layers() -> nn.Sequential:
    network = _downloaded(vgg19, VGG19_Weights.IMAGENET1K_V1)
    return _not_in_place(network.features[: _VGG19_STYLE[-1] + 1])


def vgg19_first_features() -> FeatureNetwork:
    """Return VGG-19's first rectifier of each group, for style too.

    Raises:
        WeightsError: as `vgg19_features`.

    Reference:
        Li et al. 2020 (DeepGIN), section 4.2.
    """
    network = _downloaded(vgg19, VGG19_Weights.IMAGENET1K_V1)
    layers = _not_in_place(network.features[: _VGG19_CONTENT[-1] + 1])
    return FeatureNetwork(layers, _VGG19_CONTENT, *_IMAGENET)


def _not_in_place(layers: nn.Sequential) -> nn.Sequential:
    """A tap must not be overwritten by the rectifier that follows it."""
    for layer in layers:
        if isinstance(layer, nn.ReLU):
            layer.inplace = False
    return layers


def _downloaded(build, weights) -> nn.Module:
    try:
        return build(weights=weights)
    except (OSError, RuntimeError) as error:
        raise WeightsError(
            f"VGG weights cannot be downloaded ({error}); put {weights.url.rpartition('/')[2]} of "
            f"torchvision into {torch.hub.get_dir()}/checkpoints, or name SqueezeNet features with "
            "--backbone"
        ) from error


def ade20k_features(path: Path) -> FeatureNetwork:
    """Return the four stages of a dilated ResNet-50 that was trained to segment ADE20K.

    Its stem has three 3x3 convolutions; the last two stages keep an eighth of the size.

    Args:
        path: `encoder_epoch_20.pth` of MIT's ade20k-resnet50dilated-ppm_deepsup.

    Raises:
        WeightsError: the file is missing or holds another network.

    Reference:
        Suvorov et al. 2022, section 2.2: high receptive field perceptual loss.
    """
    if not path.is_file():
        raise WeightsError(f"expected encoder_epoch_20.pth of ADE20K at {path}, found no file")
    network = resnet50(weights=None, replace_stride_with_dilation=[False, True, True])
    stem = nn.Sequential()
    for i, (before, after, stride) in enumerate(((3, 64, 2), (64, 64, 1), (64, 128, 1)), start=1):
        stem.add_module(f"conv{i}", nn.Conv2d(before, after, 3, stride, 1, bias=False))
        stem.add_module(f"bn{i}", nn.BatchNorm2d(after))
        stem.add_module(f"relu{i}", nn.ReLU())
    first = network.layer1[0]
    first.conv1 = nn.Conv2d(128, 64, 1, bias=False)
    first.downsample[0] = nn.Conv2d(128, 256, 1, bias=False)
    stages = [getattr(network, f"layer{i}") for i in range(1, 5)]
    holder = nn.Module()
    for name, module in (
        *stem.named_children(),
        *((f"layer{i + 1}", s) for i, s in enumerate(stages)),
    ):
        holder.add_module(name, module)
    try:
        holder.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
    except (RuntimeError, pickle.UnpicklingError, AttributeError) as error:
        raise WeightsError(f"{path} is no dilated ResNet-50 of ADE20K: {error}") from error
    layers = nn.Sequential(stem, nn.MaxPool2d(3, 2, 1), *stages)
    return FeatureNetwork(layers, (2, 3, 4, 5), *_IMAGENET)


def squeezenet_features(path: Path) -> FeatureNetwork:
    """Return SqueezeNet 1.1 features from a safetensors file in torchvision's layout.

    The file's normalisation is folded into its first layer: input is RGB in [0,1].

    Raises:
        WeightsError: the file is missing or is no SqueezeNet 1.1.
    """
    if not path.is_file():
        raise WeightsError(f"expected SqueezeNet 1.1 features at {path}, found no file")
    network = squeezenet1_1(weights=None)
    try:
        state = {k.removeprefix("features."): v for k, v in load_file(path).items()}
        network.features.load_state_dict(state)
    except (OSError, RuntimeError, SafetensorError) as error:
        raise WeightsError(f"{path} does not hold SqueezeNet 1.1 features: {error}") from error
    return FeatureNetwork(network.features[: _SQUEEZE_STAGES[-1] + 1], _SQUEEZE_STAGES)
