"""MADF: convolutions whose kernels follow from the hole, then a cascade of three decoders.

Zhu et al., Image Inpainting by End-to-End Cascaded Refinement with Mask Awareness, TIP 2021. Each
place of each encoder layer has a kernel of its own, which is linear in 16 features of the hole.
So the sum over the kernel may be taken first: one convolution gives 17 results an output channel,
and the features weigh them. That is the same product without a kernel for each place. Batch
norms of the encoder, which the released code owns and never calls, are left out.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from inpaint_bench.models._base import MODELS, LearnedInpainter
from inpaint_bench.types import Completion, Traits

__all__ = ["MADF"]

_HIDDEN = 16  # features of the hole in each layer
_SLOPE = 0.2
_DEPTH = 7
_MEAN = (0.485, 0.456, 0.406)  # of ImageNet
_DEVIATION = (0.229, 0.224, 0.225)


class _DynamicConv2d(nn.Module):
    """A halving convolution whose kernel at each place follows from features of the hole.

    Args:
        in_channels, out_channels, kernel_size: of the convolution.
        mask_channels: features of the hole that the layer before gives, 3 for the hole itself.
    """

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: int, mask_channels: int
    ) -> None:
        super().__init__()
        pad = kernel_size // 2
        self.mask = nn.Conv2d(mask_channels, _HIDDEN, kernel_size, stride=2, padding=pad)
        # the kernel's part for each feature, then its constant part
        self.kernels = nn.Conv2d(
            in_channels,
            (_HIDDEN + 1) * out_channels,
            kernel_size,
            stride=2,
            padding=pad,
            bias=False,
        )
        bound = _HIDDEN**-0.5  # as for the 1x1 convolution that makes kernels of features
        nn.init.uniform_(self.kernels.weight, -bound, bound)

    def forward(self, x: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Give BxC'xH/2xW/2, and the hole's features Bx16xH/2xW/2."""
        mask = self.mask(mask).relu()
        parts = self.kernels(x).unflatten(1, (_HIDDEN + 1, -1))  # B x 17 x C' x H/2 x W/2
        y = (parts[:, :-1] * mask.unsqueeze(2)).sum(dim=1) + parts[:, -1]
        return y.relu(), mask


class _Recovery(nn.Module):
    """Doubles the features, then joins the encoder's of that size."""

    def __init__(self, in_channels: int, out_channels: int, skip: int, *, last: bool) -> None:
        super().__init__()
        self.deconv = nn.ConvTranspose2d(in_channels, out_channels, 4, 2, 1)
        self.norm = None if last else nn.BatchNorm2d(out_channels)
        self.join = nn.Conv2d(skip + out_channels, out_channels, 3, padding=1)

    def forward(self, x: Tensor, skip: Tensor) -> Tensor:
        x = self.deconv(x)
        if self.norm is None:
            return self.join(torch.cat([skip, x], dim=1))
        x = F.leaky_relu(self.norm(x), _SLOPE)
        return self.join(torch.cat([skip, x], dim=1)).relu()


class _Refinement(nn.Module):
    """Doubles the features; scale and shift come from the decoder before, place by place."""

    def __init__(self, in_channels: int, out_channels: int, hidden: int) -> None:
        super().__init__()
        self.deconv = nn.ConvTranspose2d(in_channels, out_channels, 4, 2, 1)
        self.norm = nn.BatchNorm2d(out_channels, affine=False)
        self.shared = nn.Conv2d(out_channels, hidden, 3, padding=1)
        self.scale = nn.Conv2d(hidden, out_channels, 3, padding=1)  # over 1
        self.shift = nn.Conv2d(hidden, out_channels, 3, padding=1)

    def forward(self, x: Tensor, guide: Tensor) -> Tensor:
        x = self.norm(self.deconv(x))
        hidden = self.shared(guide).relu()
        return F.leaky_relu(x * (1.0 + self.scale(hidden)) + self.shift(hidden), _SLOPE)


