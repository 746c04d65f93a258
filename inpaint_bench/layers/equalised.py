"""Layers with equalised learning rate: weights of unit variance, scaled when they are used.

StyleGAN 2's building blocks as MAT uses them. MI-GAN shares the activation.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from inpaint_bench.layers.low_pass import blur

__all__ = ["EqualConv2d", "EqualLinear", "resampled_conv2d", "scaled_leaky_relu"]

_GAIN = math.sqrt(2.0)


def scaled_leaky_relu(x: Tensor) -> Tensor:
    """Rectify with slope 0.2 and scale by sqrt(2), which keeps the second moment."""
    return F.leaky_relu(x, 0.2) * _GAIN


def resampled_conv2d(x: Tensor, weight: Tensor, *, down: bool = False, up: bool = False) -> Tensor:
    """Convolve at the larger of two sizes, with a low-pass filter against aliasing.

    Args:
        x: BxCxHxW.
        weight: C'xCxkxk, k odd.
        down: filter, then convolve with stride 2, to H/2 x W/2.
        up: convolve what zeros were put into, then filter, to 2H x 2W.

    Reference:
        Karras et al., Analyzing and Improving the Image Quality of StyleGAN, CVPR 2020, and its
        published operation `conv2d_resample`.
    """
    kernel = weight.shape[2]
    if down:
        return F.conv2d(blur(x, pad=kernel // 2 + 1), weight, stride=2)
    if up:
        # A transposed convolution turns its kernel, so it is turned before.
        turned = weight.transpose(0, 1).flip((2, 3))
        spread = F.conv_transpose2d(x, turned, stride=2)  # B x C' x (2H+k-2) x (2W+k-2)
        return blur(spread, pad=(5 - kernel) // 2, gain=4.0)
    return F.conv2d(x, weight, padding=kernel // 2)


class EqualLinear(nn.Module):
    """A linear layer whose weight is scaled by its fan-in when used.

    Args:
        in_features, out_features: as in `nn.Linear`.
        activate: apply `scaled_leaky_relu`.
        bias: value the bias starts from.
        rate: of learning, relative to other layers.
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        *,
        activate: bool = False,
        bias: float = 0.0,
        rate: float = 1.0,
    ) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(out_features, in_features) / rate)
        self.bias = nn.Parameter(torch.full((out_features,), bias))
        self.activate, self.rate = activate, rate
        self.scale = rate / math.sqrt(in_features)

    def forward(self, x: Tensor) -> Tensor:
        """Map ...xF to ...xF'."""
        y = F.linear(x, self.weight * self.scale, self.bias * self.rate)
        return scaled_leaky_relu(y) if self.activate else y


class EqualConv2d(nn.Module):
    """A convolution whose weight is scaled by its fan-in, then `scaled_leaky_relu`.

    Args:
        in_channels, out_channels, kernel_size: as in `nn.Conv2d`; the size is kept.
        down, up: halve or double H and W, see `resampled_conv2d`.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int = 3,
        *,
        down: bool = False,
        up: bool = False,
    ) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(out_channels, in_channels, kernel_size, kernel_size))
        self.bias = nn.Parameter(torch.zeros(out_channels))
        self.down, self.up = down, up
        self.scale = 1.0 / math.sqrt(in_channels * kernel_size**2)

    def forward(self, x: Tensor) -> Tensor:
        """Map BxCxHxW to BxC'xH'xW'."""
        y = resampled_conv2d(x, self.weight * self.scale, down=self.down, up=self.up)
        return scaled_leaky_relu(y + self.bias.view(1, -1, 1, 1).to(y.dtype))
