"""Frequency separation: a low-pass and a high-pass filter of pictures."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

__all__ = ["high_pass", "low_pass"]


def low_pass(image: Tensor) -> Tensor:
    """Return the mean of 5x5 pixels, BxCxHxW to BxCx(H-4)x(W-4).

    Reference:
        Baik, Image Inpainting, section 3.3 and appendix B.5.
    """
    return F.avg_pool2d(image, 5, stride=1)


def high_pass(image: Tensor) -> Tensor:
    """Return 9 times a pixel less its 8 neighbours, BxCxHxW to the same; zeros outside.

    In the precision of the picture, also where others are computed in half: what is left of so
    large a sum would be rounding.

    Reference:
        Baik, Image Inpainting, section 3.3 and appendix B.5.
    """
    channels = image.shape[1]
    kernel = torch.full((channels, 1, 3, 3), -1.0, dtype=image.dtype, device=image.device)
    kernel[:, :, 1, 1] = 9.0
    with torch.autocast(image.device.type, enabled=False):
        return F.conv2d(image, kernel, padding=1, groups=channels)
