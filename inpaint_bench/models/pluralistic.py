"""Pluralistic: several plausible results, drawn from a distribution that the known part gives.

Zheng et al., Pluralistic Image Completion, CVPR 2019. An encoder sees the known part and gives
the mean and deviation of a latent grid; each draw from it, added to the encoder's features, is
decoded into another result at four scales, with attention that carries known features into the
hole. The released code's path: it encodes the known part alone at test time (`complete`), and
in training also the hidden part, from whose distribution a second path must rebuild the
photograph (`network_training`). As there, attention stands at an eighth of the picture's size.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from inpaint_bench.layers.instance_norm import InstanceNorm2d
from inpaint_bench.layers.preactivated import FirstBlock, PreactivatedBlock
from inpaint_bench.layers.reflection import reflect_pad
from inpaint_bench.layers.short_long_attention import ShortLongAttention
from inpaint_bench.layers.spectral_norm import add_spectral_norm
from inpaint_bench.models._base import MODELS, LearnedInpainter
from inpaint_bench.types import Completion, Traits

__all__ = [
    "Gaussian",
    "Pluralistic",
    "PluralisticEncoder",
    "PluralisticGenerator",
    "TwoPaths",
    "picture_pyramid",
]

_LAYERS = 5  # halvings of the encoder
_CONTEXT = 2  # whose features attention carries: the encoder's at H/8
_ATTENTION = 1  # after which layer of the decoder attention stands, also at H/8
_TOP_PLACES = 5


@dataclass(frozen=True, eq=False)
class Gaussian:
    """A normal distribution for every value of a latent grid, Bx latent x H/32 x W/32."""

    mean: Tensor
    deviation: Tensor

    def at(self, noise: Tensor) -> Tensor:
        """Return the draw that standard normal `noise` stands for, with gradients."""
        return self.mean + self.deviation * noise


@dataclass(frozen=True, eq=False)
class TwoPaths:
    """What a training compares (equations 4 to 6 of the paper).

    Attributes:
        rebuilt: pictures of the reconstructive path, which was shown the hidden part; one a
            scale, the smallest first, Bx3xhxw in [-1,1].
        drawn: pictures of the generative path, likewise.
        posterior: latent distribution given the hidden part.
        prior: latent distribution given the known part.
        assumed_deviation: Bx1x1x1, of the zero-mean distribution that the posterior is pulled
            to: the larger the hole, the closer to 1.
    """

    rebuilt: tuple[Tensor, ...]
    drawn: tuple[Tensor, ...]
    posterior: Gaussian
    prior: Gaussian
    assumed_deviation: Tensor


def _channels(width: int, widest: int) -> list[int]:
    """Channels after each halving: 32 64 128 128 128 for the paper's 32 and 128."""
    return [min(width * 2**i, widest) for i in range(_LAYERS)]


class PluralisticEncoder(nn.Module):
    """Features of the known part, and latent distributions of what may be in the hole.

    Args:
        width: channels of the first layer.
        widest: most channels of any layer.
        latent: channels of the latent grid.
        refinements: blocks between the features and the prior.
    """

    def __init__(
        self, width: int = 32, *, widest: int = 128, latent: int = 128, refinements: int = 6
    ) -> None:
        super().__init__()
        c = _channels(width, widest)
        self.first = FirstBlock(3, c[0])
        self.down = nn.ModuleList(
            PreactivatedBlock(c[i], c[i + 1], c[i], halve=True) for i in range(_LAYERS - 1)
        )
        self.infer = nn.Sequential(
            *(PreactivatedBlock(c[-1], c[-1], c[-1]) for _ in range(refinements))
        )
        self.prior = PreactivatedBlock(c[-1], 2 * latent, c[-1])
        self.posterior = PreactivatedBlock(c[-1], 2 * latent, c[-1])

    def forward(self, x: Tensor) -> list[Tensor]:
        """Map Bx3xHxW in [-1,1] to features at H/2, H/4, ... H/32."""
        features = [self.first(x)]
        for block in self.down:
            features.append(block(features[-1]))
        return features

    def prior_of(self, deepest: Tensor) -> Gaussian:
        """Give the distribution that the known part's deepest features stand for."""
        return _gaussian(self.prior(self.infer(deepest)))

    def posterior_of(self, deepest: Tensor) -> Gaussian:
        """Give the distribution that the hidden part's deepest features stand for."""
        return _gaussian(self.posterior(deepest))


def _gaussian(x: Tensor) -> Gaussian:
    mean, deviation = x.float().chunk(2, dim=1)
    return Gaussian(mean, F.softplus(deviation))