def _constant(values: tuple[float, float, float]) -> Tensor:
    return torch.tensor(values).view(1, 3, 1, 1)


@MODELS.register("madf")
class MADF(LearnedInpainter):
    """Seven layers with kernels made of the hole, a decoder, and two that refine it.

    Args:
        width: channels of the decoders at half the resolution; the paper's is 64 (85 M
            parameters). The encoder has a quarter of them.
    """

    traits = Traits(
        title="MADF",
        family="dynamic convolution",
        paper="Zhu et al. 2021, Image Inpainting by End-to-End Cascaded Refinement with Mask "
        "Awareness",
        paper_url="https://arxiv.org/abs/2104.13743",
        multiple=2**_DEPTH,
        stages=("coarse", "refined"),
    )

    def __init__(self, width: int = 64) -> None:
        super().__init__()
        thin = [6] + [width // 4 * min(2**i, 8) for i in range(_DEPTH)]
        wide = [3] + [width * min(2**i, 8) for i in range(_DEPTH)]
        kernels = [7, 5, 3, 3, 3, 3, 3]
        levels = range(1, _DEPTH + 1)
        self.encoder = nn.ModuleList(
            _DynamicConv2d(thin[i - 1], thin[i], kernels[i - 1], _HIDDEN if i > 1 else 3)
            for i in levels
        )
        self.widen = nn.ModuleList(nn.Conv2d(thin[i], wide[i], 1) for i in levels)
        # Decoders go from the smallest size to the largest.
        falling = range(_DEPTH, 0, -1)
        self.recovery = nn.ModuleList(
            _Recovery(wide[i], wide[i - 1], wide[i - 1] if i > 1 else 6, last=i == 1)
            for i in falling
        )
        self.refinements = nn.ModuleList(
            nn.ModuleList(_Refinement(wide[i], wide[i - 1], 2 * width) for i in falling[:-1])
            for _ in range(2)
        )
        self.heads = nn.ModuleList(nn.Conv2d(width + 9 + 3 * i, 3, 1) for i in range(2))
        # Settings, no weights: the released files lack them.
        self.register_buffer("mean", _constant(_MEAN), persistent=False)
        self.register_buffer("deviation", _constant(_DEVIATION), persistent=False)

    def complete(
        self,
        image: Tensor,
        hole: Tensor,
        *,
        sketch: Tensor | None = None,
        generator: torch.Generator | None = None,
        explain: bool = False,
    ) -> Completion:
        """See `Inpainter.complete`; stages are the first decoder's picture and the second's."""
        known = (1.0 - hole).expand_as(image)
        outputs = self.network((image - self.mean) / self.deviation * known, known)
        pictures = [x.float() * self.deviation + self.mean for x in outputs]
        if not self.training:
            pictures = [x.clamp(0.0, 1.0) for x in pictures]
        coarse, refined, final = pictures
        return Completion(image=final, stages={"coarse": coarse, "refined": refined})

    def network(self, masked: Tensor, known: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Give the pictures of the three decoders, normalised like the input.

        Args:
            masked: Bx3xHxW, normalised by ImageNet's mean and deviation, 0 where unknown.
            known: Bx3xHxW, three equal planes, 1 = known.
        """
        entry = torch.cat([masked, known], dim=1)  # B x 6 x H x W
        skips, x, mask = [entry], entry, known
        for layer, widen in zip(self.encoder, self.widen, strict=True):
            x, mask = layer(x, mask)
            skips.append(widen(x).relu())
        first = second = third = skips.pop()  # B x 8w x H/128 x W/128
        once, twice = self.refinements
        for i, layer in enumerate(self.recovery):
            first = layer(first, skips.pop())
            if i < len(once):
                second = once[i](second, first)
                third = twice[i](third, second)
        coarse = first
        refined = self.heads[0](torch.cat([_doubled(second), coarse, entry], dim=1))
        final = self.heads[1](torch.cat([_doubled(third), coarse, refined, entry], dim=1))
        return coarse, refined, final


def _doubled(x: Tensor) -> Tensor:
    return F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)
