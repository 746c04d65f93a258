"""Fast Fourier convolution: part of the channels sees its neighbours, part the whole picture.

Owns the layer and its spectral branch; the network that is built of them is `models/lama.py`.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from inpaint_bench.layers.reflection import reflect_pad

__all__ = ["FourierConv2d", "FourierUnit", "SpectralTransform"]


class FourierUnit(nn.Module):
    """A 1x1 convolution in the frequency domain, so that each output sees every input.

    The transforms run in float32: half precision loses the small coefficients.

    Args:
        channels: of input and output.

    Reference:
        Chi et al., Fast Fourier Convolution, NeurIPS 2020, section 3.2.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(2 * channels, 2 * channels, 1, bias=False)
        self.norm = nn.BatchNorm2d(2 * channels)

    def forward(self, x: Tensor) -> Tensor:
        """Map BxCxHxW to the same."""
        with torch.autocast(x.device.type, enabled=False):
            spectrum = torch.fft.rfft2(x.float(), norm="ortho")  # B x C x H x (W/2+1), complex
            # Channels last, real and imaginary part of one channel are neighbours in memory.
            parts = torch.view_as_real(spectrum.permute(0, 2, 3, 1).contiguous())
            parts = parts.flatten(3).permute(0, 3, 1, 2)  # B x 2C x H x (W/2+1)
        parts = torch.relu(self.norm(self.conv(parts)))
        with torch.autocast(x.device.type, enabled=False):
            pairs = parts.float().permute(0, 2, 3, 1).unflatten(3, (-1, 2))  # B x H x W' x C x 2
            spectrum = torch.view_as_complex(pairs.contiguous()).permute(0, 3, 1, 2)
            return torch.fft.irfft2(spectrum, s=x.shape[2:], norm="ortho").to(x.dtype)


class SpectralTransform(nn.Module):
    """A Fourier unit at half the channels, with a residual around it.

    Reference:
        Chi et al., NeurIPS 2020, figure 2, without the local Fourier unit, as LaMa uses it.
    """

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        half = out_channels // 2
        self.reduce = nn.Conv2d(in_channels, half, 1, bias=False)
        self.norm = nn.BatchNorm2d(half)
        self.unit = FourierUnit(half)
        self.expand = nn.Conv2d(half, out_channels, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Map BxCxHxW to BxC'xHxW."""
        x = torch.relu(self.norm(self.reduce(x)))
        return self.expand(x + self.unit(x))


class FourierConv2d(nn.Module):
    """Convolutions between local and global channels, the global ones also by a spectral branch.

    Each part is padded once, for all convolutions that read it.

    Args:
        in_local, in_global: channels of the two parts of the input; global may be 0.
        out_local, out_global: of the output; global may be 0.
        kernel_size, stride: of the convolutions; the output keeps the size / stride. The
            spectral branch needs a stride of 1.

    Reference:
        Suvorov et al., Resolution-robust Large Mask Inpainting with Fourier Convolutions, WACV
        2022, section 2.1 and figure 2.
    """

    def __init__(
        self,
        in_local: int,
        in_global: int,
        out_local: int,
        out_global: int,
        kernel_size: int = 3,
        stride: int = 1,
    ) -> None:
        super().__init__()
        self.pad = (kernel_size - 1) // 2

        def conv(inputs: int, outputs: int) -> nn.Conv2d | None:
            if not (inputs and outputs):
                return None
            return nn.Conv2d(inputs, outputs, kernel_size, stride, bias=False)

        self.local_to_local = conv(in_local, out_local)
        self.local_to_global = conv(in_local, out_global)
        self.global_to_local = conv(in_global, out_local)
        both = in_global and out_global
        self.global_to_global = SpectralTransform(in_global, out_global) if both else None
        self.norm_local = nn.BatchNorm2d(out_local)
        self.norm_global = nn.BatchNorm2d(out_global) if out_global else None

    def forward(self, x: tuple[Tensor, Tensor | None]) -> tuple[Tensor, Tensor | None]:
        """Map BxCxHxW local and global features to BxC'xH'xW' ones, normalised and rectified."""
        local, distant = x
        padded = reflect_pad(local, self.pad)
        new_local = self.local_to_local(padded)
        if self.global_to_local is not None:
            new_local = new_local + self.global_to_local(reflect_pad(distant, self.pad))
        new_local = torch.relu(self.norm_local(new_local))
        if self.local_to_global is None:
            return new_local, None
        new_distant = self.local_to_global(padded)
        if self.global_to_global is not None:
            new_distant = new_distant + self.global_to_global(distant)
        return new_local, torch.relu(self.norm_global(new_distant))
