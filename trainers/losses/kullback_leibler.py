"""Distance of normal distributions."""

from __future__ import annotations

from torch import Tensor

__all__ = ["symmetric_divergence"]


def symmetric_divergence(
    mean: Tensor, deviation: Tensor, other_mean: Tensor, other_deviation: Tensor
) -> Tensor:
    """Return KL(p, q) + KL(q, p), the mean over all entries, of independent normal distributions.

    Args:
        mean, deviation: of p, deviations > 0.
        other_mean, other_deviation: of q, of shapes that broadcast.

    Reference:
        Zheng et al. 2019, section 3.2; the logarithms of the two directions cancel.
    """
    one, other = deviation.square(), other_deviation.square()
    apart = (mean - other_mean).square()
    return (0.5 * ((one + apart) / other + (other + apart) / one) - 1.0).mean()
