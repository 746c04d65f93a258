"""Region normalisation: missing and known places are normalised apart, never mixed.

Yu et al., Region Normalization for Image Inpainting, AAAI 2020. The network is EdgeConnect's
second one with other norms: three layers normalise by the hole (RN-B), all later ones by regions
that they find themselves (RN-L). As in the released code, the two shifts of RN-B are added at
every place, and doubling is by sub-pixels.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from inpaint_bench.layers.reflection import reflect_pad
from inpaint_bench.models._base import MODELS, LearnedInpainter
from inpaint_bench.types import Completion, Traits

__all__ = ["RegionNorm"]

_EPSILON = 1e-5  # added to the variance
_START = 0.1  # factor on fresh weights


def _normalise_regions(x: Tensor, inside: Tensor, *, pooled: bool) -> Tensor:
    """Normalise each of two regions by its own mean, and by its share of the whole variance.

    Args:
        x: BxCxHxW float32.
        inside: Bx1xHxW boolean, one region; the other is the rest.
        pooled: take the statistics over the batch, as the published code does, rather than over
            each picture; the same for a single one.
    """
    regions = torch.cat([inside, ~inside], dim=1).to(x.dtype)  # B x 2 x H x W

    def total(values: Tensor) -> Tensor:
        return values.sum(dim=0, keepdim=True) if pooled else values

    def spread(values: Tensor) -> Tensor:
        first, second = values[:, :, :1, None], values[:, :, 1:, None]
        return torch.where(inside, first, second)  # B x C x H x W

    area = total(regions.sum(dim=(2, 3))).clamp(min=1.0).unsqueeze(1)  # B x 1 x 2
    share = area / (x[:, 0].numel() if pooled else x[0, 0].numel())
    mean = total(torch.einsum("bchw,bkhw->bck", x, regions)) / area  # B x C x 2
    centred = x - spread(mean)
    variance = total(torch.einsum("bchw,bkhw->bck", centred.square(), regions)) / area
    return centred * spread(share.sqrt() * (share * variance + _EPSILON).rsqrt())


class _BasicNorm(nn.Module):
    """RN-B: the regions are the hole and the rest."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.hole_scale = nn.Parameter(torch.zeros(channels))  # over 1
        self.hole_shift = nn.Parameter(torch.zeros(channels))
        self.known_scale = nn.Parameter(torch.zeros(channels))
        self.known_shift = nn.Parameter(torch.zeros(channels))

    def forward(self, x: Tensor, hole: Tensor) -> Tensor:
        """Map BxCxHxW under a hole of any larger size to the same."""
        inside = F.interpolate(hole, size=x.shape[2:], mode="nearest") > 0.5
        with torch.autocast(x.device.type, enabled=False):
            y = _normalise_regions(x.float(), inside, pooled=self.training)
            factors = [1.0 + v.view(1, -1, 1, 1) for v in (self.hole_scale, self.known_scale)]
            shift = (self.hole_shift + self.known_shift).view(1, -1, 1, 1)
            return (y * torch.where(inside, *factors) + shift).to(x.dtype)


class _FoundNorm(nn.Module):
    """RN-L: a map of the features' mean and maximum tells the regions, scale and shift.

    Always in float32: at the threshold a pixel changes its region.
    """

    def __init__(self, threshold: float) -> None:
        super().__init__()
        self.threshold = threshold
        self.importance = nn.Conv2d(2, 1, 7, padding=3, bias=False)
        self.scale = nn.Conv2d(1, 1, 7, padding=3)
        self.shift = nn.Conv2d(1, 1, 7, padding=3)
        self.region = nn.Identity()  # a module, so that a hook can read the region

    def forward(self, x: Tensor) -> Tensor:
        """Map BxCxHxW to the same."""
        with torch.autocast(x.device.type, enabled=False):
            wide = x.float()
            seen = torch.cat([wide.mean(dim=1, keepdim=True), wide.amax(dim=1, keepdim=True)], 1)
            found = torch.sigmoid(self.importance(seen))  # B x 1 x H x W
            inside = self.region(found.detach() >= self.threshold)
            y = _normalise_regions(wide, inside, pooled=self.training)
            return (y * (1.0 + self.scale(found)) + self.shift(found)).to(x.dtype)


