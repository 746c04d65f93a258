"""MI-GAN: a small StyleGAN-like network of separable convolutions, for one size of picture.

Sargsyan et al., MI-GAN: A Simple Baseline for Image Inpainting on Mobile Devices, ICCV 2023.
This is the network as released for inference: reparametrised weights are already merged, the
noise is constant. The encoder goes down to 4x4, the synthesis comes back up and sums pictures of
all sizes.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from inpaint_bench.errors import ImageError, ModelError
from inpaint_bench.layers.equalised import scaled_leaky_relu
from inpaint_bench.layers.low_pass import double, halve
from inpaint_bench.models._base import MODELS, OneSizeInpainter
from inpaint_bench.types import Completion, Traits

__all__ = ["MIGAN"]

_LIMIT = 256.0


def _activate(x: Tensor) -> Tensor:
    return scaled_leaky_relu(x).clamp(-_LIMIT, _LIMIT)


class _Separable(nn.Module):
    """A 3x3 convolution in each channel, then a 1x1 convolution across, which may resample.

    Args:
        in_channels, out_channels: of the whole.
        down, up: halve or double H and W around the 1x1 convolution.
        noise_side: height and width of the output where constant noise is added, else 0.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        *,
        down: bool = False,
        up: bool = False,
        noise_side: int = 0,
    ) -> None:
        super().__init__()
        self.depthwise = nn.Conv2d(in_channels, in_channels, 3, padding=1, groups=in_channels)
        self.pointwise = nn.Conv2d(in_channels, out_channels, 1, bias=False)
        self.down, self.up = down, up
        self.noise_strength: Tensor | None = None
        if noise_side:
            self.register_buffer("noise_const", torch.randn(noise_side, noise_side))
            self.noise_strength = nn.Parameter(torch.zeros(()))

    def forward(self, x: Tensor) -> Tensor:
        """Map BxCxHxW to BxC'xH'xW'."""
        x = _activate(self.depthwise(x))
        x = self.pointwise(halve(x) if self.down else x)
        x = double(x) if self.up else x
        if self.noise_strength is not None:
            x = x + (self.noise_const * self.noise_strength).to(x.dtype)
        return _activate(x)


class _Encoding(nn.Module):
    """Two separable convolutions, the second halves; the first one's result is kept as skip."""

    def __init__(self, in_channels: int, out_channels: int, *, down: bool) -> None:
        super().__init__()
        self.first = _Separable(in_channels, in_channels)
        self.second = _Separable(in_channels, out_channels, down=down)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        skip = self.first(x)
        return self.second(skip), skip


class _Synthesis(nn.Module):
    """Two separable convolutions with the skip between, and a picture at this size."""

    def __init__(self, in_channels: int, out_channels: int, side: int, *, up: bool) -> None:
        super().__init__()
        noise = side if up else 0
        self.first = _Separable(in_channels, out_channels, up=up, noise_side=noise)
        self.second = _Separable(out_channels, out_channels, noise_side=noise)
        self.to_rgb = nn.Conv2d(out_channels, 3, 1)

    def forward(self, x: Tensor, skip: Tensor, picture: Tensor | None) -> tuple[Tensor, Tensor]:
        x = self.second(self.first(x) + skip)
        new = self.to_rgb(x)
        return x, new if picture is None else double(picture) + new


@MODELS.register("mi_gan")
class MIGAN(OneSizeInpainter):
    """Encoder to 4x4 and synthesis back, with skips at every size.

    Args:
        resolution: the only height and width it takes, a power of two from 8; 256 (5.9 M
            parameters) and 512 are released.
        width: the most channels of a layer; the paper's is 512. Layers at side s have
            64 * width / s channels, at most `width`.
    """

    traits = Traits(
        title="MI-GAN",
        family="generative prior",
        paper="Sargsyan et al. 2023, MI-GAN: A Simple Baseline for Image Inpainting on Mobile "
        "Devices",
        paper_url="https://openaccess.thecvf.com/content/ICCV2023/html/"
        "Sargsyan_MI-GAN_A_Simple_Baseline_for_Image_Inpainting_on_Mobile_Devices_ICCV_2023_paper"
        ".html",
        multiple=256,
        oversize="crop",
    )

    def __init__(self, resolution: int = 256, width: int = 512) -> None:
        super().__init__()
        if resolution < 8 or resolution & (resolution - 1):
            raise ModelError(f"expected a resolution of 8, 16, 32, ..., got {resolution}")
        self.resolution = resolution
        sides = [2**i for i in range(2, resolution.bit_length())]  # 4, 8, .., resolution
        channels = {side: max(min(64 * width // side, width), 1) for side in sides}
        self.from_rgb = nn.Conv2d(4, channels[resolution], 1)
        self.encoder = nn.ModuleList(
            _Encoding(channels[side], channels[max(side // 2, 4)], down=side > 4)
            for side in reversed(sides)
        )
        self.synthesis = nn.ModuleList(
            _Synthesis(channels[max(side // 2, 4)], channels[side], side, up=side > 4)
            for side in sides
        )
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                _normalise(module)

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

        Raises:
            ImageError: the picture has another size.
        """
        output = (self.network(image, hole).float() + 1.0) / 2.0
        return Completion(image=output if self.training else output.clamp(0.0, 1.0))

    def network(self, image: Tensor, hole: Tensor) -> Tensor:
        """Give Bx3xHxW, about [-1,1].

        Raises:
            ImageError: the picture has another size than `side`.
        """
        if tuple(image.shape[2:]) != (self.side, self.side):
            raise ImageError(
                f"expected a picture of {self.side}x{self.side}, got "
                f"{image.shape[2]}x{image.shape[3]}: resize it, or call `inpaint_bench.inpaint`"
            )
        known = 1.0 - hole
        x = torch.cat([known - 0.5, (image * 2.0 - 1.0) * known], dim=1)  # B x 4 x H x W
        x = _activate(self.from_rgb(x))
        skips = []
        for block in self.encoder:
            x, skip = block(x)
            skips.append(skip)
        picture = None
        for block in self.synthesis:
            x, picture = block(x, skips.pop(), picture)
        return picture


def _normalise(conv: nn.Conv2d) -> None:
    """Draw filters of norm 1, as the released ones are."""
    nn.init.normal_(conv.weight)
    with torch.no_grad():
        norm = torch.linalg.vector_norm(conv.weight, dim=(1, 2, 3), keepdim=True)
        conv.weight /= norm
    if conv.bias is not None:
        nn.init.zeros_(conv.bias)
