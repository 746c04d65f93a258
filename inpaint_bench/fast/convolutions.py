"""Convolutions for inference: bfloat16 operands, and few output channels without waste."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

__all__ = ["Bfloat16Conv2d", "NarrowConv2d", "is_narrow"]

_NARROW = 4  # output channels that leave three quarters of a vector register empty


def _options(conv: nn.Conv2d) -> dict[str, object]:
    return {
        "in_channels": conv.in_channels,
        "out_channels": conv.out_channels,
        "kernel_size": conv.kernel_size,
        "stride": conv.stride,
        "padding": conv.padding,
        "dilation": conv.dilation,
        "groups": conv.groups,
        "bias": conv.bias is not None,
        "padding_mode": conv.padding_mode,
        "device": "meta",
    }


class Bfloat16Conv2d(nn.Conv2d):
    """A convolution of bfloat16 values, summed in float32, that gives bfloat16.

    Args:
        conv: the float32 convolution; it is not changed.
    """

    def __init__(self, conv: nn.Conv2d) -> None:
        super().__init__(**_options(conv))
        for name, value in conv.named_parameters():
            rounded = value.detach().to(torch.bfloat16)
            if rounded.ndim == 4:
                rounded = rounded.contiguous(memory_format=torch.channels_last)
            setattr(self, name, nn.Parameter(rounded, requires_grad=False))

    def forward(self, x: Tensor) -> Tensor:
        """Map BxCxHxW of any floating type to BxC'xH'xW' bfloat16."""
        return super().forward(x.to(torch.bfloat16, memory_format=torch.channels_last))


def is_narrow(conv: nn.Conv2d) -> bool:
    """Tell whether `NarrowConv2d` computes a convolution faster."""
    return (
        conv.out_channels <= _NARROW
        and conv.in_channels > _NARROW
        and conv.kernel_size[0] >= 3
        and conv.stride == (1, 1)
        and conv.dilation == (1, 1)
        and conv.groups == 1
        and conv.padding_mode == "zeros"
        and not isinstance(conv.padding, str)
    )


class NarrowConv2d(nn.Conv2d):
    """A convolution to few channels, as one of stride 2 that gives four pixels at once.

    The kernel is a pixel larger, its products with zeros are fewer than those with the channels
    that are not there.

    Args:
        conv: a convolution that `is_narrow`; it is not changed.
    """

    def __init__(self, conv: nn.Conv2d) -> None:
        super().__init__(**_options(conv))
        self.weight, self.bias = conv.weight, conv.bias
        self.weight.requires_grad_(False)
        shifted = [F.pad(conv.weight, (x, 1 - x, y, 1 - y)) for y in (0, 1) for x in (0, 1)]
        kernel = torch.stack(shifted, dim=1).flatten(0, 1)  # (C' 4) x C x (k+1) x (k+1)
        kernel = kernel.detach().contiguous(memory_format=torch.channels_last)
        self.register_buffer("kernel", kernel, persistent=False)
        bias = None if conv.bias is None else conv.bias.detach().repeat_interleave(4)
        self.register_buffer("biases", bias, persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """Map BxCxHxW to BxC'xH'xW'; an odd H' or W' is convolved as usual."""
        sides = zip(x.shape[2:], self.padding, self.kernel_size, strict=True)
        if any((side + 2 * pad - kernel + 1) % 2 for side, pad, kernel in sides):
            return super().forward(x.to(self.weight.dtype))
        return F.pixel_shuffle(
            F.conv2d(x.to(self.kernel.dtype), self.kernel, self.biases, 2, self.padding), 2
        )
