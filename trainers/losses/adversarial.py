"""Hinge losses of a generator and its critic."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional as F

__all__ = ["hinge_critic", "hinge_generator"]


def hinge_critic(real: Tensor, fake: Tensor) -> Tensor:
    """Return the mean of relu(1 - D(real)) + relu(1 + D(fake)): Yu et al. 2019, section 3.2."""
    return F.relu(1.0 - real).mean() + F.relu(1.0 + fake).mean()


def hinge_generator(fake: Tensor) -> Tensor:
    """Return the mean of -D(fake): Yu et al. 2019, section 3.2."""
    return -fake.mean()
