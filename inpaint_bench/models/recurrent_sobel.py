"""Recurrent convolutions: one encoder and decoder run twice, remembering its first run.

Baik, Image Inpainting (Stanford University), section 3 and table B.6. The network runs first
around a coarse module, then around a refining one, and every layer of the second run also sees
what it gave in the first. Where the table and the published code differ this follows the code:
the fourth layer halves the size (the table says stride 1), the sixth decoder layer also sees the
mask. The paper trains it with `inpaint_bench.layers.sobel_discriminator`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from inpaint_bench.layers.contextual_attention import ContextualAttention, record_sources
from inpaint_bench.layers.instance_norm import instance_norm
from inpaint_bench.layers.reflection import reflect_pad
from inpaint_bench.layers.sobel import sobel_edges
from inpaint_bench.models._base import MODELS, LearnedInpainter
from inpaint_bench.types import Completion, Traits

__all__ = ["RecurrentSobel"]


class _RecurrentConv(nn.Module):
    """Convolution of the input plus convolution of this layer's own last output (figure 3).

    The memory is an argument, not a buffer: nothing is left behind between calls.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int = 3,
        stride: int = 1,
        *,
        norm: bool = False,
        active: bool = True,
        upsample: bool = False,
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(in_channels, out_channels, kernel_size, stride)
        self.recall = nn.Conv2d(out_channels, out_channels, 3, padding=1)
        self.mirrored = kernel_size // 2  # pixels around the input
        self.norm, self.active, self.upsample = norm, active, upsample
        for conv in (self.conv, self.recall):
            nn.init.xavier_normal_(conv.weight)
            nn.init.zeros_(conv.bias)

    def forward(self, x: Tensor, memory: Tensor | None) -> Tensor:
        """Map BxCxHxW and the last output (None: zeros) to BxC'xH'xW'."""
        if self.upsample:
            x = F.interpolate(x, scale_factor=2, mode="nearest")
        if self.mirrored:
            x = reflect_pad(x, self.mirrored)
        if memory is None:  # of zeros, recalling leaves its bias
            x = self.conv(x) + self.recall.bias.view(1, -1, 1, 1)
        else:
            x = self.conv(x) + self.recall(memory)
        if self.norm:
            x = instance_norm(x)
        return F.elu(x) if self.active else x


