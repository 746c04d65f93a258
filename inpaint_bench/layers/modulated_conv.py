"""Convolutions whose input channels are scaled by a style vector, as in StyleGAN 2.

Owns the modulated convolution, the layer around it with noise, and the summing of pictures.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from inpaint_bench.layers.equalised import EqualLinear, resampled_conv2d, scaled_leaky_relu
from inpaint_bench.layers.low_pass import double

__all__ = ["ModulatedConv2d", "StyledBlock", "StyledConv2d", "ToRGB"]

_LEAST_POWER = 1e-8


class ModulatedConv2d(nn.Module):
    """A convolution whose input channels a style scales; output channels are brought to norm 1.

    Scaling the input and the output instead of the weights is the same and needs no weights for
    each picture of a batch.

    Args:
        in_channels, out_channels, kernel_size: as in `nn.Conv2d`.
        style: length of the style vector.
        demodulate: divide by the norm of the scaled weights.
        up: double H and W.

    Reference:
        Karras et al., CVPR 2020, section 2.2, equations 1 to 3.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int,
        style: int,
        *,
        demodulate: bool = True,
        up: bool = False,
    ) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(out_channels, in_channels, kernel_size, kernel_size))
        self.affine = EqualLinear(style, in_channels, bias=1.0)
        self.demodulate, self.up = demodulate, up
        self.scale = 1.0 / math.sqrt(in_channels * kernel_size**2)

    def forward(self, x: Tensor, style: Tensor) -> Tensor:
        """Map BxCxHxW under a BxS style to BxC'xH'xW'."""
        factors = self.affine(style)  # B x C
        weight = self.weight * self.scale
        y = resampled_conv2d(x * factors[:, :, None, None].to(x.dtype), weight, up=self.up)
        if self.demodulate:
            with torch.autocast(x.device.type, enabled=False):
                power = factors.float().square() @ weight.float().square().sum((2, 3)).t()
                norm = (power + _LEAST_POWER).rsqrt()  # B x C'
            y = y * norm[:, :, None, None].to(y.dtype)
        return y


class StyledConv2d(nn.Module):
    """A modulated convolution, noise, bias and activation.

    The noise is drawn anew in training, from PyTorch's own generator, and constant otherwise.

    Args:
        in_channels, out_channels, style: see `ModulatedConv2d`.
        up: double H and W.
        noise_side: height and width of the output where noise is added, else 0.
    """

    def __init__(
        self, in_channels: int, out_channels: int, style: int, *, up: bool, noise_side: int
    ) -> None:
        super().__init__()
        self.conv = ModulatedConv2d(in_channels, out_channels, 3, style, up=up)
        self.bias = nn.Parameter(torch.zeros(out_channels))
        self.noise_strength: Tensor | None = None
        if noise_side:
            self.register_buffer("noise_const", torch.randn(noise_side, noise_side))
            self.noise_strength = nn.Parameter(torch.zeros(()))

    def forward(self, x: Tensor, style: Tensor) -> Tensor:
        """Map BxCxHxW under a BxS style to BxC'xH'xW'."""
        x = self.conv(x, style)
        if self.noise_strength is not None:
            noise = self.noise_const
            if self.training:
                noise = torch.randn(x.shape[0], 1, *x.shape[2:], device=x.device)
            x = x + (noise * self.noise_strength).to(x.dtype)
        return scaled_leaky_relu(x + self.bias.view(1, -1, 1, 1).to(x.dtype))


class ToRGB(nn.Module):
    """A picture from features, added to the doubled picture of the size before."""

    def __init__(self, in_channels: int, style: int) -> None:
        super().__init__()
        self.conv = ModulatedConv2d(in_channels, 3, 1, style, demodulate=False)
        self.bias = nn.Parameter(torch.zeros(3))

    def forward(self, x: Tensor, style: Tensor, picture: Tensor | None) -> Tensor:
        """Map BxCxHxW features and a Bx3xH/2xW/2 picture to Bx3xHxW."""
        new = self.conv(x, style) + self.bias.view(1, -1, 1, 1).to(x.dtype)
        return new if picture is None else double(picture) + new


class StyledBlock(nn.Module):
    """Two styled convolutions with a skip between, the first doubles; and a picture.

    Args:
        in_channels, out_channels, style: see `ModulatedConv2d`.
        noise_side: height and width of the output where noise is added, else 0.
    """

    def __init__(
        self, in_channels: int, out_channels: int, style: int, *, noise_side: int = 0
    ) -> None:
        super().__init__()
        self.first = StyledConv2d(in_channels, out_channels, style, up=True, noise_side=noise_side)
        self.second = StyledConv2d(
            out_channels, out_channels, style, up=False, noise_side=noise_side
        )
        self.to_rgb = ToRGB(out_channels, style)

    def forward(
        self, x: Tensor, skip: Tensor, picture: Tensor | None, style: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Map BxCxHxW to BxC'x2Hx2W, and Bx3xHxW to Bx3x2Hx2W."""
        x = self.second(self.first(x, style) + skip, style)
        return x, self.to_rgb(x, style, picture)
