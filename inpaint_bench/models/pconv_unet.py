"""PConv: a U-Net of partial convolutions.

Liu et al., Image Inpainting for Irregular Holes Using Partial Convolutions, ECCV 2018; the
layer table is also figure 4 of the UC Davis report. Sixteen partial convolutions at the
paper's depth of 8. Where the table is silent this follows the released re-implementations:
no bias in front of batch normalisation, the first layer has neither, ImageNet normalisation
of the input, and the network's output lives in the same normalised space.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from inpaint_bench.layers.partial_conv import PartialConv2d
from inpaint_bench.models._base import MODELS, LearnedInpainter
from inpaint_bench.types import Completion, Traits

__all__ = ["PConvUNet"]

_MEAN = (0.485, 0.456, 0.406)
_STD = (0.229, 0.224, 0.225)


class _Block(nn.Module):
    """Partial convolution, batch normalisation, activation."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int,
        stride: int,
        *,
        norm: bool,
        activation: nn.Module,
        bias: bool,
        scale: Literal["window", "count"],
    ) -> None:
        super().__init__()
        self.conv = PartialConv2d(
            in_channels, out_channels, kernel_size, stride, kernel_size // 2, bias=bias, scale=scale
        )
        self.norm = nn.BatchNorm2d(out_channels) if norm else nn.Identity()
        self.activation = activation

    def forward(self, x: Tensor, known: Tensor) -> tuple[Tensor, Tensor]:
        x, known = self.conv(x, known)
        return self.activation(self.norm(x)), known


@MODELS.register("pconv_unet")
class PConvUNet(LearnedInpainter):
    """U-Net with partial convolutions and nearest-neighbour up-sampling.

    Args:
        width: channels of the first layer; the paper's is 64, the widest layers have 8 times it.
        depth: number of encoder layers, each halving the resolution; the paper's is 8.
        scale: see `PartialConv2d`.
    """

    traits = Traits(
        title="PConv U-Net",
        family="partial convolution",
        paper="Liu et al. 2018, Image Inpainting for Irregular Holes Using Partial Convolutions",
        paper_url="https://arxiv.org/abs/1804.07723",
        multiple=256,
        maps=("partial-convolution masks by layer",),
    )

    def __init__(
        self, width: int = 64, depth: int = 8, scale: Literal["window", "count"] = "window"
    ) -> None:
        super().__init__()
        channels = [3, *(width * min(2**i, 8) for i in range(depth))]  # 3 64 128 256 512 512 ..
        kernels = [7, 5, 5] + [3] * (depth - 3)
        self.encoder = nn.ModuleList(
            _Block(
                channels[i],
                channels[i + 1],
                kernels[i],
                2,
                norm=i > 0,
                activation=nn.ReLU(),
                bias=False,
                scale=scale,
            )
            for i in range(depth)
        )
        self.decoder = nn.ModuleList(
            _Block(
                channels[i + 1] + channels[i],
                channels[i],
                3,
                1,
                norm=i > 0,
                activation=nn.LeakyReLU(0.2) if i > 0 else nn.Identity(),
                bias=i == 0,
                scale=scale,
            )
            for i in reversed(range(depth))
        )
        self.register_buffer("mean", torch.tensor(_MEAN).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(_STD).view(1, 3, 1, 1), persistent=False)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, nonlinearity="relu")

    @property
    def multiple(self) -> int:
        """Each encoder layer halves the resolution."""
        return 2 ** len(self.encoder)

    def complete(
        self,
        image: Tensor,
        hole: Tensor,
        *,
        sketch: Tensor | None = None,
        generator: torch.Generator | None = None,
        explain: bool = False,
    ) -> Completion:
        """See `Inpainter.complete`; maps are `known_enc_1` .. and `known_dec_1` .. (1 = known)."""
        x, maps = self.network(image, hole)
        output = x.float() * self.std + self.mean
        if not self.training:  # a clamp has no gradient where the output is out of range
            output = output.clamp(0.0, 1.0)
        return Completion(image=output, maps=maps if explain else {})

    def network(self, image: Tensor, hole: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """Give the output in the normalised space, Bx3xHxW, and the mask after each layer."""
        known = 1.0 - hole
        x = (image - self.mean) / self.std * known
        maps, skips = {}, []
        for i, block in enumerate(self.encoder, start=1):
            skips.append((x, known))
            x, known = block(x, known)
            x = x * known.to(x.dtype)  # normalisation moved the zeros
            maps[f"known_enc_{i}"] = known
        for i, block in zip(range(len(self.decoder), 0, -1), self.decoder, strict=True):
            skip, skip_known = skips.pop()
            x = F.interpolate(x, scale_factor=2, mode="nearest")
            known = F.interpolate(known, scale_factor=2, mode="nearest")
            channels = x.shape[1] + skip.shape[1]
            share = (known * x.shape[1] + skip_known * skip.shape[1]) / channels
            x, known = block(torch.cat([x, skip.to(x.dtype)], dim=1), share)  # B x channels x H x W
            if i > 1:
                x = x * known.to(x.dtype)
            maps[f"known_dec_{i}"] = known
        return x, maps
