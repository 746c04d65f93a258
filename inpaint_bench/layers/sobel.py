"""Sobel edges of pictures."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

__all__ = ["sobel_edges"]

_VERTICAL = ((1.0, 2.0, 1.0), (0.0, 0.0, 0.0), (-1.0, -2.0, -1.0))
_HORIZONTAL = ((-1.0, 0.0, 1.0), (-2.0, 0.0, 2.0), (-1.0, 0.0, 1.0))


def sobel_edges(image: Tensor) -> Tensor:
    """Give the squared length of the Sobel gradient, channel by channel.

    Args:
        image: BxCxHxW; beyond its border are zeros, so a bright border counts as an edge.

    Returns:
        BxCxHxW, not negative.

    Reference:
        Baik, Image Inpainting, appendices B.1 and B.2.
    """
    kernel = torch.tensor((_VERTICAL, _HORIZONTAL), dtype=image.dtype, device=image.device)
    planes = image.reshape(-1, 1, *image.shape[2:])  # BC x 1 x H x W
    gradient = F.conv2d(planes, kernel.unsqueeze(1), padding=1)  # BC x 2 x H x W
    return gradient.square().sum(dim=1).view(image.shape)
