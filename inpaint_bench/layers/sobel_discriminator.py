"""The Sobel edge discriminator: a patch critic and a critic of edges that judge together.

Baik, Image Inpainting, sections 3.2 and B.1 to B.4. It lies here and not in `trainers` because
it has a parity check; `trainers.discriminators.sobel` hands it to trainings.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from inpaint_bench.layers.sobel import sobel_edges

__all__ = ["SobelDiscriminator"]


def _conv(in_channels: int, out_channels: int, stride: int) -> nn.Module:
    """A spectrally normalised 5x5 convolution that gives ceil(size / stride)."""
    conv = nn.Conv2d(in_channels, out_channels, 5, stride, padding=2)
    nn.init.kaiming_normal_(conv.weight)
    nn.init.zeros_(conv.bias)
    return spectral_norm(conv)


class SobelDiscriminator(nn.Module):
    """Six convolutions over the picture, five over its Sobel edges, one over both.

    Args:
        width: channels of the first layer of the patch critic; the paper's is 48.

    Reference:
        Baik, Image Inpainting, tables B.3 and B.4. Neither table has the last convolution, which
        the published code applies to both branches together.
    """

    def __init__(self, width: int = 48) -> None:
        super().__init__()
        w = width
        patch = [4, w, 2 * w, 4 * w, 4 * w, 4 * w, 8 * w]
        edge = [4, w // 2, w, 2 * w, 4 * w, 4 * w]
        self.patch = nn.ModuleList(_conv(patch[i], patch[i + 1], 2) for i in range(6))
        self.edge = nn.ModuleList(_conv(edge[i], edge[i + 1], 2 if i else 4) for i in range(5))
        self.join = _conv(12 * w, 12 * w, 1)
        self.activation = nn.LeakyReLU(0.2)

    def forward(self, image: Tensor, hole: Tensor) -> Tensor:
        """Score pictures.

        Args:
            image: Bx3xHxW in [0,1].
            hole: Bx1xHxW, 1 = missing.

        Returns:
            Bx(12 width)x(H/64)x(W/64), one score for each channel and place.
        """
        return self.judge(image, hole)[0]

    def judge(self, image: Tensor, hole: Tensor) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """Give the scores, and the first two layers' features for a feature-matching loss."""
        with torch.autocast(image.device.type, enabled=False):  # differences of neighbours
            edges = torch.cat([sobel_edges(image), hole], dim=1)  # B x 4 x H x W
        for conv in self.edge:
            edges = self.activation(conv(edges))
        layers = [torch.cat([image, hole], dim=1)]  # B x 4 x H x W
        for conv in self.patch:
            layers.append(self.activation(conv(layers[-1])))
        scores = self.join(torch.cat([layers[-1], edges], dim=1))  # B x 12w x H/64 x W/64
        return scores, (layers[1], layers[2])
