"""Partial convolution: a convolution over known pixels, and the rule that grows their mask."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

__all__ = ["PartialConv2d"]


class PartialConv2d(nn.Module):
    """Convolution over known inputs only, renormalised by how many there were.

    The mask is carried on one channel. Where inputs with different masks are concatenated
    (the skip connections of a U-Net), pass `known` as the mean of the masks over channels:
    the number of known inputs in a window is then `in_channels` times its windowed sum.

    Args:
        in_channels, out_channels, kernel_size, stride, padding, bias: as in `nn.Conv2d`.
        scale: "window" multiplies by window size over known inputs, sum(1)/sum(M) of the paper;
            "count" divides by the known inputs alone, as one released model needs.

    Reference:
        Liu et al., Image Inpainting for Irregular Holes Using Partial Convolutions, ECCV 2018,
        equations 1 and 2.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int,
        stride: int = 1,
        padding: int = 0,
        *,
        bias: bool = False,
        scale: Literal["window", "count"] = "window",
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(in_channels, out_channels, kernel_size, stride, padding, bias=False)
        self.bias = nn.Parameter(torch.zeros(out_channels)) if bias else None
        window = torch.ones(1, 1, kernel_size, kernel_size)
        self.register_buffer("window", window, persistent=False)
        self.numerator = float(kernel_size**2) if scale == "window" else 1.0 / in_channels

    def forward(self, x: Tensor, known: Tensor) -> tuple[Tensor, Tensor]:
        """Convolve `x` and grow `known`.

        Args:
            x: BxCxHxW, already zero where its own mask is zero.
            known: Bx1xHxW in [0,1], share of the channels that are known at each pixel.

        Returns:
            The features, zero where no input was known, and their Bx1xH'xW' mask of 0 and 1.
        """
        with torch.no_grad(), torch.autocast(x.device.type, enabled=False):
            count = F.conv2d(
                known.float(), self.window, stride=self.conv.stride, padding=self.conv.padding
            )
            grown = (count > 0).to(count.dtype)
            factor = grown * self.numerator / torch.where(count > 0, count, 1.0)
        y = self.conv(x)
        y = y * factor.to(y.dtype)
        if self.bias is not None:
            y = y + self.bias.view(1, -1, 1, 1).to(y.dtype) * grown.to(y.dtype)
        return y, grown
