"""CoModGAN: a StyleGAN 2 whose styles come from a random vector and from the picture together.

Zhao et al., Large Scale Image Completion via Co-Modulated Generative Adversarial Networks, ICLR
2021. The encoder goes down to 4x4 and to one vector of the whole picture; the synthesis comes
back up, with skips, and sums pictures of all sizes. The random vector, the noise of every layer
and half of the vector's entries are drawn anew for each seed.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from inpaint_bench.errors import ImageError, ModelError
from inpaint_bench.layers.equalised import EqualConv2d, EqualLinear, scaled_leaky_relu
from inpaint_bench.layers.modulated_conv import ModulatedConv2d, ToRGB
from inpaint_bench.models._base import MODELS, OneSizeInpainter
from inpaint_bench.types import Completion, Traits

__all__ = ["CoModGAN"]

_BOTTOM = 4  # side of the smallest feature map
_KEPT = 0.5  # share of the picture's vector that survives a pass
_LEAST_POWER = 1e-8

_Draw = Callable[..., Tensor]  # gives normal numbers of a shape, for a batch of one or more


class _Styled(nn.Module):
    """A modulated 3x3 convolution, fresh noise, bias and activation."""

    def __init__(self, in_channels: int, out_channels: int, style: int, *, up: bool) -> None:
        super().__init__()
        self.conv = ModulatedConv2d(in_channels, out_channels, 3, style, up=up)
        self.noise_strength = nn.Parameter(torch.zeros(()))
        self.bias = nn.Parameter(torch.zeros(out_channels))

    def forward(self, x: Tensor, style: Tensor, draw: _Draw) -> Tensor:
        x = self.conv(x, style)
        x = x + (draw(1, *x.shape[2:]) * self.noise_strength).to(x.dtype)
        return scaled_leaky_relu(x + self.bias.view(1, -1, 1, 1).to(x.dtype))


class _Encoder(nn.Module):
    """Two convolutions a size, the second halves; at 4x4, one vector of the whole."""

    def __init__(self, channels: dict[int, int], width: int) -> None:
        super().__init__()
        sides = sorted(channels, reverse=True)
        self.stem = EqualConv2d(4, channels[sides[0]], 1)
        self.keep = nn.ModuleList(EqualConv2d(channels[s], channels[s]) for s in sides)
        self.down = nn.ModuleList(
            EqualConv2d(channels[s], channels[s // 2], down=True) for s in sides[:-1]
        )
        self.whole = EqualLinear(channels[_BOTTOM] * _BOTTOM**2, 2 * width, activate=True)

    def forward(self, x: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Give Bx2W, and the features of every size from the largest to 4x4."""
        x, skips = self.stem(x), []
        for i, layer in enumerate(self.keep):
            x = layer(x)
            skips.append(x)
            if i < len(self.down):
                x = self.down[i](x)
        return self.whole(x.flatten(1)), skips


class _Block(nn.Module):
    """Two styled convolutions with the skip between, the first doubles; and a picture."""

    def __init__(self, in_channels: int, out_channels: int, style: int) -> None:
        super().__init__()
        self.first = _Styled(in_channels, out_channels, style, up=True)
        self.second = _Styled(out_channels, out_channels, style, up=False)
        self.to_rgb = ToRGB(out_channels, style)

    def forward(
        self, x: Tensor, skip: Tensor, picture: Tensor, style: Tensor, draw: _Draw
    ) -> tuple[Tensor, Tensor]:
        x = self.first(x, style, draw) + skip
        x = self.second(x, style, draw)
        return x, self.to_rgb(x, style, picture)


