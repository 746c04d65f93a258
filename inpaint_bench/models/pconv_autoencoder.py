"""A partial-convolution autoencoder for pictures of 32x32, in 34 layers.

The layer table is that of a course presentation, Simple Image Inpainting (CIFAR-10), which
adapts Liu et al. 2018 to small pictures after the autoencoder of ayulockin/deepimageinpainting.
Where the table is silent this follows that source: kernels of 3x3 with bias, and skip
connections from the first convolution of each encoder pair. Row 7 of the table says 128
channels; as batch normalisation of row 6 it has the 64 of that row.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from inpaint_bench.layers.partial_conv import PartialConv2d
from inpaint_bench.models._base import MODELS, LearnedInpainter
from inpaint_bench.types import Completion, Traits

__all__ = ["PConvAutoencoder"]


class _Layer(nn.Module):
    """Partial convolution, batch normalisation if any, activation."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        *,
        stride: int = 1,
        norm: bool = False,
        activation: type[nn.Module] = nn.ReLU,
    ) -> None:
        super().__init__()
        self.conv = PartialConv2d(in_channels, out_channels, 3, stride, 1, bias=True)
        self.norm = nn.BatchNorm2d(out_channels) if norm else nn.Identity()
        self.activation = activation()
        self.moves_zeros = norm

    def forward(self, x: Tensor, known: Tensor) -> tuple[Tensor, Tensor]:
        """Map features, zero where nothing is known, and the share of known channels."""
        x, known = self.conv(x, known)
        x = self.activation(self.norm(x))
        return (x * known.to(x.dtype) if self.moves_zeros else x), known


class _Down(nn.Module):
    """Two layers, the second halving the resolution (rows 2 to 4 of the table)."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.first = _Layer(in_channels, out_channels)
        self.second = _Layer(out_channels, out_channels, stride=2, norm=True)


class _Up(nn.Module):
    """Doubling of the resolution, the skip connection and two layers (rows 14 to 18)."""

    def __init__(self, in_channels: int, middle: int, out_channels: int) -> None:
        super().__init__()
        self.upsample = nn.Upsample(scale_factor=2, mode="nearest")
        self.first = _Layer(in_channels, middle)
        self.second = _Layer(middle, out_channels, norm=True)


@MODELS.register("pconv_autoencoder")
class PConvAutoencoder(LearnedInpainter):
    """Four halvings and four doublings with skip connections, and a last layer with a sigmoid.

    Args:
        width: channels of the first layer; the table's is 32, the widest layer has 8 times it.
    """

    traits = Traits(
        title="PConv autoencoder",
        family="partial convolution",
        paper="Simple Image Inpainting (course presentation, 34 layers), after Liu et al. 2018",
        paper_url="https://arxiv.org/abs/1804.07723",
        multiple=16,
        maps=("partial-convolution masks by layer",),
    )

    def __init__(self, width: int = 32) -> None:
        super().__init__()
        channels = [3, width, 2 * width, 4 * width, 8 * width]
        self.encoder = nn.ModuleList(_Down(channels[i], channels[i + 1]) for i in range(4))
        self.decoder = nn.ModuleList(
            _Up(2 * channels[i + 1], channels[i + 1], channels[i]) for i in reversed(range(4))
        )
        self.last = _Layer(3, 3, activation=nn.Sigmoid)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, nonlinearity="relu")

    def complete(
        self,
        image: Tensor,
        hole: Tensor,
        *,
        sketch: Tensor | None = None,
        generator: torch.Generator | None = None,
        explain: bool = False,
    ) -> Completion:
        """See `Inpainter.complete`.

        Maps are `known_enc_1` .. `known_enc_8` and `known_dec_1` .. `known_dec_9` (1 = known),
        one for each partial convolution; `known_dec_1` is the last layer.
        """
        output, maps = self.network(image, hole)
        return Completion(image=output.float(), maps=maps if explain else {})

    def network(self, image: Tensor, hole: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """Give the output, Bx3xHxW in [0,1], and the mask after each partial convolution."""
        known = 1.0 - hole
        x = (image * 2.0 - 1.0) * known
        maps, skips = {}, []
        for i, block in enumerate(self.encoder):
            skip, skip_known = block.first(x, known)
            skips.append((skip, skip_known))
            x, known = block.second(skip, skip_known)
            maps[f"known_enc_{2 * i + 1}"], maps[f"known_enc_{2 * i + 2}"] = skip_known, known
        for i, block in enumerate(self.decoder):
            skip, skip_known = skips.pop()
            x, known = _join(skip, skip_known, block.upsample(x), block.upsample(known))
            x, known = block.first(x, known)
            maps[f"known_dec_{9 - 2 * i}"] = known
            x, known = block.second(x, known)
            maps[f"known_dec_{8 - 2 * i}"] = known
        x, known = self.last(x, known)
        maps["known_dec_1"] = known
        return x, maps


def _join(skip: Tensor, skip_known: Tensor, x: Tensor, known: Tensor) -> tuple[Tensor, Tensor]:
    """Concatenate features; give the share of channels that are known at each pixel."""
    both = torch.cat([skip, x.to(skip.dtype)], dim=1)  # B x C + C' x H x W
    share = (skip_known * skip.shape[1] + known * x.shape[1]) / both.shape[1]
    return both, share
