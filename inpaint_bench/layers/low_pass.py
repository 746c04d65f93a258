"""Halving and doubling of features behind the low-pass filter [1, 3, 3, 1] of StyleGAN 2.

MI-GAN and MAT use it. The filter is constant, so it is no part of a state dict.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

__all__ = ["blur", "double", "halve"]

_TAPS = (1.0, 3.0, 3.0, 1.0)


def halve(x: Tensor) -> Tensor:
    """Filter and keep every second pixel: BxCxHxW to BxCxH/2xW/2, zero outside the picture."""
    return F.conv2d(x, _kernel(x), stride=2, padding=1, groups=x.shape[1])


def double(x: Tensor) -> Tensor:
    """Put zeros between the pixels and filter, keeping the mean: BxCxHxW to BxCx2Hx2W.

    Between the pixels the filter does what bilinear doubling does, which is faster; a border of
    zeros gives the same at the edge too.
    """
    padded = F.pad(x, (1, 1, 1, 1))
    doubled = F.interpolate(padded, scale_factor=2, mode="bilinear", align_corners=False)
    return doubled[:, :, 2:-2, 2:-2]


def blur(x: Tensor, pad: int, gain: float = 1.0) -> Tensor:
    """Pad by `pad` zeros on each side, filter: BxCxHxW to BxCx(H+2 pad-3)x(W+2 pad-3)."""
    return F.conv2d(x, _kernel(x) * gain, padding=pad, groups=x.shape[1])


def _kernel(x: Tensor) -> Tensor:
    """Return the filter, Cx1x4x4, of sum 1."""
    taps = torch.tensor(_TAPS, dtype=x.dtype, device=x.device) / sum(_TAPS)
    return torch.outer(taps, taps).expand(x.shape[1], 1, 4, 4)