@MODELS.register("co_mod_gan")
class CoModGAN(OneSizeInpainter):
    """Encoder to 4x4, co-modulated synthesis with skips at every size.

    Args:
        resolution: the only height and width it takes, a power of two from 8; 512 and 1024 are
            released (109 M parameters at 512).
        width: the most channels; the paper's is 512. Layers at side s have 64 * width / s
            channels, at most `width`.
        latent: length of the random vector; the paper's is 512.
        dropout: drop half of the picture's vector in every pass, as the authors' program does
            when it completes pictures too. Without, only in training, as conversions of it do.
    """

    traits = Traits(
        title="CoModGAN",
        family="modulated GAN",
        paper="Zhao et al. 2021, Large Scale Image Completion via Co-Modulated Generative "
        "Adversarial Networks",
        paper_url="https://arxiv.org/abs/2103.10428",
        multiple=512,
        stochastic=True,
        oversize="crop",
    )

    def __init__(
        self,
        resolution: int = 512,
        *,
        width: int = 512,
        latent: int = 512,
        dropout: bool = True,
    ) -> None:
        super().__init__()
        if resolution < 2 * _BOTTOM or resolution & (resolution - 1):
            raise ModelError(f"expected a resolution of 8, 16, 32, ..., got {resolution}")
        self.resolution, self.latent, self.dropout = resolution, latent, dropout
        sides = [2**i for i in range(2, resolution.bit_length())]  # 4, 8, .., resolution
        channels = {side: max(min(64 * width // side, width), 1) for side in sides}
        self.mapping = nn.Sequential(
            *(EqualLinear(latent, latent, activate=True, rate=0.01) for _ in range(8))
        )
        self.encoder = _Encoder(channels, width)
        bottom, style = channels[_BOTTOM], latent + 2 * width
        self.start = EqualLinear(2 * width, bottom * _BOTTOM**2, activate=True)
        self.start_styled = _Styled(bottom, bottom, style, up=False)
        self.start_rgb = ToRGB(bottom, style)
        self.blocks = nn.ModuleList(
            _Block(channels[side // 2], channels[side], style) for side in sides[1:]
        )

    def complete(
        self,
        image: Tensor,
        hole: Tensor,
        *,
        sketch: Tensor | None = None,
        generator: torch.Generator | None = None,
        explain: bool = False,
    ) -> Completion:
        """See `Inpainter.complete`; H and W must be `side`; no stages, no maps.

        Outside training the pictures of a batch share their randomness, so that each result is a
        matter of picture and seed alone; without a generator, PyTorch's own is used.

        Raises:
            ImageError: the picture has another size.
        """
        picture = (self.network(image, hole, generator=generator).float() + 1.0) / 2.0
        return Completion(image=picture if self.training else picture.clamp(0.0, 1.0))

    def network(
        self, image: Tensor, hole: Tensor, *, generator: torch.Generator | None = None
    ) -> Tensor:
        """Give Bx3xHxW, about [-1,1], with the known pixels put in.

        Raises:
            ImageError: the picture has another size than `side`.
        """
        if tuple(image.shape[2:]) != (self.side, self.side):
            raise ImageError(
                f"expected a picture of {self.side}x{self.side}, got "
                f"{image.shape[2]}x{image.shape[3]}: resize it, or call `inpaint_bench.inpaint`"
            )
        draws = image.shape[0] if self.training else 1

        def draw(*shape: int) -> Tensor:
            return torch.randn(draws, *shape, generator=generator).to(image.device)

        w = self._styles(draw(self.latent)).expand(image.shape[0], -1)
        known = 1.0 - hole
        masked = (image * 2.0 - 1.0) * known
        whole, skips = self.encoder(torch.cat([known - 0.5, masked], dim=1))
        if self.dropout or self.training:
            kept = torch.rand(draws, whole.shape[1], generator=generator) < _KEPT
            whole = whole * kept.to(whole) / _KEPT
        return self._synthesise(whole, skips, w, draw) * hole + masked

    def _styles(self, z: Tensor) -> Tensor:
        """Map random vectors, BxL, to style vectors."""
        with torch.autocast(z.device.type, enabled=False):
            return self.mapping(z * (z.square().mean(dim=1, keepdim=True) + _LEAST_POWER).rsqrt())

    def _synthesise(self, whole: Tensor, skips: list[Tensor], w: Tensor, draw: _Draw) -> Tensor:
        """Give Bx3xHxW from the picture's vector, its features and the style."""
        style = torch.cat([w.to(whole.dtype), whole], dim=1)  # B x (L + 2W)
        skips = skips[::-1]  # from 4x4 to the largest
        x = self.start(whole).unflatten(1, (-1, _BOTTOM, _BOTTOM)) + skips[0]
        x = self.start_styled(x, style, draw)
        picture = self.start_rgb(x, style, None)
        for block, skip in zip(self.blocks, skips[1:], strict=True):
            x, picture = block(x, skip, picture, style, draw)
        return picture
