"""MAT: a transformer whose attention leaves out unknown tokens, then a StyleGAN-like refinement.

Li et al., MAT: Mask-Aware Transformer for Large Hole Image Inpainting, CVPR 2022. As published:
the first stage works on 64x64 tokens and below, the second is convolutional. Each result depends
on a random vector and on which features the vector replaces; the noise of single layers is
constant outside training.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from inpaint_bench.errors import ImageError, ModelError
from inpaint_bench.layers.equalised import EqualConv2d, EqualLinear
from inpaint_bench.layers.masked_transformer import MaskedConv2d, TransformerStage
from inpaint_bench.layers.modulated_conv import StyledBlock, StyledConv2d, ToRGB
from inpaint_bench.models._base import MODELS, OneSizeInpainter
from inpaint_bench.types import Completion, Traits

__all__ = ["MAT"]

_TOKENS = 64  # side of the token grid where the transformer begins
_BOTTOM = 16  # side of the smallest feature map of either stage
_HEADS = 6
_DEPTHS = (2, 3, 4, 3, 2)
_WINDOWS = (8, 16, 16, 16, 8)
_MEAN_DECAY = 0.995
_LEAST_POWER = 1e-8


class _Mapping(nn.Module):
    """Random vector to style vector: eight layers that learn at a hundredth of the rate."""

    def __init__(self, latent: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            *(EqualLinear(latent, latent, activate=True, rate=0.01) for _ in range(8))
        )
        self.register_buffer("w_avg", torch.zeros(latent))

    def forward(self, z: Tensor, truncation: float) -> Tensor:
        """Map BxL to the same, drawn towards the mean of training by 1 - `truncation`."""
        with torch.autocast(z.device.type, enabled=False):
            w = self.layers(z * (z.square().mean(dim=1, keepdim=True) + _LEAST_POWER).rsqrt())
            if self.training:
                self.w_avg.copy_(w.detach().mean(dim=0).lerp(self.w_avg, _MEAN_DECAY))
            return w if truncation == 1.0 else self.w_avg.lerp(w, truncation)


class _FirstStage(nn.Module):
    """Convolutions to 64x64 tokens, transformer to 16x16 and back, styled convolutions up."""

    def __init__(self, resolution: int, channels: int, latent: int) -> None:
        super().__init__()
        c = channels
        halvings = (resolution // _TOKENS).bit_length() - 1
        self.stem = MaskedConv2d(4, c)
        self.down = nn.ModuleList(MaskedConv2d(c, c, down=True) for _ in range(halvings))
        sides = (64, 32, 16, 32, 64)
        self.stages = nn.ModuleList(
            TransformerStage(
                c, _HEADS, side=side, window=window, depth=depth, down=i in (1, 2), up=i in (3, 4)
            )
            for i, (side, window, depth) in enumerate(zip(sides, _WINDOWS, _DEPTHS, strict=True))
        )
        self.to_global = nn.Sequential(*(EqualConv2d(c, c, down=True) for _ in range(4)))
        self.global_style = EqualLinear(c, 2 * c, activate=True)
        self.latent_style = EqualLinear(latent, c, activate=True)
        self.latent_map = EqualLinear(c, _BOTTOM**2, activate=True)
        self.up = nn.ModuleList(StyledBlock(c, c, 3 * c) for _ in range(halvings))

    def forward(self, masked: Tensor, known: Tensor, w: Tensor, keep: Tensor) -> Tensor:
        """Give Bx3xHxW in about [-1,1] for the picture Bx3xHxW, 0 where unknown.

        Args:
            masked, known: picture, and Bx1xHxW mask of what is known.
            w: BxL style vector.
            keep: BxCx16x16 boolean, where features stay; the vector takes the other places.
        """
        x, mask = self.stem(torch.cat([known - 0.5, masked], dim=1), known)
        skips = [x]
        for layer in self.down:
            x, mask = layer(x, mask)
            skips.append(x)
        skips.pop()  # that of the token grid: the stage behind it has its own
        first, second, bottom, third, fourth = self.stages
        wide, mask = first(x, mask)
        narrow, mask = second(wide, mask)
        x, _ = bottom(narrow, None)  # from here on, every token counts as known
        latent = self.latent_style(w)
        x = _replace(x, self.latent_map(latent), keep)
        pooled = self.to_global(x).mean(dim=(2, 3))  # B x C
        style = torch.cat([self.global_style(pooled), latent], dim=1)  # B x 3C
        x = third(x, None)[0] + narrow
        x = fourth(x, None)[0] + wide
        picture = None
        for layer in self.up:
            x, picture = layer(x, skips.pop(), picture, style)
        return picture


class _SecondStage(nn.Module):
    """Convolutional encoder to 16x16, styled decoder with skips at every size."""

    def __init__(self, resolution: int, width: int, latent: int) -> None:
        super().__init__()
        sides = [2**i for i in range(4, resolution.bit_length())]  # 16, 32, .., resolution
        channels = {side: max(min(64 * width // side, width), 1) for side in sides}
        top, bottom = channels[resolution], channels[_BOTTOM]
        self.encoder = nn.ModuleList([nn.Sequential(EqualConv2d(7, top, 1), EqualConv2d(top, top))])
        for side in reversed(sides[:-1]):
            c = channels[side]
            self.encoder.append(
                nn.Sequential(EqualConv2d(channels[2 * side], c, down=True), EqualConv2d(c, c))
            )
        self.latent_map = EqualLinear(latent, _BOTTOM**2, activate=True)
        self.to_global = nn.Sequential(*(EqualConv2d(bottom, bottom, down=True) for _ in range(3)))
        self.global_style = EqualLinear(bottom, 2 * width, activate=True)
        style = latent + 2 * width
        self.start = EqualConv2d(bottom, bottom)
        self.start_styled = StyledConv2d(bottom, bottom, style, up=False, noise_side=_BOTTOM)
        self.start_rgb = ToRGB(bottom, style)
        self.decoder = nn.ModuleList(
            StyledBlock(channels[side // 2], channels[side], style, noise_side=side)
            for side in sides[1:]
        )

    def forward(
        self, coarse: Tensor, masked: Tensor, known: Tensor, w: Tensor, keep: Tensor
    ) -> Tensor:
        """Refine Bx3xHxW; arguments as in `_FirstStage`, `keep` for its own features."""
        x = torch.cat([known - 0.5, coarse, masked], dim=1)  # B x 7 x H x W
        skips = []
        for block in self.encoder:
            x = block(x)
            skips.append(x)
        x = _replace(skips.pop(), self.latent_map(w), keep)
        pooled = self.to_global(x).mean(dim=(2, 3))  # B x C
        style = torch.cat([w, self.global_style(pooled)], dim=1)
        x = self.start_styled(self.start(x) + x, style)
        picture = self.start_rgb(x, style, None)
        for block in self.decoder:
            x, picture = block(x, skips.pop(), picture, style)
        return picture


def _replace(x: Tensor, latent: Tensor, keep: Tensor) -> Tensor:
    """Put a map Bx256 of the random vector, as 16x16, into the places that `keep` leaves."""
    added = latent.view(-1, 1, _BOTTOM, _BOTTOM).to(x.dtype)
    return torch.where(keep, x, added)


@MODELS.register("mat")
class MAT(OneSizeInpainter):
    """Mask-aware transformer, then a styled convolutional refinement.

    Args:
        resolution: the only height and width it takes, a power of two from 128; 512 is released
            (62 M parameters).
        width: the most channels of the second stage; the paper's is 512. Layers at side s have
            64 * width / s channels, at most `width`.
        channels: of the first stage, a multiple of 6; the paper's is 180.
        latent: length of the random vector; the paper's is 512.
        truncation: 1 for the full variety, less to draw results towards the mean one.
    """

    traits = Traits(
        title="MAT",
        family="transformer",
        paper="Li et al. 2022, MAT: Mask-Aware Transformer for Large Hole Image Inpainting",
        paper_url="https://arxiv.org/abs/2203.15270",
        multiple=512,
        stochastic=True,
        stages=("coarse",),
        maps=("known tokens by layer",),
        oversize="crop",
    )

    def __init__(
        self,
        resolution: int = 512,
        *,
        width: int = 512,
        channels: int = 180,
        latent: int = 512,
        truncation: float = 1.0,
    ) -> None:
        super().__init__()
        if resolution < 2 * _TOKENS or resolution & (resolution - 1):
            raise ModelError(f"expected a resolution of 128, 256, 512, ..., got {resolution}")
        if channels % _HEADS:
            raise ModelError(f"expected channels to be a multiple of {_HEADS}, got {channels}")
        self.resolution, self.truncation = resolution, truncation
        self.latent, self.channels = latent, channels
        self.mapping = _Mapping(latent)
        self.first = _FirstStage(resolution, channels, latent)
        self.second = _SecondStage(resolution, width, latent)

    def complete(
        self,
        image: Tensor,
        hole: Tensor,
        *,
        sketch: Tensor | None = None,
        generator: torch.Generator | None = None,
        explain: bool = False,
    ) -> Completion:
        """See `Inpainter.complete`; H and W must be `side`.

        The stage is `coarse`. Outside training the pictures of a batch share their randomness, so
        that each result is a matter of picture and seed alone; without a generator, PyTorch's own
        is used. Maps are `known_<layer>` (Bx1xhxw, 1 = token known), layer by layer.

        Raises:
            ImageError: the picture has another size.
        """
        maps: dict[str, Tensor] = {}
        hooks = self._record_masks(maps) if explain else []
        try:
            coarse, refined = self.network(image, hole, generator=generator)
        finally:
            for hook in hooks:
                hook.remove()
        pictures = [(x.float() + 1.0) / 2.0 for x in (coarse, refined)]
        if not self.training:
            pictures = [picture.clamp(0.0, 1.0) for picture in pictures]
        return Completion(image=pictures[1], stages={"coarse": pictures[0]}, maps=maps)

    def network(
        self, image: Tensor, hole: Tensor, *, generator: torch.Generator | None = None
    ) -> tuple[Tensor, Tensor]:
        """Give coarse and refined, Bx3xHxW, about [-1,1], both with the known pixels put in.

        Raises:
            ImageError: the picture has another size than `side`.
        """
        if tuple(image.shape[2:]) != (self.side, self.side):
            raise ImageError(
                f"expected a picture of {self.side}x{self.side}, got "
                f"{image.shape[2]}x{image.shape[3]}: resize it, or call `inpaint_bench.inpaint`"
            )
        batch, device = image.shape[0], image.device
        draws = batch if self.training else 1
        z = torch.randn(draws, self.latent, generator=generator).to(device)
        keeps = [
            (torch.rand(draws, count, _BOTTOM, _BOTTOM, generator=generator) < 0.5).to(device)
            for count in (self.channels, self.second.start.weight.shape[1])
        ]
        w = self.mapping(z, self.truncation).expand(batch, -1)
        known = 1.0 - hole
        masked = (image * 2.0 - 1.0) * known
        coarse = self.first(masked, known, w, keeps[0]) * hole + masked
        refined = self.second(coarse, masked, known, w, keeps[1]) * hole + masked
        return coarse, refined

    def _record_masks(self, into: dict[str, Tensor]) -> list:
        """Make each layer of the first stage file the mask it passes on, where there is one."""

        def record(name: str):
            def hook(module: nn.Module, inputs: tuple, output: tuple[Tensor, Tensor | None]):
                known = output[1]
                if known is not None:
                    last = known.shape[-1] == 1  # tokens come as B x h x w x 1
                    into[f"known_{name}"] = known.permute(0, 3, 1, 2) if last else known

            return hook

        layers = [("stem", self.first.stem)]
        layers += [(f"down_{i}", layer) for i, layer in enumerate(self.first.down, 1)]
        for i, stage in enumerate(self.first.stages, 1):
            if stage.resample is not None:
                layers.append((f"stage_{i}_resampled", stage.resample))
            layers += [(f"stage_{i}_block_{j}", block) for j, block in enumerate(stage.blocks, 1)]
            layers.append((f"stage_{i}_conv", stage.conv))
        return [layer.register_forward_hook(record(name)) for name, layer in layers]
