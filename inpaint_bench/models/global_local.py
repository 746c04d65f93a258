"""Global & Local: one encoder-decoder with dilated convolutions, trained with two critics.

Iizuka et al., Globally and Locally Consistent Image Completion, SIGGRAPH 2017, table 1. The
missing pixels are set to the mean colour of the training set. Two sets of weights were released
for PyTorch: one normalises after the activation and works in [0,1], OpenMMLab's normalises
before it, as the paper does, and works in [-1,1]. Both are options here.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from inpaint_bench.models._base import MODELS, LearnedInpainter
from inpaint_bench.types import Completion, Traits

__all__ = ["GlobalLocal"]

# of the paper's table: kernel, dilation, stride (0.5: a transposed convolution), channels / 64
_LAYERS = (
    (5, 1, 1, 1),
    (3, 1, 2, 2),
    (3, 1, 1, 2),
    (3, 1, 2, 4),
    (3, 1, 1, 4),
    (3, 1, 1, 4),
    (3, 2, 1, 4),
    (3, 4, 1, 4),
    (3, 8, 1, 4),
    (3, 16, 1, 4),
    (3, 1, 1, 4),
    (3, 1, 1, 4),
    (4, 1, 0.5, 2),
    (3, 1, 1, 2),
    (4, 1, 0.5, 1),
    (3, 1, 1, 0.5),
)


class _Block(nn.Module):
    """Convolution, rectifier and batch normalisation, the last two in either order."""

    def __init__(self, conv: nn.Module, *, norm_first: bool) -> None:
        super().__init__()
        self.conv = conv
        self.norm = nn.BatchNorm2d(conv.out_channels)
        self.activation = nn.ReLU()
        self.norm_first = norm_first

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv(x)
        if self.norm_first:
            return self.activation(self.norm(x))
        return self.norm(self.activation(x))


def _convolution(
    in_channels: int, out_channels: int, kernel: int, dilation: int, stride: float, *, bias: bool
) -> nn.Module:
    """Return a convolution whose output has the size / stride."""
    if stride < 1:
        return nn.ConvTranspose2d(in_channels, out_channels, kernel, 2, 1, bias=bias)
    margin = dilation * (kernel - 1) // 2
    return nn.Conv2d(
        in_channels, out_channels, kernel, int(stride), margin, dilation=dilation, bias=bias
    )


@MODELS.register("global_local")
class GlobalLocal(LearnedInpainter):
    """Seventeen convolutions, four of them dilated, at a quarter of the resolution in the middle.

    Args:
        width: channels of the first layer; the paper's is 64 (6.1 M parameters).
        mean: mean colour of the training set in [0,1], seen where pixels are missing.
        openmmlab: normalise before the rectifier, without biases; pictures in [-1,1], the
            output clipped to it, as OpenMMLab's weights need (with a `mean` of one half).
    """

    traits = Traits(
        title="Global & Local",
        family="dilated convolution",
        paper="Iizuka et al. 2017, Globally and Locally Consistent Image Completion",
        paper_url="https://doi.org/10.1145/3072959.3073659",
        multiple=4,
    )

    def __init__(
        self,
        width: int = 64,
        *,
        mean: tuple[float, float, float] = (0.45, 0.43, 0.40),
        openmmlab: bool = False,
    ) -> None:
        super().__init__()
        self.openmmlab = openmmlab
        blocks, channels = [], 4  # picture and hole
        for kernel, dilation, stride, share in _LAYERS:
            out_channels = int(width * share)
            conv = _convolution(
                channels, out_channels, kernel, dilation, stride, bias=not openmmlab
            )
            blocks.append(_Block(conv, norm_first=openmmlab))
            channels = out_channels
        self.blocks = nn.Sequential(*blocks)
        self.last = nn.Conv2d(channels, 3, 3, padding=1)
        # A setting like the others, so the released weights, which lack it, still fit.
        colour = torch.tensor(mean, dtype=torch.float32).view(1, 3, 1, 1)
        self.register_buffer("mean", colour, persistent=False)
        for module in self.modules():
            if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d)):
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
        """See `Inpainter.complete`; neither stages nor maps."""
        output = self.network(image, hole).float()
        return Completion(image=(output + 1.0) / 2.0 if self.openmmlab else output)

    def network(self, image: Tensor, hole: Tensor) -> Tensor:
        """Give the output, Bx3xHxW in [0,1], for OpenMMLab in [-1,1] (unclipped in training)."""
        x = image * (1.0 - hole) + self.mean * hole
        if self.openmmlab:
            x = x * 2.0 - 1.0
        x = self.last(self.blocks(torch.cat([x, hole], dim=1)))  # B x 4 x H x W to B x 3 x H x W
        if not self.openmmlab:
            return torch.sigmoid(x)
        return x if self.training else x.clamp(-1.0, 1.0)