class _Residual(nn.Module):
    """Two convolutions, the first dilated, around which the input is added."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(channels, channels, 3, dilation=2)
        self.second = nn.Conv2d(channels, channels, 3)

    def forward(self, x: Tensor) -> Tensor:
        inner = F.relu(instance_norm(self.first(reflect_pad(x, 2))))
        return x + instance_norm(self.second(reflect_pad(inner, 1)))


class _MultiScaleFusion(nn.Module):
    """Dense multi-scale fusion: four dilations, each added to the sum of the smaller ones.

    Reference:
        Hui et al., Image Fine-Grained Inpainting, 2020, section III-A.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        share = channels // 4
        self.reduce = nn.Conv2d(channels, share, 3, padding=1)
        self.dilated = nn.ModuleList(
            nn.Conv2d(share, share, 3, padding=rate, dilation=rate) for rate in (1, 2, 4, 8)
        )
        self.sums = nn.ModuleList(nn.Conv2d(share, share, 3, padding=1) for _ in range(3))
        self.fuse = nn.Conv2d(channels, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        reduced = F.relu(instance_norm(self.reduce(x)))
        scales = [self.dilated[0](reduced)]
        for dilated, add in zip(self.dilated[1:], self.sums, strict=True):
            scales.append(add(scales[-1] + dilated(reduced)))
        fused = self.fuse(torch.cat(scales, dim=1))  # B x C x H x W
        return x + F.relu(instance_norm(fused))


class _Refinement(nn.Module):
    """Residual blocks, contextual attention and multi-scale fusion side by side, then joined."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.residual = nn.Sequential(*(_Residual(channels) for _ in range(8)))
        self.attention = ContextualAttention(fuse=False)
        self.fusion = nn.Sequential(*(_MultiScaleFusion(channels) for _ in range(4)))
        self.join = nn.ModuleList(
            [
                nn.Conv2d(3 * channels, 2 * channels, 3, padding=1),
                nn.Conv2d(2 * channels, channels, 3, padding=1),
            ]
        )

    def forward(self, x: Tensor, hole: Tensor) -> Tensor:
        rebuilt = self.attention(x, hole)
        x = torch.cat([self.residual(x), rebuilt, self.fusion(x)], dim=1)  # B x 3C x H x W
        for conv in self.join:
            x = F.elu(instance_norm(conv(x)))
        return x


@MODELS.register("recurrent_sobel")
class RecurrentSobel(LearnedInpainter):
    """One network of recurrent convolutions that runs twice: coarse, then refined.

    Args:
        width: channels of the layers at full size; 16 in the paper's table (2.05 M parameters),
            48 in the published settings.
    """

    traits = Traits(
        title="Recurrent Sobel",
        family="recurrent convolution",
        paper="Baik 2020, Image Inpainting (Stanford University)",
        paper_url="https://github.com/jwbaik96/Image-inpainting",
        multiple=8,
        stages=("coarse",),
        maps=(
            "Sobel edges of the coarse and the refined picture",
            "memory: what each layer gave in the coarse run and recalls in the refined one",
            "attention: the patches that each patch copies from",
        ),
    )

    def __init__(self, width: int = 16) -> None:
        super().__init__()
        w, layer = width, _RecurrentConv
        self.encoder = nn.ModuleList(
            [
                layer(4, w, 5),  # H x W
                layer(w, 2 * w, stride=2),  # H/2 x W/2
                layer(2 * w, 2 * w),
                layer(2 * w, 4 * w, stride=2, norm=True),  # H/4 x W/4
                layer(4 * w, 4 * w, norm=True),
                layer(4 * w, 4 * w, norm=True),
            ]
        )
        self.decoder = nn.ModuleList(
            [
                layer(4 * w, 4 * w, norm=True),
                layer(4 * w, 4 * w, norm=True),
                layer(4 * w, 2 * w, norm=True, upsample=True),  # H/2 x W/2
                layer(4 * w, 2 * w),
                layer(2 * w, w, upsample=True),  # H x W
                layer(2 * w + 1, w),
                layer(w, w // 2),
                layer(w // 2, 3, active=False),
            ]
        )
        self.coarse = nn.Sequential(*(_Residual(4 * w) for _ in range(8)))
        self.refinement = _Refinement(4 * w)

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

        The stage is `coarse`. Maps are `edges_coarse` and `edges_refined` (Bx1xHxW, mean length
        of the Sobel gradient), `memory_encoder_1` .. `memory_decoder_8` (Bx1xhxw, mean absolute
        value), and at H/8 x W/8 `attention` (Bx5xhxw, the background patches copied most, counted
        row by row) with `attention_weight` (Bx5xhxw, falling).
        """
        maps: dict[str, Tensor] = {}
        grid = (hole.shape[2] // 8, hole.shape[3] // 8)
        hook = record_sources(self.refinement.attention, grid, maps) if explain else None
        try:
            coarse, refined, memory = self.network(image, hole)
        finally:
            if hook is not None:
                hook.remove()
        coarse, refined = coarse.float(), refined.float()
        if explain:
            maps["edges_coarse"], maps["edges_refined"] = _edge_map(coarse), _edge_map(refined)
            for name, state in memory.items():
                maps[f"memory_{name}"] = state.float().abs().mean(dim=1, keepdim=True)
        return Completion(image=refined, stages={"coarse": coarse}, maps=maps)

    def network(self, image: Tensor, hole: Tensor) -> tuple[Tensor, Tensor, dict[str, Tensor]]:
        """Give coarse and refined, Bx3xHxW in [0,1], and the coarse run's output by layer."""
        known = image * (1.0 - hole)
        white = torch.cat([known + hole, hole], dim=1)  # B x 4 x H x W
        coarse, memory = self._run(white, hole, self.coarse, None)
        filled = torch.cat([known + coarse * hole, hole], dim=1)  # B x 4 x H x W
        refined, _ = self._run(filled, hole, lambda x: self.refinement(x, hole), memory)
        names = [f"encoder_{i}" for i in range(1, 7)] + [f"decoder_{i}" for i in range(1, 9)]
        return coarse, refined, dict(zip(names, memory, strict=True))

    def _run(
        self,
        x: Tensor,
        hole: Tensor,
        inner: Callable[[Tensor], Tensor],
        memory: Sequence[Tensor] | None,
    ) -> tuple[Tensor, list[Tensor]]:
        """Encode, apply `inner`, decode; give the picture and every layer's output."""
        outputs: list[Tensor] = []

        def run(layer: _RecurrentConv, x: Tensor) -> Tensor:
            outputs.append(layer(x, None if memory is None else memory[len(outputs)]))
            return outputs[-1]

        for layer in self.encoder:
            x = run(layer, x)
        full, half = outputs[0], outputs[2]
        x = inner(x)
        for layer in self.decoder[:3]:
            x = run(layer, x)
        x = run(self.decoder[3], torch.cat([x, half], dim=1))  # B x 4w x H/2 x W/2
        x = run(self.decoder[4], x)
        known = (1.0 - hole).to(x.dtype)
        x = run(self.decoder[5], torch.cat([x, full, known], dim=1))  # B x (2w+1) x H x W
        for layer in self.decoder[6:]:
            x = run(layer, x)
        return (torch.tanh(x) + 1.0) / 2.0, outputs


def _edge_map(image: Tensor) -> Tensor:
    """Return the mean Sobel gradient of the channels, Bx1xHxW, without a frame."""
    framed = F.pad(image, (1, 1, 1, 1), mode="replicate")
    return sobel_edges(framed)[:, :, 1:-1, 1:-1].sqrt().mean(dim=1, keepdim=True)