class _Residual(nn.Module):
    """x plus two convolutions of it, the first of dilation 2."""

    def __init__(self, channels: int, threshold: float) -> None:
        super().__init__()
        self.first = nn.Conv2d(channels, channels, 3, dilation=2)
        self.norm_first = _FoundNorm(threshold)
        self.second = nn.Conv2d(channels, channels, 3)
        self.norm_second = _FoundNorm(threshold)

    def forward(self, x: Tensor) -> Tensor:
        inner = self.norm_first(self.first(reflect_pad(x, 2))).relu()
        return x + self.norm_second(self.second(reflect_pad(inner, 1)))


class _Doubling(nn.Module):
    """A convolution whose channels become pixels of twice the size, then RN-L."""

    def __init__(self, in_channels: int, out_channels: int, threshold: float) -> None:
        super().__init__()
        self.conv = nn.Conv2d(in_channels, 4 * out_channels, 3, padding=1)
        self.norm = _FoundNorm(threshold)

    def forward(self, x: Tensor) -> Tensor:
        return self.norm(F.pixel_shuffle(self.conv(x), 2)).relu()


@MODELS.register("region_norm")
class RegionNorm(LearnedInpainter):
    """Down by 4 under RN-B, dilated residual blocks and up again under RN-L.

    Trained statistics are not kept: every pass takes those of its pictures, of the whole batch
    in training and of each picture otherwise.

    Args:
        width: channels at full resolution; the paper's is 64 (11.6 M parameters).
        blocks: residual blocks; the paper's are 8.
        threshold: how important a place must be, in [0,1], to count as the first region.
    """

    traits = Traits(
        title="RegionNorm",
        family="dilated convolution",
        paper="Yu et al. 2020, Region Normalization for Image Inpainting",
        paper_url="https://arxiv.org/abs/1911.10375",
        multiple=4,
        maps=("regions that are normalised apart, by layer",),
    )

    def __init__(self, width: int = 64, *, blocks: int = 8, threshold: float = 0.8) -> None:
        super().__init__()
        w = width
        self.encoder = nn.ModuleList(
            [nn.Conv2d(3, w, 7), nn.Conv2d(w, 2 * w, 4, 2, 1), nn.Conv2d(2 * w, 4 * w, 4, 2, 1)]
        )
        self.norms = nn.ModuleList(_BasicNorm(c) for c in (w, 2 * w, 4 * w))
        self.middle = nn.Sequential(*(_Residual(4 * w, threshold) for _ in range(blocks)))
        # These two do not follow the option: the published code leaves them at 0.8.
        self.decoder = nn.Sequential(_Doubling(4 * w, 2 * w, 0.8), _Doubling(2 * w, w, 0.8))
        self.head = nn.Conv2d(w, 3, 7)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight)
                module.weight.data.mul_(_START)
                if module.bias is not None:
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

        Maps are `region_<layer>` (Bx1xhxw, 1 = of the first region), layer by layer.
        """
        maps: dict[str, Tensor] = {}
        hooks = self._record_regions(maps) if explain else []
        try:
            output = self.network(image, hole)
        finally:
            for hook in hooks:
                hook.remove()
        return Completion(image=output.float(), maps=maps)

    def network(self, image: Tensor, hole: Tensor) -> Tensor:
        """Give Bx3xHxW in [0,1]."""
        x = reflect_pad(image * (1.0 - hole) + hole, 3)
        for conv, norm in zip(self.encoder, self.norms, strict=True):
            x = norm(conv(x), hole).relu()
        x = self.decoder(self.middle(x))  # from B x 4w x H/4 x W/4
        return (torch.tanh(self.head(reflect_pad(x, 3))) + 1.0) / 2.0

    def _record_regions(self, into: dict[str, Tensor]) -> list:
        """Make each RN-L file the region it found."""
        layers = {}
        for i, block in enumerate(self.middle, 1):
            layers[f"block_{i}_1"], layers[f"block_{i}_2"] = block.norm_first, block.norm_second
        layers |= {f"up_{i}": layer.norm for i, layer in enumerate(self.decoder, 1)}

        def record(name: str):
            def hook(module: nn.Module, inputs: tuple, output: Tensor) -> None:
                into[f"region_{name}"] = output.float()

            return hook

        return [x.region.register_forward_hook(record(name)) for name, x in layers.items()]