class _Up(nn.Module):
    """Normalise, activate and convolve twice, the second time transposed to twice H and W."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.norm1 = InstanceNorm2d(in_channels, affine=True)
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, padding=1)
        self.norm2 = InstanceNorm2d(out_channels, affine=True)
        double = {"kernel_size": 3, "stride": 2, "padding": 1, "output_padding": 1}
        self.conv2 = nn.ConvTranspose2d(out_channels, out_channels, **double)
        self.bypass = nn.ConvTranspose2d(in_channels, out_channels, **double)

    def forward(self, x: Tensor) -> Tensor:
        inner = self.conv1(F.leaky_relu(self.norm1(x), 0.1))
        return self.conv2(F.leaky_relu(self.norm2(inner), 0.1)) + self.bypass(x)


class PluralisticGenerator(nn.Module):
    """Pictures at several scales from a latent grid and the encoder's features.

    Args:
        width, widest, latent: as in `PluralisticEncoder`.
        scales: pictures; the last has the full size, each one before it half of the next.
        refinements: blocks after the first one of the latent grid; the released nets have none.
    """

    def __init__(
        self,
        width: int = 32,
        *,
        widest: int = 128,
        latent: int = 128,
        scales: int = 4,
        refinements: int = 0,
    ) -> None:
        super().__init__()
        c = _channels(width, widest)[::-1]  # 128 128 128 64 32
        self.lift = nn.Sequential(
            PreactivatedBlock(latent, c[0], c[0]),
            *(PreactivatedBlock(c[0], c[0], c[0]) for _ in range(refinements)),
        )
        self.start = _LAYERS - scales  # the first layer with a picture
        self.decoder = nn.ModuleList(
            _Up(c[max(i - 1, 0)] + 3 * (i > self.start), c[i]) for i in range(_LAYERS)
        )
        self.heads = nn.ModuleList(nn.Conv2d(c[i], 3, 3) for i in range(self.start, _LAYERS))
        self.attention = ShortLongAttention(c[_ATTENTION])
        self.mix = PreactivatedBlock(2 * c[_ATTENTION], c[_ATTENTION], c[_ATTENTION], slope=0.01)

    def forward(
        self, latent: Tensor, deepest: Tensor, context: Tensor, known: Tensor
    ) -> tuple[Tensor, ...]:
        """Decode a latent grid.

        Args:
            latent: B x latent x H/32 x W/32.
            deepest: the encoder's features at H/32.
            context: the encoder's features at H/8.
            known: Bx1x(H/8)x(W/8) in [0,1], 1 = known.

        Returns:
            Pictures in [-1,1], the smallest first.
        """
        x = deepest + self.lift(latent)
        pictures: list[Tensor] = []
        for i, layer in enumerate(self.decoder):
            x = layer(x)
            if i == _ATTENTION:
                x = self.mix(self.attention(x, context, known))
            if i >= self.start:
                head = self.heads[i - self.start]
                pictures.append(torch.tanh(head(reflect_pad(F.leaky_relu(x, 0.1), 1))))
                if i < _LAYERS - 1:
                    x = torch.cat([x, pictures[-1]], dim=1)  # B x (C + 3) x h x w
        return tuple(pictures)


@MODELS.register("pluralistic")
class Pluralistic(LearnedInpainter):
    """Encoder, latent distribution and decoder; another seed gives another result.

    Args:
        width: channels of the first layer; the paper's is 32.
        latent: channels of the latent grid; the paper's are 128.
        spectral_norm: train with spectral normalisation of every convolution but the one of
            attention, as the paper does. Released weights have it folded in: False for them.
    """

    traits = Traits(
        title="Pluralistic",
        family="variational",
        paper="Zheng et al. 2019, Pluralistic Image Completion",
        paper_url="https://arxiv.org/abs/1903.04227",
        multiple=2**_LAYERS,
        stochastic=True,
        stages=("eighth", "quarter", "half"),
        maps=("attention: the known places that each place attends to most",),
    )

    def __init__(self, width: int = 32, *, latent: int = 128, spectral_norm: bool = False) -> None:
        super().__init__()
        self.encoder = PluralisticEncoder(width, widest=4 * width, latent=latent)
        self.generator = PluralisticGenerator(width, widest=4 * width, latent=latent)
        if spectral_norm:
            g = self.generator
            for part in (self.encoder, g.lift, g.decoder, g.heads, g.mix):
                add_spectral_norm(part, transposed_dim=0)

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

        Out of training all pictures of a batch get the same noise, so that a picture's result
        is a matter of its seed alone. Without a generator, PyTorch's own gives the noise. The
        stages `eighth`, `quarter` and `half` are the smaller pictures at full size. Maps, at
        H/8 x W/8, are `attention` (Bx5xhxw, known places counted row by row) and
        `attention_weight` (Bx5xhxw, falling).
        """
        features = self.encoder(_hide(image, hole))
        prior = self.encoder.prior_of(features[-1])
        latent = prior.at(_noise(prior.mean, generator, shared=not self.training))
        maps: dict[str, Tensor] = {}
        hooks = [_record(self.generator.attention, maps)] if explain else []
        try:
            pictures = self._decode(latent, features, hole)
        finally:
            for hook in hooks:
                hook.remove()
        *smaller, full = ((picture.float() + 1.0) / 2.0 for picture in pictures)
        sizes = zip(self.traits.stages, smaller, strict=True)
        stages = {name: F.interpolate(x, size=image.shape[2:]) for name, x in sizes}
        return Completion(image=full, stages=stages, maps=maps)

    def network(self, image: Tensor, hole: Tensor, noise: Tensor) -> tuple[Tensor, ...]:
        """Give the pictures in [-1,1], smallest first, for noise of latent x H/32 x W/32."""
        features = self.encoder(_hide(image, hole))
        return self._decode(self.encoder.prior_of(features[-1]).at(noise), features, hole)

    def network_training(
        self, image: Tensor, hole: Tensor, *, generators: Sequence[torch.Generator] = ()
    ) -> TwoPaths:
        """Run both paths of a training on whole photographs.

        Args:
            image: Bx3xHxW in [0,1], with the truth under the hole; H and W multiples of 32.
            hole: Bx1xHxW, 1 = missing.
            generators: sources of the noise of both paths, one a picture, on the CPU; PyTorch's
                own without any.

        Returns:
            Both paths' pictures and distributions. Losses compare pictures with
            `picture_pyramid(2 * image - 1, len(paths.drawn))`.
        """
        count = len(image)
        parts = torch.cat([_hide(image, hole), _hide(image, 1.0 - hole)])  # 2B x 3 x H x W
        features = self.encoder(parts)
        seen = [feature[:count] for feature in features]
        prior = self.encoder.prior_of(seen[-1])
        posterior = self.encoder.posterior_of(features[-1][count:])
        latents = [path.at(_noise_each(path.mean, generators)) for path in (posterior, prior)]
        twice = [torch.cat([feature, feature]) for feature in seen]
        pictures = self._decode(torch.cat(latents), twice, torch.cat([hole, hole]))
        known_share = 1.0 - hole.mean(dim=(1, 2, 3), keepdim=True) - 1e-5
        return TwoPaths(
            rebuilt=tuple(picture[:count] for picture in pictures),
            drawn=tuple(picture[count:] for picture in pictures),
            posterior=posterior,
            prior=prior,
            assumed_deviation=torch.sigmoid((0.8 - known_share) * 8.0),
        )

    def _decode(self, latent: Tensor, features: list[Tensor], hole: Tensor) -> tuple[Tensor, ...]:
        context = features[_CONTEXT]
        known = F.interpolate(
            1.0 - hole, size=context.shape[2:], mode="bilinear", align_corners=True
        )
        return self.generator(latent, features[-1], context, known)


