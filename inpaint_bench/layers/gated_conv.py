"""Gated convolution: features times a learned soft mask, from one convolution."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

__all__ = ["GatedConv2d"]

_ACTIVATIONS = {"elu": nn.ELU, "relu": nn.ReLU}
_GATED_SECOND_MOMENT = 0.19  # E[(elu(u) sigmoid(v))^2] for u, v ~ N(0,1)


class GatedConv2d(nn.Module):
    """phi(features) * sigmoid(gate), both halves of one convolution's output.

    Args:
        in_channels: input channels.
        out_channels: channels after gating; the convolution gives twice as many.
        kernel_size, stride, dilation: of the convolution; the output keeps the size / stride.
        activation: phi.
        upsample: double H and W (nearest) before the convolution.
        same: pad as TensorFlow's SAME (a stride of 2 pads below and right only) rather than
            evenly on all sides.

    Reference:
        Yu et al., Free-Form Image Inpainting with Gated Convolution, ICCV 2019, equation 3.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int = 3,
        stride: int = 1,
        dilation: int = 1,
        *,
        activation: Literal["elu", "relu"] = "elu",
        upsample: bool = False,
        same: bool = False,
    ) -> None:
        super().__init__()
        self.upsample = upsample
        self.asymmetric = same and stride > 1
        padding = 0 if self.asymmetric else dilation * (kernel_size - 1) // 2
        self.conv = nn.Conv2d(in_channels, 2 * out_channels, kernel_size, stride, padding, dilation)
        self.activation = _ACTIVATIONS[activation]()
        self.gate = nn.Sigmoid()  # a module, so that a hook can read the gates
        fan_in = in_channels * kernel_size**2
        nn.init.normal_(self.conv.weight, std=(_GATED_SECOND_MOMENT * fan_in) ** -0.5)
        nn.init.zeros_(self.conv.bias)

    def forward(self, x: Tensor) -> Tensor:
        """Map BxCxHxW to BxC'xH'xW'."""
        if self.upsample:
            x = F.interpolate(x, scale_factor=2, mode="nearest")
        if self.asymmetric:
            x = _pad_same(x, self.conv.kernel_size[0], self.conv.stride[0])
        features, gate = _halves(self.conv(x))
        features, gate = self.activation(features), self.gate(gate)
        # Without gradients, one large tensor less to find memory for.
        return features * gate if torch.is_grad_enabled() else features.mul_(gate)


def _halves(x: Tensor) -> tuple[Tensor, Tensor]:
    """Split the channels in two, each dense: point-wise kernels are slow on strided halves."""
    layout = torch.channels_last if x.stride(1) == 1 else torch.contiguous_format
    features, gate = x.chunk(2, dim=1)
    return features.contiguous(memory_format=layout), gate.contiguous(memory_format=layout)


def _pad_same(x: Tensor, kernel: int, stride: int) -> Tensor:
    """Pad with zeros as TensorFlow's SAME does: ceil(size / stride) outputs, odd rest last."""
    pads = []
    for size in (x.shape[3], x.shape[2]):
        total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
        pads += [total // 2, total - total // 2]
    return F.pad(x, pads)
