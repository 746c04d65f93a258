"""Perceptual and style losses: distances between activations of a frozen network."""

from __future__ import annotations

import torch
from torch import Tensor

__all__ = ["gram", "perceptual_distance", "squared_distance", "style_distance"]


def perceptual_distance(found: list[Tensor], wanted: list[Tensor]) -> Tensor:
    """Return the sum over layers of the mean absolute difference of activations.

    Reference:
        Liu et al. 2018, equation 3.
    """
    return torch.stack(
        [(a.float() - b.float()).abs().mean() for a, b in zip(found, wanted, strict=True)]
    ).sum()


def squared_distance(found: list[Tensor], wanted: list[Tensor]) -> Tensor:
    """Return the sum over layers of the mean squared difference of activations.

    Reference:
        Suvorov et al. 2022, equation 1, whose mean over layers is a sum in their published code;
        that also matches the critic's features, there as a mean.
    """
    return torch.stack(
        [(a.float() - b.float()).square().mean() for a, b in zip(found, wanted, strict=True)]
    ).sum()


def style_distance(found: list[Tensor], wanted: list[Tensor]) -> Tensor:
    """Return the sum over layers of the mean absolute difference of Gram matrices.

    Reference:
        Liu et al. 2018, equations 4 and 5: each Gram matrix is divided by C H W, the L1 norm
        by C squared.
    """
    return torch.stack(
        [(gram(a) - gram(b)).abs().mean() for a, b in zip(found, wanted, strict=True)]
    ).sum()


def gram(activations: Tensor) -> Tensor:
    """Return BxCxC, the products of channels over all positions, divided by C H W."""
    batch, channels, height, width = activations.shape
    flat = activations.float().reshape(batch, channels, height * width)  # B x C x HW
    return flat @ flat.transpose(1, 2) / (channels * height * width)
