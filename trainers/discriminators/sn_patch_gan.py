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
        planes: what is judged besides the image: the hole, and a sketch where there is one.
    """

    def __init__(self, width: int = 64, planes: int = 1) -> None:
        super().__init__()
        channels = [3 + planes, width, 2 * width, 4 * width, 4 * width, 4 * width, 4 * width]
        layers: list[nn.Module] = []
        for before, after in zip(channels, channels[1:], strict=False):
            conv = nn.Conv2d(before, after, 5, stride=2, padding=2)
            layers += [spectral_norm(conv), nn.LeakyReLU(0.2)]
        self.layers = nn.Sequential(*layers)

    def forward(self, image: Tensor, *planes: Tensor) -> Tensor:
        """Score images.

        Args:
            image: Bx3xHxW in [-1,1].
            planes: Bx1xHxW each: the hole, 1 = missing, then the sketch, 1 = stroke.

        Returns:
            BxCxH/64xW/64, one score for each channel and place.
        """
        return self.layers(torch.cat([image, *planes], dim=1))  # B x (3 + planes) x H x W
