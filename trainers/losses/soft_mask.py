"""Soft mask-guided adversarial loss: patches are as fake as they lie in the hole."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional as F
from torchvision.transforms.functional import gaussian_blur

from trainers.processes import mean_everywhere

__all__ = ["soft_mask_critic", "soft_mask_generator"]

_KERNEL, _SIGMA = 71, 10.0  # pixels at 512x512, of the published training


def soft_mask_critic(real: Tensor, fake: Tensor, hole: Tensor) -> Tensor:
    """Return (D(real) - 1)^2 + (D(fake) - blur(1 - hole))^2, means over the pixels.

    Args:
        real, fake: Bx1xhxw scores, brought to the hole's size.
        hole: Bx1xHxW, 1 = missing.

    Reference:
        Zeng et al. 2022, equation 6. The published code blurs the hole instead of the known part,
        which would call the middle of a hole real.
    """
    known = 1.0 - _softened(hole)
    return (_enlarged(real, hole) - 1.0).square().mean() + (
        (_enlarged(fake, hole) - known).square().mean()
    )


def soft_mask_generator(fake: Tensor, hole: Tensor) -> Tensor:
    """Return the mean of (D(fake) - 1)^2 over the hole: Zeng et al. 2022, equation 7."""
    wrong = (_enlarged(fake, hole) - 1.0).square() * hole
    return wrong.sum() / mean_everywhere(hole.sum()).clamp(min=1.0)


def _enlarged(score: Tensor, hole: Tensor) -> Tensor:
    return F.interpolate(score.float(), hole.shape[2:], mode="bilinear", align_corners=True)


def _softened(hole: Tensor) -> Tensor:
    """Blur a hole as far as it was at 512x512."""
    side = min(hole.shape[2:])
    sigma = _SIGMA * side / 512
    kernel = 2 * int(_KERNEL * side / 1024) + 1
    return gaussian_blur(hole, [kernel, kernel], [sigma, sigma])
