"""DeepFill v1: a coarse and a refinement network with contextual attention.

Yu et al., Generative Image Inpainting with Contextual Attention, CVPR 2018. The layers are
those of the authors' network, plain convolutions where version 2 has gated ones. Two sets of
weights were released for PyTorch; they differ in padding, attention and one activation, which
are options here. Layers are numbered as in the authors' network.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from inpaint_bench.layers.contextual_attention import ContextualAttention, record_sources
from inpaint_bench.layers.reflection import reflect_pad
from inpaint_bench.models._base import MODELS, LearnedInpainter
from inpaint_bench.types import Completion, Traits

__all__ = ["DeepFillV1"]

_ACTIVATIONS = {"elu": nn.ELU, "relu": nn.ReLU, "none": nn.Identity}


class _Conv(nn.Module):
    """Convolution and activation; the output keeps the size / stride."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int = 3,
        stride: int = 1,
        dilation: int = 1,
        *,
        reflect: bool,
        activation: Literal["elu", "relu", "none"] = "elu",
        upsample: bool = False,
    ) -> None:
        super().__init__()
        margin = dilation * (kernel_size - 1) // 2
        self.mirrored = margin if reflect else 0
        padding = 0 if reflect else margin
        self.upsample = upsample
        self.conv = nn.Conv2d(in_channels, out_channels, kernel_size, stride, padding, dilation)
        self.activation = _ACTIVATIONS[activation]()
        nn.init.kaiming_normal_(self.conv.weight, nonlinearity="relu")
        nn.init.zeros_(self.conv.bias)

    def forward(self, x: Tensor) -> Tensor:
        if self.upsample:
            x = F.interpolate(x, scale_factor=2, mode="nearest")
        if self.mirrored:
            x = reflect_pad(x, self.mirrored)
        return self.activation(self.conv(x))


def _encoder(
    channels: tuple[int, ...], reflect: bool, last: Literal["elu", "relu"] = "elu"
) -> list[_Conv]:
    """Six layers that bring Bx5xHxW (picture, ones, hole) to B x channels[5] x H/4 x W/4."""
    shape = [(5, 1), (3, 2), (3, 1), (3, 2), (3, 1), (3, 1)]  # kernel, stride
    inputs = (5, *channels[:-1])
    return [
        _Conv(
            inputs[i], channels[i], *shape[i], reflect=reflect, activation=last if i == 5 else "elu"
        )
        for i in range(6)
    ]


def _dilated(channels: int, reflect: bool) -> list[_Conv]:
    """Four layers whose dilation doubles from 2 to 16."""
    return [_Conv(channels, channels, dilation=d, reflect=reflect) for d in (2, 4, 8, 16)]


def _decoder(in_channels: int, width: int, reflect: bool) -> list[_Conv]:
    """Seven layers that bring B x in_channels x H/4 x W/4 to Bx3xHxW."""
    w = width
    return [
        _Conv(in_channels, 4 * w, reflect=reflect),
        _Conv(4 * w, 4 * w, reflect=reflect),
        _Conv(4 * w, 2 * w, reflect=reflect, upsample=True),
        _Conv(2 * w, 2 * w, reflect=reflect),
        _Conv(2 * w, w, reflect=reflect, upsample=True),
        _Conv(w, w // 2, reflect=reflect),
        _Conv(w // 2, 3, reflect=reflect, activation="none"),
    ]


class _Refinement(nn.Module):
    """Two encoders over the coarse result, one of them with attention, and a shared decoder."""

    def __init__(self, width: int, openmmlab: bool) -> None:
        super().__init__()
        w = width
        self.hallucination = nn.Sequential(
            *_encoder((w, w, 2 * w, 2 * w, 4 * w, 4 * w), openmmlab), *_dilated(4 * w, openmmlab)
        )
        last = "elu" if openmmlab else "relu"
        self.matching = nn.Sequential(
            *_encoder((w, w, 2 * w, 4 * w, 4 * w, 4 * w), openmmlab, last)
        )
        self.attention = ContextualAttention(normalised=openmmlab, smooth_norm=not openmmlab)
        self.attended = nn.Sequential(*(_Conv(4 * w, 4 * w, reflect=openmmlab) for _ in range(2)))
        self.decoder = nn.Sequential(*_decoder(8 * w, w, openmmlab))

    def forward(self, x: Tensor, hole: Tensor) -> Tensor:
        hallucinated = self.hallucination(x)
        rebuilt = self.attention(self.matching(x), hole)
        both = torch.cat([hallucinated, self.attended(rebuilt)], dim=1)  # B x 8w x H/4 x W/4
        return self.decoder(both)


@MODELS.register("deepfill_v1")
class DeepFillV1(LearnedInpainter):
    """Coarse result, then refinement with contextual attention.

    Args:
        width: channels of the full-resolution layers; the paper's is 32 (3.6 M parameters).
        openmmlab: what OpenMMLab's weights need and those of daa233 do not: mirrored borders
            instead of zeros, attention whose shares sum to one and whose norms are plain, and
            ELU instead of ReLU at the end of the encoder in front of it.
    """

    traits = Traits(
        title="DeepFill v1",
        family="convolution with attention",
        paper="Yu et al. 2018, Generative Image Inpainting with Contextual Attention",
        paper_url="https://arxiv.org/abs/1801.07892",
        multiple=8,
        stages=("coarse",),
        maps=("attention: the patches that each patch copies from",),
    )

    def __init__(self, width: int = 32, *, openmmlab: bool = False) -> None:
        super().__init__()
        w = width
        self.coarse = nn.Sequential(
            *_encoder((w, 2 * w, 2 * w, 4 * w, 4 * w, 4 * w), openmmlab),
            *_dilated(4 * w, openmmlab),
            *_decoder(4 * w, w, openmmlab),
        )
        self.refinement = _Refinement(w, openmmlab)

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

        The stage is `coarse`. Maps are, at H/8 x W/8, `attention` (Bx5xhxw, the background
        patches copied most, counted row by row) and `attention_weight` (Bx5xhxw, falling).
        """
        maps: dict[str, Tensor] = {}
        grid = (hole.shape[2] // 8, hole.shape[3] // 8)
        hook = record_sources(self.refinement.attention, grid, maps) if explain else None
        try:
            coarse, refined = self.network(image, hole)
        finally:
            if hook is not None:
                hook.remove()
        return Completion(
            image=(refined.float() + 1.0) / 2.0,
            stages={"coarse": (coarse.float() + 1.0) / 2.0},
            maps=maps,
        )

    def network(self, image: Tensor, hole: Tensor) -> tuple[Tensor, Tensor]:
        """Give coarse and refined, both Bx3xHxW, in [-1,1] unless training.

        While training the two keep what the authors clip: a clip has no gradient. The
        refinement sees a clipped coarse result either way.
        """
        masked = (image * 2.0 - 1.0) * (1.0 - hole)
        planes = torch.cat([torch.ones_like(hole), hole], dim=1)  # B x 2 x H x W
        coarse = self.coarse(torch.cat([masked, planes], dim=1))
        clipped = coarse.clamp(-1.0, 1.0)
        pasted = torch.cat([clipped * hole + masked, planes], dim=1)  # B x 5 x H x W
        refined = self.refinement(pasted, hole)
        if self.training:
            return coarse, refined
        return clipped, refined.clamp(-1.0, 1.0)
