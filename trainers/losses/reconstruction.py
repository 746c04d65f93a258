"""Pixel losses: weighted L1 and total variation."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

__all__ = ["hole_variation", "total_variation", "weighted_l1", "weighted_l2"]


def weighted_l1(
    output: Tensor, truth: Tensor, hole: Tensor, *, in_hole: float, known: float
) -> Tensor:
    """Return the mean over all pixels of |output - truth|, weighted by where a pixel lies.

    With 6 and 1 this is 6 L_hole + L_valid of Liu et al. 2018, equation 7; with 1 and 1 the
    reconstruction loss of Yu et al. 2019.

    Args:
        output, truth: Bx3xHxW in [0,1].
        hole: Bx1xHxW, 1 = missing.
    """
    weight = known + (in_hole - known) * hole
    return ((output - truth).abs() * weight).mean()


def weighted_l2(
    output: Tensor, truth: Tensor, hole: Tensor, *, in_hole: float, known: float
) -> Tensor:
    """Return the mean over all pixels of (output - truth)^2, weighted as in `weighted_l1`.

    With 1 and 0 this is the loss of Iizuka et al. 2017, equation 2, as a mean.
    """
    weight = known + (in_hole - known) * hole
    return ((output - truth).square() * weight).mean()


def total_variation(image: Tensor) -> Tensor:
    """Return the mean absolute difference of neighbours, down plus across, of BxCxHxW.

    Reference:
        Li et al. 2020 (DeepGIN), equation 6.
    """
    across = (image[..., :, 1:] - image[..., :, :-1]).abs().mean()
    down = (image[..., 1:, :] - image[..., :-1, :]).abs().mean()
    return across + down


def hole_variation(composite: Tensor, hole: Tensor) -> Tensor:
    """Return the total variation of the hole dilated by one pixel: L_tv of Liu et al. 2018,
    equation 6, as a mean over all pixels.

    Args:
        composite: Bx3xHxW in [0,1], output in the hole and truth elsewhere.
        hole: Bx1xHxW, 1 = missing.
    """
    region = F.max_pool2d(hole, 3, stride=1, padding=1)
    right = (composite[..., :, 1:] - composite[..., :, :-1]).abs()
    down = (composite[..., 1:, :] - composite[..., :-1, :]).abs()
    right = right * torch.minimum(region[..., :, 1:], region[..., :, :-1])
    down = down * torch.minimum(region[..., 1:, :], region[..., :-1, :])
    return right.mean() + down.mean()