def picture_pyramid(image: Tensor, scales: int) -> tuple[Tensor, ...]:
    """Return BxCxHxW at H / 2^(scales - 1), ..., H/2, H: what the pictures are compared with.

    Bilinear between the centres of the corner pixels, as in the released code.
    """
    height, width = image.shape[2:]
    sizes = [(height // 2**i, width // 2**i) for i in range(1, scales)]
    smaller = [F.interpolate(image, size=s, mode="bilinear", align_corners=True) for s in sizes]
    return (*reversed(smaller), image)


def _hide(image: Tensor, hole: Tensor) -> Tensor:
    """Bring [0,1] to [-1,1], and what is missing to 0."""
    return (image * 2.0 - 1.0) * (1.0 - hole)


def _noise(like: Tensor, generator: torch.Generator | None, *, shared: bool = False) -> Tensor:
    """Draw standard normal noise of the shape of `like`, or one grid for the whole batch."""
    shape = (1, *like.shape[1:]) if shared else like.shape
    return torch.randn(shape, generator=generator).to(like.device)


def _noise_each(like: Tensor, generators: Sequence[torch.Generator]) -> Tensor:
    """Draw standard normal noise of the shape of `like`, each picture's from its own generator."""
    if not generators:
        return torch.randn_like(like)
    noise = [torch.randn(like.shape[1:], generator=generator) for generator in generators]
    return torch.stack(noise).to(like.device)


def _record(attention: ShortLongAttention, into: dict[str, Tensor]):
    """Make attention file the places that it looked at most."""

    def hook(module: ShortLongAttention, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        x, _, known = inputs
        with torch.autocast(x.device.type, enabled=False):
            into["attention"], into["attention_weight"] = module.sources(x, known, _TOP_PLACES)

    return attention.register_forward_hook(hook)
