"""Penalties on the gradient of a critic's score.

All of them differentiate a gradient: the critic must run in float32 under them.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

__all__ = ["interpolation_penalty", "r1_penalty"]


def r1_penalty(score: Tensor, image: Tensor) -> Tensor:
    """Return the mean over pictures of the squared norm of the score's gradient.

    Args:
        score: of real pictures, any shape with B first.
        image: BxCxHxW that the score was computed from, requiring a gradient.

    Reference:
        Mescheder et al. 2018, equation 9, without the half, as Suvorov et al. 2022 use it.
    """
    return _gradient(score, image).flatten(1).square().sum(dim=1).mean()


def interpolation_penalty(
    critic: Callable[[Tensor], Tensor],
    real: Tensor,
    fake: Tensor,
    hole: Tensor,
    share: Tensor,
) -> Tensor:
    """Return the mean of (norm of the gradient in the hole - 1)^2 between real and fake.

    Args:
        critic: BxCxHxW to B scores.
        real, fake: BxCxHxW.
        hole: Bx1xHxW; the gradient on known pixels is left out.
        share: of the real one in the picture between the two, Bx1x1x1, drawn uniformly.

    Reference:
        Gulrajani et al. 2017, equation 3; Yu et al. 2018, equation 5, for the hole.
    """
    between = (share * real + (1.0 - share) * fake).detach().requires_grad_()
    squares = (_gradient(critic(between), between).square() * hole).flatten(1).sum(dim=1)
    # The root has no gradient at 0, where a hole lies outside of the crop.
    return ((squares + 1e-12).sqrt() - 1.0).square().mean()


def _gradient(score: Tensor, image: Tensor) -> Tensor:
    """Return the gradient of the scores' sum, itself differentiable."""
    return torch.autograd.grad(score.sum(), image, create_graph=True)[0]
