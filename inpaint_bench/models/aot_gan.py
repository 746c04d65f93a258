"""AOT-GAN: blocks that look at several distances at once and gate what they change.

Zeng et al., Aggregated Contextual Transformations for High-Resolution Image Inpainting, TVCG
2022. As released: three encoder layers, eight blocks at a quarter of the size, a decoder with
two bilinear doublings. The paper has no batch normalisation; the gate is normalised over the
picture.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from inpaint_bench.errors import ModelError
from inpaint_bench.layers.instance_norm import instance_norm
from inpaint_bench.layers.reflection import reflect_pad
from inpaint_bench.models._base import MODELS, LearnedInpainter
from inpaint_bench.types import Completion, Traits

__all__ = ["AOTGAN"]

_LEAST_DEVIATION = 1e-9


class _Block(nn.Module):
    """Dilated convolutions side by side, fused, and blended into the input by a gate.

    Args:
        channels: of input and output.
        rates: dilations; each branch gives its share of the channels.
    """

    def __init__(self, channels: int, rates: tuple[int, ...]) -> None:
        super().__init__()
        self.rates = rates
        share = channels // len(rates)
        self.branches = nn.ModuleList(nn.Conv2d(channels, share, 3, dilation=r) for r in rates)
        self.fuse = nn.Conv2d(channels, channels, 3)
        self.gate_conv = nn.Conv2d(channels, channels, 3)
        self.gate = nn.Sigmoid()  # a module, so that a hook can read the gates

    def forward(self, x: Tensor) -> Tensor:
        """Map BxCxHxW to the same."""
        padded = reflect_pad(x, 1)
        parts = [
            branch(padded if rate == 1 else reflect_pad(x, rate))
            for rate, branch in zip(self.rates, self.branches, strict=True)
        ]
        new = self.fuse(reflect_pad(torch.relu(torch.cat(parts, dim=1)), 1))
        gate = self.gate(5.0 * (2.0 * _standardised(self.gate_conv(padded)) - 1.0))
        return x * (1.0 - gate) + new * gate


def _standardised(x: Tensor) -> Tensor:
    """Bring each channel of each picture to mean 0 and sample deviation 1, BxCxHxW."""
    count = x.shape[2] * x.shape[3]
    if x.is_contiguous():
        # The published arithmetic to the last bit: the gate is so sharp that it amplifies rounding.
        x = x.float()
        deviation = x.std((2, 3), correction=int(count > 1), keepdim=True)
        return (x - x.mean((2, 3), keepdim=True)) / (deviation + _LEAST_DEVIATION)
    # Channels last, `std` takes twenty times as long as this, which divides by n, not n - 1.
    scale = ((count - 1) / count) ** 0.5
    return instance_norm(x, epsilon=_LEAST_DEVIATION**2) * scale


class _Doubling(nn.Module):
    """Bilinear doubling of H and W, then a convolution."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(in_channels, out_channels, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=True))


@MODELS.register("aot_gan")
class AOTGAN(LearnedInpainter):
    """Encoder to a quarter of the size, blocks of gated multi-rate convolutions, decoder.

    Args:
        width: channels of the full-resolution layers; the paper's is 64 (15.2 M parameters).
        blocks: number of gated blocks.
        rates: dilations in each block; their number must divide 4 * width.
    """

    traits = Traits(
        title="AOT-GAN",
        family="gated convolution",
        paper="Zeng et al. 2022, Aggregated Contextual Transformations for High-Resolution Image "
        "Inpainting",
        paper_url="https://arxiv.org/abs/2104.01431",
        multiple=4,
        maps=("gates by block",),
    )

    def __init__(
        self, width: int = 64, blocks: int = 8, rates: tuple[int, ...] = (1, 2, 4, 8)
    ) -> None:
        super().__init__()
        w, rates = width, tuple(rates)
        if not rates or 4 * w % len(rates):
            raise ModelError(
                f"expected a number of rates that divides {4 * w} channels, got {len(rates)}: "
                "use another width or other rates"
            )
        self.stem = nn.Conv2d(4, w, 7)
        self.encoder = nn.Sequential(
            nn.ReLU(),
            nn.Conv2d(w, 2 * w, 4, 2, 1),
            nn.ReLU(),
            nn.Conv2d(2 * w, 4 * w, 4, 2, 1),
            nn.ReLU(),
        )
        self.blocks = nn.Sequential(*(_Block(4 * w, rates) for _ in range(blocks)))
        self.decoder = nn.Sequential(
            _Doubling(4 * w, 2 * w),
            nn.ReLU(),
            _Doubling(2 * w, w),
            nn.ReLU(),
            nn.Conv2d(w, 3, 3, padding=1),
        )
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
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
        """See `Inpainter.complete`; maps are `gate_block_1` .. (Bx1xH/4xW/4, mean gate in [0,1]:
        how much of each block's result replaced its input)."""
        gates: dict[str, Tensor] = {}
        hooks = self._record_gates(gates) if explain else []
        try:
            output = self.network(image, hole)
        finally:
            for hook in hooks:
                hook.remove()
        return Completion(image=(output.float() + 1.0) / 2.0, maps=gates)

    def network(self, image: Tensor, hole: Tensor) -> Tensor:
        """Give Bx3xHxW in [-1,1]."""
        masked = (image * 2.0 - 1.0) * (1.0 - hole) + hole
        x = torch.cat([masked, hole], dim=1)  # B x 4 x H x W
        return torch.tanh(self.decoder(self.blocks(self.encoder(self.stem(reflect_pad(x, 3))))))

    def _record_gates(self, into: dict[str, Tensor]) -> list:
        """Make every block file its mean gate under `gate_block_<number>`."""

        def record(number: int):
            def hook(module: nn.Module, inputs: tuple[Tensor, ...], gate: Tensor) -> None:
                into[f"gate_block_{number}"] = gate.float().mean(dim=1, keepdim=True)

            return hook

        return [
            block.gate.register_forward_hook(record(i)) for i, block in enumerate(self.blocks, 1)
        ]
