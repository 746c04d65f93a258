"""LaMa: a residual network of fast Fourier convolutions, whose every layer sees the whole picture.

Suvorov et al., Resolution-robust Large Mask Inpainting with Fourier Convolutions, WACV 2022.
Layers, ratio of global channels (3/4) and padding are those of the released "LaMa-Fourier" (9
blocks) and "Big LaMa" (18 blocks).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from inpaint_bench.layers.fourier_conv import FourierConv2d
from inpaint_bench.layers.reflection import reflect_pad
from inpaint_bench.models._base import MODELS, LearnedInpainter
from inpaint_bench.types import Completion, Traits

__all__ = ["LaMa"]


class _Block(nn.Module):
    """Two Fourier convolutions with a residual around them."""

    def __init__(self, local: int, distant: int) -> None:
        super().__init__()
        self.first = FourierConv2d(local, distant, local, distant)
        self.second = FourierConv2d(local, distant, local, distant)

    def forward(self, x: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
        local, distant = self.second(self.first(x))
        return x[0] + local, x[1] + distant


def _doubling(in_channels: int, out_channels: int) -> list[nn.Module]:
    """Layers that double H and W."""
    return [
        nn.ConvTranspose2d(in_channels, out_channels, 3, 2, 1, output_padding=1),
        nn.BatchNorm2d(out_channels),
        nn.ReLU(),
    ]


@MODELS.register("lama")
class LaMa(LearnedInpainter):
    """Three strided layers, residual blocks of Fourier convolutions at 1/8, three doublings.

    Args:
        blocks: residual blocks; 9 for LaMa-Fourier (27 M parameters), 18 for Big LaMa (51 M).
        width: channels of the full-resolution layers; the paper's is 64.
    """

    traits = Traits(
        title="LaMa",
        family="Fourier convolution",
        paper="Suvorov et al. 2022, Resolution-robust Large Mask Inpainting with Fourier "
        "Convolutions",
        paper_url="https://arxiv.org/abs/2109.07161",
        multiple=8,
        oversize="whole",
    )

    def __init__(self, blocks: int = 18, width: int = 64) -> None:
        super().__init__()
        w = width
        distant = 6 * w  # three quarters of 8w
        self.encoder = nn.Sequential(
            FourierConv2d(4, 0, w, 0, kernel_size=7),
            FourierConv2d(w, 0, 2 * w, 0, stride=2),
            FourierConv2d(2 * w, 0, 4 * w, 0, stride=2),
            FourierConv2d(4 * w, 0, 2 * w, distant, stride=2),
        )
        self.blocks = nn.Sequential(*(_Block(2 * w, distant) for _ in range(blocks)))
        self.decoder = nn.Sequential(
            *_doubling(8 * w, 4 * w), *_doubling(4 * w, 2 * w), *_doubling(2 * w, w)
        )
        self.head = nn.Conv2d(w, 3, 7)

    def complete(
        self,
        image: Tensor,
        hole: Tensor,
        *,
        sketch: Tensor | None = None,
        generator: torch.Generator | None = None,
        explain: bool = False,
    ) -> Completion:
        """See `Inpainter.complete`; no stages, no maps."""
        return Completion(image=torch.sigmoid(self.network(image, hole).float()))

    def network(self, image: Tensor, hole: Tensor) -> Tensor:
        """Give Bx3xHxW before the sigmoid."""
        x = torch.cat([image * (1.0 - hole), hole], dim=1)  # B x 4 x H x W
        local, distant = self.blocks(self.encoder((x, None)))
        x = self.decoder(torch.cat([local, distant], dim=1))  # from B x 8w x H/8 x W/8
        return self.head(reflect_pad(x, 3))
