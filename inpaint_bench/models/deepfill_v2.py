"""DeepFill v2: coarse and refinement networks of gated convolutions with contextual attention.

Yu et al., Free-Form Image Inpainting with Gated Convolution, ICCV 2019. Two sets of released
weights exist and differ in padding and attention: the authors' (TensorFlow SAME padding, no
fusing of attention scores) and a PyTorch fine-tuning of them (even padding, fused scores).
Both are options here. Layers are numbered as in the authors' network.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from inpaint_bench.layers.contextual_attention import ContextualAttention, record_sources
from inpaint_bench.layers.gated_conv import GatedConv2d
from inpaint_bench.models._base import MODELS, LearnedInpainter
from inpaint_bench.types import Completion, Traits

__all__ = ["DeepFillV2"]


def _encoder(in_channels: int, channels: tuple[int, ...], same: bool) -> list[GatedConv2d]:
    """Five layers that bring B x in_channels x H x W to B x channels[4] x H/4 x W/4."""
    c1, c2, c3, c4, c5 = channels
    return [
        GatedConv2d(in_channels, c1, 5, same=same),
        GatedConv2d(c1, c2, stride=2, same=same),
        GatedConv2d(c2, c3, same=same),
        GatedConv2d(c3, c4, stride=2, same=same),
        GatedConv2d(c4, c5, same=same),
    ]


def _dilated(channels: int) -> list[GatedConv2d]:
    """Four layers whose dilation doubles from 2 to 16."""
    return [GatedConv2d(channels, channels, dilation=rate) for rate in (2, 4, 8, 16)]


def _decoder(in_channels: int, width: int) -> nn.Sequential:
    """Seven layers that bring B x in_channels x H/4 x W/4 to Bx3xHxW in [-1,1]."""
    return nn.Sequential(
        GatedConv2d(in_channels, 2 * width),
        GatedConv2d(2 * width, 2 * width),
        GatedConv2d(2 * width, width, upsample=True),
        GatedConv2d(width, width),
        GatedConv2d(width, width // 2, upsample=True),
        GatedConv2d(width // 2, width // 4),
        nn.Conv2d(width // 4, 3, 3, padding=1),
        nn.Tanh(),
    )


class _Refinement(nn.Module):
    """Two encoders over the coarse result, one of them with attention, and a shared decoder."""

    def __init__(self, width: int, *, same: bool, fuse: bool) -> None:
        super().__init__()
        w = width
        self.hallucination = nn.Sequential(
            *_encoder(3, (w // 2, w // 2, w, w, 2 * w), same),
            GatedConv2d(2 * w, 2 * w),
            *_dilated(2 * w),
        )
        self.matching = nn.Sequential(
            *_encoder(3, (w // 2, w // 2, w, 2 * w, 2 * w), same),
            GatedConv2d(2 * w, 2 * w, activation="relu"),
        )
        self.attention = ContextualAttention(fuse=fuse, align_corners=same)
        self.attended = nn.Sequential(GatedConv2d(2 * w, 2 * w), GatedConv2d(2 * w, 2 * w))
        self.decoder = _decoder(4 * w, w)

    def forward(self, x: Tensor, hole: Tensor) -> Tensor:
        hallucinated = self.hallucination(x)
        rebuilt = self.attention(self.matching(x), hole)
        both = torch.cat([hallucinated, self.attended(rebuilt)], dim=1)  # B x 4w x H/4 x W/4
        return self.decoder(both)


@MODELS.register("deepfill_v2")
class DeepFillV2(LearnedInpainter):
    """Gated convolution in two stages, the second with contextual attention.

    Args:
        width: channels of the full-resolution layers times two; the paper's is 48 (4.05 M
            parameters).
        tensorflow: TensorFlow's SAME padding in strided layers and its aligned down-sampling in
            attention, as the authors' weights need.
        fuse: fuse attention scores of neighbouring patches (CVPR 2018, section 4.1).
    """

    traits = Traits(
        title="DeepFill v2",
        family="gated convolution",
        paper="Yu et al. 2019, Free-Form Image Inpainting with Gated Convolution",
        paper_url="https://arxiv.org/abs/1806.03589",
        multiple=8,
        stages=("coarse",),
        maps=("gates by layer", "attention: the patches that each patch copies from"),
    )

    def __init__(self, width: int = 48, *, tensorflow: bool = False, fuse: bool = True) -> None:
        super().__init__()
        w = width
        self.coarse = nn.Sequential(
            *_encoder(5 + self.traits.sketch, (w // 2, w, w, 2 * w, 2 * w), tensorflow),
            GatedConv2d(2 * w, 2 * w),
            *_dilated(2 * w),
            *_decoder(2 * w, w),
        )
        self.refinement = _Refinement(w, same=tensorflow, fuse=fuse)

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

        The stage is `coarse`. Maps are `gate_<layer>` (Bx1xhxw, mean gate in [0,1]), and at
        H/8 x W/8 `attention` (Bx5xhxw, the background patches copied most, counted row by row)
        with `attention_weight` (Bx5xhxw, falling).
        """
        maps: dict[str, Tensor] = {}
        hooks = _record(self, hole, maps) if explain else []
        try:
            coarse, refined = self.network(image, hole, sketch)
        finally:
            for hook in hooks:
                hook.remove()
        return Completion(
            image=(refined.float() + 1.0) / 2.0,
            stages={"coarse": (coarse.float() + 1.0) / 2.0},
            maps=maps,
        )

    def network(
        self, image: Tensor, hole: Tensor, sketch: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Give coarse and refined, both Bx3xHxW in [-1,1]."""
        masked = (image * 2.0 - 1.0) * (1.0 - hole)
        planes = [masked, torch.ones_like(hole), hole]
        if self.traits.sketch:
            planes.insert(1, torch.zeros_like(hole) if sketch is None else sketch * hole)
        x = torch.cat(planes, dim=1)  # B x 5 x H x W, 6 with a sketch
        coarse = self.coarse(x)
        refined = self.refinement(coarse * hole + masked, hole)
        return coarse, refined


def _record(model: DeepFillV2, hole: Tensor, into: dict[str, Tensor]) -> list:
    """Make gated layers file their mean gate, and attention the patches copied most."""
    grid = tuple(side // 8 for side in hole.shape[2:])

    def gate(name: str):
        def hook(module: nn.Module, inputs: tuple[Tensor, ...], gate: Tensor) -> None:
            into[f"gate_{name}"] = gate.float().mean(dim=1, keepdim=True)

        return hook

    hooks = [
        module.gate.register_forward_hook(gate(name))
        for name, module in model.named_modules()
        if isinstance(module, GatedConv2d)
    ]
    return [*hooks, record_sources(model.refinement.attention, grid, into)]
