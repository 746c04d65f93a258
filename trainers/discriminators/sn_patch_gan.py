"""SN-PatchGAN: a spectrally normalised critic that scores every patch.

Yu et al., Free-Form Image Inpainting with Gated Convolution, ICCV 2019, section 3.2.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

__all__ = ["SNPatchGAN"]


class SNPatchGAN(nn.Module):
    """Six 5x5 convolutions of stride 2 over the image and its hole.

    Args:
        width: channels of the first layer (the paper's is 64); the widest have 4 times it.
    """

    def __init__(self, width: int = 64) -> None:
        super().__init__()
        channels = [4, width, 2 * width, 4 * width, 4 * width, 4 * width, 4 * width]
        layers: list[nn.Module] = []
        for before, after in zip(channels, channels[1:], strict=False):
            conv = nn.Conv2d(before, after, 5, stride=2, padding=2)
            layers += [spectral_norm(conv), nn.LeakyReLU(0.2)]
        self.layers = nn.Sequential(*layers)

    def forward(self, image: Tensor, hole: Tensor) -> Tensor:
        """Score images.

        Args:
            image: Bx3xHxW in [-1,1].
            hole: Bx1xHxW, 1 = missing.

        Returns:
            BxCxH/64xW/64, one score for each channel and place.
        """
        return self.layers(torch.cat([image, hole], dim=1))  # B x 4 x H x W
