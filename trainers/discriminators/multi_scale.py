"""Conditional multi-scale critics: the same patch critic at the full and at half the size."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

from trainers.discriminators.patch_gan import PatchGAN

__all__ = ["MultiScaleCritic"]


class MultiScaleCritic(nn.Module):
    """Spectrally normalised patch critics that see a picture beside its masked input.

    Args:
        width: channels of the first layer.
        scales: number of critics, each at half the size of the one before.

    Reference:
        Li et al. 2020 (DeepGIN), section 4.1: two critics, each with scores at a quarter of its
        input's size. The paper does not give the channels of their layers; these are those of
        PatchGAN, whose last layer has one and is two pixels smaller.
    """

    def __init__(self, width: int = 64, scales: int = 2) -> None:
        super().__init__()
        self.critics = nn.ModuleList(PatchGAN(6, width, strided=2) for _ in range(scales))

    def forward(self, masked: Tensor, image: Tensor) -> list[Tensor]:
        """Map two Bx3xHxW to one Bx1xhxw of scores for each scale."""
        scores = []
        for i, critic in enumerate(self.critics):
            if i:
                masked, image = F.avg_pool2d(masked, 2), F.avg_pool2d(image, 2)
            scores.append(critic(masked, image)[0])
        return scores
