"""PatchGAN: scores of overlapping patches, from strided 4x4 convolutions.

Isola et al. 2017; with the activations of every layer for feature matching, Wang et al. 2018.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

__all__ = ["PatchGAN"]


class PatchGAN(nn.Module):
    """Strided convolutions, one of stride 1, and one more to a single score a patch.

    Args:
        in_channels: of what is judged.
        width: channels of the first layer, doubled by each further one, up to 8 times.
        strided: number of layers that halve the size.
        norm: between convolution and activation: batch normalisation, spectral normalisation of
            the weights, or nothing. The first layer has no batch normalisation.
        padding: of every layer.
        score_norm: whether spectral normalisation goes for the last layer too.
    """

    def __init__(
        self,
        in_channels: int = 3,
        width: int = 64,
        *,
        strided: int = 3,
        norm: Literal["batch", "spectral", "none"] = "spectral",
        padding: int = 1,
        score_norm: bool = True,
    ) -> None:
        super().__init__()
        wanted = [width * min(2**i, 8) for i in range(strided + 1)]
        layers = []
        for i, (before, after) in enumerate(zip([in_channels, *wanted], wanted, strict=False)):
            conv = nn.Conv2d(
                before, after, 4, 2 if i < strided else 1, padding, bias=norm != "spectral"
            )
            parts: list[nn.Module] = [spectral_norm(conv) if norm == "spectral" else conv]
            if norm == "batch" and i:
                parts.append(nn.BatchNorm2d(after))
            layers.append(nn.Sequential(*parts, nn.LeakyReLU(0.2)))
        self.layers = nn.ModuleList(layers)
        score = nn.Conv2d(wanted[-1], 1, 4, 1, padding)
        self.score = spectral_norm(score) if norm == "spectral" and score_norm else score

    def forward(self, *planes: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Score pictures.

        Args:
            planes: BxC'xHxW each, `in_channels` together.

        Returns:
            Bx1xhxw scores, and the activations of all layers before.
        """
        x = torch.cat(planes, dim=1)  # B x in_channels x H x W
        features = []
        for layer in self.layers:
            x = layer(x)
            features.append(x)
        return self.score(x), features
