"""RegionWise: known and missing places get weights of their own, then a second network refines.

Ma et al., Region-wise Generative Adversarial Image Inpainting for Large Missing Areas, 2019. Two
networks of one build, as in the published code: the first has region-wise layers on its way up,
which see encoder features where pixels are known and its own where not; the second is an
encoder-decoder with skips everywhere. Even the last layers end in an exponential unit.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from inpaint_bench.layers.reflection import reflect_pad
from inpaint_bench.models._base import MODELS, LearnedInpainter
from inpaint_bench.types import Completion, Traits

__all__ = ["RegionWise"]


class _Conv(nn.Module):
    """A convolution over a mirrored border, then an exponential linear unit.

    Args:
        up: double H and W first, by repetition.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel: int = 3,
        *,
        stride: int = 1,
        dilation: int = 1,
        up: bool = False,
    ) -> None:
        super().__init__()
        self.pad, self.up = dilation * (kernel - 1) // 2, up
        self.conv = nn.Conv2d(in_channels, out_channels, kernel, stride, dilation=dilation)
        nn.init.xavier_uniform_(self.conv.weight)
        nn.init.zeros_(self.conv.bias)

    def forward(self, *parts: Tensor) -> Tensor:
        x = torch.cat(parts, dim=1)
        if self.up:
            x = F.interpolate(x, scale_factor=2, mode="nearest")
        return F.elu(self.conv(reflect_pad(x, self.pad)))


class _RegionConv(_Conv):
    """Joins features of known places with others of missing places, then convolves."""

    def forward(self, own: Tensor, skip: Tensor, known: Tensor) -> Tensor:
        known = _aligned(known, own.shape[2], own.shape[3])
        complete = torch.cat([own, skip], dim=1) * known
        return super().forward(complete, own * (1.0 - known))


def _aligned(mask: Tensor, height: int, width: int) -> Tensor:
    """Take pixels evenly from the first to the last, as TensorFlow's `align_corners` does."""
    indices = []
    for old, new in ((mask.shape[2], height), (mask.shape[3], width)):
        step = (old - 1) / max(new - 1, 1)
        places = torch.arange(new, dtype=torch.float64, device=mask.device)
        indices.append((places * step + 0.5).floor().long())
    return mask[:, :, indices[0]][:, :, :, indices[1]]


class _Encoder(nn.Module):
    """Down by 4, four dilated convolutions and two that join what was before them."""

    def __init__(self, width: int) -> None:
        super().__init__()
        w = width
        self.down = nn.ModuleList(
            [
                _Conv(4, w, 5),
                _Conv(w, 2 * w, stride=2),
                _Conv(2 * w, 2 * w),
                _Conv(2 * w, 4 * w, stride=2),
                _Conv(4 * w, 4 * w),
                _Conv(4 * w, 4 * w),
            ]
        )
        self.dilated = nn.Sequential(*(_Conv(4 * w, 4 * w, dilation=2**i) for i in range(1, 5)))
        self.join = nn.ModuleList(_Conv(8 * w, 4 * w) for _ in range(2))

    def forward(self, x: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Give the bottleneck and the first four layers' features."""
        skips = []
        for layer in self.down:
            x = layer(x)
            skips.append(x)
        x = self.join[0](self.dilated(x), skips[5])
        return self.join[1](x, skips[4]), skips[:4]


class _Inference(nn.Module):
    """The first network: region-wise layers on the way up."""

    def __init__(self, width: int) -> None:
        super().__init__()
        w = width
        self.encoder = _Encoder(w)
        self.up = nn.ModuleList(
            [
                _RegionConv(12 * w, 4 * w, up=True),
                _RegionConv(10 * w, 4 * w),
                _RegionConv(10 * w, 4 * w, up=True),
            ]
        )
        self.last = nn.Sequential(_Conv(4 * w, w), _Conv(w, w // 2), _Conv(w // 2, 3))

    def forward(self, x: Tensor, known: Tensor) -> Tensor:
        x, skips = self.encoder(x)
        for layer, skip in zip(self.up, (skips[3], skips[2], skips[1]), strict=True):
            x = layer(x, skip, known)
        return self.last(x)


class _Perception(nn.Module):
    """The second network: an encoder-decoder with plain skips."""

    def __init__(self, width: int) -> None:
        super().__init__()
        w = width
        self.encoder = _Encoder(w)
        self.up = nn.ModuleList(
            [
                _Conv(8 * w, 2 * w, up=True),
                _Conv(4 * w, 2 * w),
                _Conv(4 * w, w, up=True),
                _Conv(2 * w, w // 2),
            ]
        )
        self.last = _Conv(w // 2, 3)

    def forward(self, x: Tensor) -> Tensor:
        x, skips = self.encoder(x)
        for layer in self.up:
            x = layer(x, skips.pop())
        return self.last(x)


@MODELS.register("region_wise")
class RegionWise(LearnedInpainter):
    """Semantic inference with region-wise layers, then global perception.

    Args:
        width: channels of the first layer, even; the published code's is 32 (4.7 M parameters).
    """

    traits = Traits(
        title="RegionWise",
        family="dilated convolution",
        paper="Ma et al. 2019, Region-wise Generative Adversarial Image Inpainting for Large "
        "Missing Areas",
        paper_url="https://arxiv.org/abs/1909.12507",
        multiple=4,
        stages=("coarse",),
    )

    def __init__(self, width: int = 32) -> None:
        super().__init__()
        self.inference = _Inference(width)
        self.perception = _Perception(width)

    def complete(
        self,
        image: Tensor,
        hole: Tensor,
        *,
        sketch: Tensor | None = None,
        generator: torch.Generator | None = None,
        explain: bool = False,
    ) -> Completion:
        """See `Inpainter.complete`; the stage `coarse` is the first network's picture."""
        pictures = [(x.float() + 1.0) / 2.0 for x in self.network(image, hole)]
        return Completion(image=pictures[1], stages={"coarse": pictures[0]})

    def network(self, image: Tensor, hole: Tensor) -> tuple[Tensor, Tensor]:
        """Give the pictures of both networks, Bx3xHxW in [-1,1]."""
        known = 1.0 - hole
        masked = (image * 2.0 - 1.0) * known
        coarse = self.inference(torch.cat([masked, known], dim=1), known).clamp(-1.0, 1.0)
        x = torch.cat([masked + coarse * hole, known], dim=1)  # B x 4 x H x W
        return coarse, self.perception(x).clamp(-1.0, 1.0)
