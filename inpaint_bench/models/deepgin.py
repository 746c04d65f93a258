"""DeepGIN: pyramids of dilated convolutions, self-attention at three scales, back projection.

Li et al., DeepGIN: Deep Generative Inpainting Network for Extreme Image Inpainting, ECCV
Workshops 2020. Layers as in the authors' published code, which has the full model only; the
ablations leave out or exchange what section 6.1 names, and have the parameters of table 1.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from inpaint_bench.errors import ModelError
from inpaint_bench.models._base import MODELS, LearnedInpainter
from inpaint_bench.types import Completion, Traits

__all__ = ["ABLATIONS", "DeepGIN", "Passes"]

# The rows of table 1 -> options.
ABLATIONS: dict[str, dict[str, Any]] = {
    "StdResBlk (Coarse only)": {"blocks": "standard", "refine": False},
    "StdResBlk": {"blocks": "standard", "attention": "none", "back_projection": False},
    "StdResBlk-SA": {"blocks": "standard", "attention": "single", "back_projection": False},
    "StdResBlk-MSSA": {"blocks": "standard", "back_projection": False},
    "DilatedResBlk-MSSA": {"blocks": "dilated", "back_projection": False},
    "SPDResBlk-MSSA": {"back_projection": False},
    "SPDResBlk-MSSA-BP": {},
}
# Dilations of the first convolution of a block: in the coarse stage, in the refinement.
_RATES = {
    "standard": ((1,), (1,)),
    "dilated": ((2,), (2,)),
    "spd": ((2, 3, 4, 5, 6, 8, 10, 1), (2, 3, 4, 5)),
}
_ATTENTION = ("none", "single", "multi_scale")
_TOP_PLACES = 5
_QUERIES = 1024  # whose attention is held at once when it is asked for


def _conv(
    in_channels: int, out_channels: int, kernel_size: int = 3, stride: int = 1, rate: int = 1
) -> nn.Conv2d:
    """A convolution that repeats the border and gives size / stride."""
    padding = rate * (kernel_size - 1) // 2
    return nn.Conv2d(
        in_channels, out_channels, kernel_size, stride, padding, rate, padding_mode="replicate"
    )


def _layer(
    in_channels: int, out_channels: int, kernel_size: int = 3, stride: int = 1
) -> nn.Sequential:
    return nn.Sequential(_conv(in_channels, out_channels, kernel_size, stride), nn.LeakyReLU(0.2))


def _encoder(width: int, halvings: int) -> list[nn.Sequential]:
    """Layers that bring Bx4xHxW to width/2, width, 2 width ... channels, halving each time."""
    channels = [width * 2**i // 2 for i in range(halvings + 1)]
    layers = [_layer(4, channels[0], 7)]
    return layers + [_layer(channels[i], channels[i + 1], 4, 2) for i in range(halvings)]


def _doubling(channels: int) -> nn.Sequential:
    """Twice H and W, half the channels."""
    up = nn.Upsample(scale_factor=2, mode="bilinear", align_corners=True)
    return nn.Sequential(up, *_layer(channels, channels // 2))


class _Block(nn.Module):
    """Residual block whose first convolution is split into dilations (figure 3).

    Each of the rates gives an equal share of the channels, so that the number of parameters does
    not depend on how many there are; one rate is a plain residual block.
    """

    def __init__(self, channels: int, rates: tuple[int, ...]) -> None:
        super().__init__()
        share = channels // len(rates)
        self.branches = nn.ModuleList(_conv(channels, share, rate=rate) for rate in rates)
        self.fuse = _conv(channels, channels)

    def forward(self, x: Tensor) -> Tensor:
        pyramid = torch.cat([branch(x) for branch in self.branches], dim=1)  # B x C x H x W
        return x + self.fuse(F.relu(pyramid))


class _SelfAttention(nn.Module):
    """Non-local block, embedded Gaussian, at half the channels.

    The attention itself is in float32: its scores are not scaled, and bfloat16 would round them.

    Reference:
        Wang et al., Non-local Neural Networks, CVPR 2018, equations 1, 4 and 6.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.project = nn.Conv2d(channels, 3 * (channels // 2), 1)  # queries, keys, values
        self.out = nn.Conv2d(channels // 2, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        query, key, value = self._projected(x)
        with torch.autocast(x.device.type, enabled=False):
            y = F.scaled_dot_product_attention(query, key, value, scale=1.0)  # B x 1 x L x C/2
        y = y.squeeze(1).transpose(1, 2).unflatten(2, x.shape[2:])  # B x C/2 x H x W
        return x + self.out(y.to(x.dtype))

    def _projected(self, x: Tensor) -> list[Tensor]:
        """Give queries, keys and values, each B x 1 x L x C/2 in float32."""
        rows = self.project(x).float().flatten(2).transpose(1, 2).unsqueeze(1)  # B x 1 x L x 3C/2
        return [part.contiguous() for part in rows.chunk(3, dim=3)]

    @torch.no_grad()
    def sources(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Give the places that each place attends to most, and how much.

        Args:
            x: what the block was given, BxCxHxW.

        Returns:
            BxKxHxW places counted row by row, and BxKxHxW attention in [0,1], falling.
        """
        query, key, _ = (part.squeeze(1) for part in self._projected(x))
        count = min(_TOP_PLACES, key.shape[1])
        tops = []
        with torch.autocast(x.device.type, enabled=False):
            for some in query.split(_QUERIES, dim=1):
                scores = torch.softmax(some @ key.transpose(1, 2), dim=2)  # B x queries x L
                tops.append(scores.topk(count, dim=2))
        weights, places = (torch.cat(parts, dim=1) for parts in zip(*tops, strict=True))
        grid = x.shape[2:]  # below: B x K x L to B x K x H x W
        return places.mT.unflatten(2, grid), weights.mT.unflatten(2, grid)


class _Skip(nn.Module):
    """Encoder features, halved and attended to, mixed into the decoder's of the same size."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.reduce = _layer(channels, channels // 2)
        self.attention = _SelfAttention(channels // 2)
        self.mix = _layer(channels + channels // 2, channels)

    def forward(self, encoded: Tensor, decoded: Tensor) -> Tensor:
        skipped = self.attention(self.reduce(encoded))
        return self.mix(torch.cat([decoded, skipped], dim=1))  # from B x 3C/2 x H x W


class _BackProjection(nn.Module):
    """A picture at H/4 and a weight for each pixel of what it says about the full one."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.low = nn.Sequential(_layer(2 * width, width // 2), _conv(width // 2, 3))
        self.weight = _conv(width // 2, 1)


class _Coarse(nn.Sequential):
    """Encoder, six blocks at H/8, decoder: Bx4xHxW to Bx3xHxW."""

    def __init__(self, width: int, rates: tuple[int, ...]) -> None:
        w = width
        super().__init__(
            *_encoder(w, 3),
            *(_Block(4 * w, rates) for _ in range(6)),
            *(_doubling(channels) for channels in (4 * w, 2 * w, w)),
            _conv(w // 2, 3, 7),
        )


class _Refinement(nn.Module):
    """Encoder, six blocks at H/16 around self-attention, decoder with attended skips."""

    def __init__(
        self, width: int, rates: tuple[int, ...], attention: str, back_projection: bool
    ) -> None:
        super().__init__()
        w = width
        self.encoder = nn.ModuleList(_encoder(w, 4))
        self.before = nn.Sequential(*(_Block(8 * w, rates) for _ in range(3)))
        self.attention = nn.Identity() if attention == "none" else _SelfAttention(8 * w)
        self.after = nn.Sequential(*(_Block(8 * w, rates) for _ in range(3)))
        self.decoder = nn.ModuleList(_doubling(channels) for channels in (8 * w, 4 * w, 2 * w, w))
        several = attention == "multi_scale"
        self.skips = nn.ModuleList([_Skip(4 * w), _Skip(2 * w)] if several else [])
        self.to_rgb = _conv(w // 2, 3, 7)
        self.back_projection = _BackProjection(w) if back_projection else None

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor | None, Tensor | None]:
        """Give the picture Bx3xHxW, and for back projection Bx3xH/4xW/4 and Bx1xHxW."""
        encoded = []
        for layer in self.encoder:
            x = layer(x)
            encoded.append(x)  # H, H/2, H/4, H/8, H/16
        x = self.after(self.attention(self.before(x)))
        quarter = x
        for i, layer in enumerate(self.decoder):
            x = layer(x)
            if i < len(self.skips):
                x = self.skips[i](encoded[3 - i], x)
            quarter = x if i == 1 else quarter
        if self.back_projection is None:
            return self.to_rgb(x), None, None
        weight = torch.sigmoid(self.back_projection.weight(x))
        return self.to_rgb(x), self.back_projection.low(quarter), weight


class Passes(NamedTuple):
    """What the network gives.

    Attributes:
        image: Bx3xHxW, unbounded around [0,1].
        coarse: Bx3xHxW of the coarse stage.
        low: Bx3xH/4xW/4, the low-resolution picture of back projection, for the loss.
        weight: Bx1xHxW in [0,1], how much of the back-projected residual each pixel takes.
    """

    image: Tensor
    coarse: Tensor
    low: Tensor | None = None
    weight: Tensor | None = None


@MODELS.register("deepgin")
class DeepGIN(LearnedInpainter):
    """Coarse network and refinement; `ABLATIONS` has the options of the rows of table 1.

    Args:
        width: channels at H/2, even; the paper's is 64 (42.930 M parameters).
        refine: with the second stage; without it the next two options have no effect.
        attention: "none", "single" (at H/16) or "multi_scale" (also at H/8 and H/4).
        back_projection: correct the result by a picture at H/4.
        blocks: "standard", "dilated" or "spd" (8 dilations in the coarse stage, then 4).

    Raises:
        ModelError: an option has none of these values.
    """

    traits = Traits(
        title="DeepGIN",
        family="dilated convolution, self-attention",
        paper="Li et al. 2020, DeepGIN: Deep Generative Inpainting Network for Extreme Image "
        "Inpainting",
        paper_url="https://arxiv.org/abs/2008.07173",
        multiple=16,
        stages=("coarse",),
        maps=(
            "self-attention at three scales: the places that each place attends to",
            "back projection: how much each pixel takes from the low-resolution picture",
        ),
        oversize="subsample",
    )

    def __init__(
        self,
        width: int = 64,
        *,
        refine: bool = True,
        attention: str = "multi_scale",
        back_projection: bool = True,
        blocks: str = "spd",
    ) -> None:
        super().__init__()
        if width < 2 or width % 2:
            raise ModelError(f"expected an even width for DeepGIN, got {width}")
        for name, value, valid in (
            ("blocks", blocks, tuple(_RATES)),
            ("attention", attention, _ATTENTION),
        ):
            if value not in valid:
                raise ModelError(f"expected {name} to be one of {', '.join(valid)}, got {value!r}")
        coarse, refined = _RATES[blocks]
        self.coarse = _Coarse(width, coarse)
        self.refinement = (
            _Refinement(width, refined, attention, back_projection) if refine else None
        )
        for module in self.modules():
            if isinstance(module, nn.Conv2d):  # small, as section 5.1 has it
                nn.init.kaiming_normal_(module.weight)
                module.weight.data.mul_(0.1)
                nn.init.zeros_(module.bias)

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

        The stage is `coarse`. Maps are `attention`, `attention_8` and `attention_4` at H/16, H/8
        and H/4 (Bx5xhxw, the places attended to most, counted row by row), each with its
        `.._weight` (Bx5xhxw, falling), and `back_projection` (Bx1xHxW in [0,1]).
        """
        maps: dict[str, Tensor] = {}
        hooks = self._record(maps) if explain else []
        try:
            passes = self.network(image, hole)
        finally:
            for hook in hooks:
                hook.remove()
        if explain and passes.weight is not None:
            maps["back_projection"] = passes.weight.float()
        result, coarse = passes.image.float(), passes.coarse.float()
        if not self.training:  # a clamp has no gradient where the output is out of range
            result, coarse = result.clamp(0.0, 1.0), coarse.clamp(0.0, 1.0)
        return Completion(image=result, stages={"coarse": coarse}, maps=maps)

    def network(self, image: Tensor, hole: Tensor) -> Passes:
        """Run both stages; under the hole the coarse one sees white."""
        known = image * (1.0 - hole)
        coarse = self.coarse(torch.cat([known + hole, hole], dim=1))  # from B x 4 x H x W
        if self.refinement is None:
            return Passes(coarse, coarse)
        filled = torch.cat([known + coarse * hole, hole], dim=1)  # B x 4 x H x W
        result, low, weight = self.refinement(filled)
        if low is None or weight is None:
            return Passes(result, coarse)
        result = known + result * hole
        residual = low - F.interpolate(
            result, size=low.shape[2:], mode="bilinear", align_corners=True
        )
        residual = F.interpolate(
            residual, size=result.shape[2:], mode="bilinear", align_corners=True
        )
        return Passes(result + residual * weight, coarse, low, weight)

    def _record(self, into: dict[str, Tensor]) -> list:
        """Make each self-attention file the places attended to most and their weights."""
        if self.refinement is None:
            return []
        blocks = {"attention": self.refinement.attention}
        for name, skip in zip(("attention_8", "attention_4"), self.refinement.skips, strict=False):
            blocks[name] = skip.attention

        def record(name: str):
            def hook(module: _SelfAttention, inputs: tuple[Tensor, ...], output: Tensor) -> None:
                into[name], into[f"{name}_weight"] = module.sources(inputs[0])

            return hook

        return [
            block.register_forward_hook(record(name))
            for name, block in blocks.items()
            if isinstance(block, _SelfAttention)
        ]
