"""Losses of a generator and its critic."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional as F

from trainers.processes import mean_everywhere

__all__ = [
    "hinge_critic",
    "hinge_generator",
    "least_squares_critic",
    "logistic_critic",
    "logistic_generator",
    "wasserstein_critic",
]


def hinge_critic(real: Tensor, fake: Tensor, share: Tensor | None = None) -> Tensor:
    """Return the mean of relu(1 - D(real)) + relu(1 + D(fake)): Yu et al. 2019, section 3.2.

    Args:
        real, fake: scores of one shape.
        share: how much each score counts, such as the share of its patch that is missing.
    """
    return _mean(F.relu(1.0 - real), share) + _mean(F.relu(1.0 + fake), share)


def hinge_generator(fake: Tensor, share: Tensor | None = None) -> Tensor:
    """Return the mean of -D(fake): Yu et al. 2019, section 3.2; arguments as `hinge_critic`."""
    return -_mean(fake, share)


def _mean(values: Tensor, share: Tensor | None) -> Tensor:
    if share is None:
        return values.mean()
    return (values * share).sum() / mean_everywhere(share.sum()).clamp(min=1e-6)


def least_squares_critic(real: Tensor, fake: Tensor) -> Tensor:
    """Return the mean of ((D(real) - 1)^2 + D(fake)^2) / 2: Mao et al. 2017, equation 9."""
    return 0.5 * ((real - 1.0).square().mean() + fake.square().mean())


def logistic_critic(real: Tensor, fake: Tensor, made: Tensor | None = None) -> Tensor:
    """Return the mean of -log sigmoid(D(real)) - log(1 - sigmoid(D(fake))), from scores.

    Args:
        real, fake: scores before the sigmoid, of one shape.
        made: share of each score of `fake` that lies in the hole; the rest counts as real
            (Suvorov et al. 2022, equation 2). Everything is fake where left out.
    """
    of_fake = F.softplus(fake)
    if made is not None:
        of_fake = made * of_fake + (1.0 - made) * F.softplus(-fake)
    return F.softplus(-real).mean() + of_fake.mean()


def logistic_generator(fake: Tensor) -> Tensor:
    """Return the mean of -log sigmoid(D(fake)), which does not saturate: Goodfellow et al. 2014."""
    return F.softplus(-fake).mean()


def wasserstein_critic(real: Tensor, fake: Tensor) -> Tensor:
    """Return the mean of D(fake) - D(real): Arjovsky et al. 2017, equation 3."""
    return fake.mean() - real.mean()
