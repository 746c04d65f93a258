"""PSNR: peak signal-to-noise ratio in dB with peak 1, over the picture, hole or ring.

10 log10(1 / mean (a - b)^2) of each picture over all channels together; a set is the mean of
its pictures' decibels. Values are cut at `CAP`, so that two identical pictures, whose PSNR is
infinite, leave every average finite.
"""

from __future__ import annotations

import torch
from torch import Tensor

from inpaint_bench.metrics._base import (
    Metric,
    check_pair,
    register,
    squared_error,
    whole_picture,
)
from inpaint_bench.metrics.ring import IN_THE_RING, boundary_ring

__all__ = ["CAP", "decibels", "psnr", "psnr_hole", "psnr_ring"]

CAP = 100.0
"""dB given to identical pictures and to all that come nearer than that."""


def psnr(result: Tensor, truth: Tensor) -> Tensor:
    """Return the PSNR of each picture, at most `CAP`.

    Args:
        result, truth: BxCxHxW in [0,1].

    Returns:
        B values in dB, float64.
    """
    check_pair(result, truth)
    return decibels(squared_error(result, truth))


def psnr_hole(result: Tensor, truth: Tensor, hole: Tensor) -> Tensor:
    """Return the PSNR of each picture over its missing pixels, at most `CAP`.

    Args:
        result, truth: BxCxHxW in [0,1].
        hole: Bx1xHxW, 1 = missing.

    Returns:
        B values in dB, float64.
    """
    check_pair(result, truth, hole)
    return decibels(squared_error(result, truth, hole))


def psnr_ring(result: Tensor, truth: Tensor, hole: Tensor) -> Tensor:
    """Return the PSNR of each picture over the ring; arguments as `psnr_hole`."""
    check_pair(result, truth, hole)
    return decibels(squared_error(result, truth, boundary_ring(hole)))


def decibels(error: Tensor) -> Tensor:
    """Return 10 log10(1 / mean squared error), cut at `CAP`."""
    return -10.0 * torch.log10(error.clamp_min(10.0 ** (-CAP / 10.0)))


register(
    Metric(
        name="psnr",
        title="PSNR",
        higher_is_better=True,
        unit="dB",
        definition="10 log10(1 / mean (a - b)^2), a and b in [0,1], over all pixels and channels "
        f"of the composite; at most {CAP:.0f} dB, the value of identical pictures; a set is the "
        "mean of its pictures' decibels",
        reference="as skimage.metrics.peak_signal_noise_ratio with data_range=1",
        version="1",
        compute=whole_picture(psnr),
    ),
    raw=True,
)
register(
    Metric(
        name="psnr_hole",
        title="PSNR in the hole",
        higher_is_better=True,
        unit="dB",
        definition="10 log10(1 / mean (a - b)^2), a and b in [0,1], over the missing pixels and "
        f"all channels; at most {CAP:.0f} dB; a set is the mean of its pictures' decibels",
        reference="PSNR restricted to the region that was filled",
        version="1",
        compute=psnr_hole,
        region="hole",
    )
)
register(
    Metric(
        name="psnr_ring",
        title="PSNR in the ring",
        higher_is_better=True,
        unit="dB",
        definition=f"10 log10(1 / mean (a - b)^2), a and b in [0,1], {IN_THE_RING}, and all "
        f"channels; at most {CAP:.0f} dB",
        reference="PSNR restricted to the boundary of the region that was filled",
        version="1",
        compute=psnr_ring,
        region="ring",
    )
)
