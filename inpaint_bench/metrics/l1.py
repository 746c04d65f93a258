"""L1: mean absolute difference in per cent of the range, over the picture, hole or ring.

"L1" has at least three meanings in papers. Here it is 100 x mean |a - b| with a and b in
[0,1]: `l1` over all pixels of the composite (known ones count as zero), `l1_hole` over the
missing pixels alone, `l1_ring` over those next to known ones. Table 1 of DeepFill v2 does not
state its region.
"""

from __future__ import annotations

from torch import Tensor

from inpaint_bench.metrics._base import (
    Metric,
    absolute_error,
    check_pair,
    register,
    whole_picture,
)
from inpaint_bench.metrics.ring import IN_THE_RING, boundary_ring

__all__ = ["l1", "l1_hole", "l1_ring"]


def l1(result: Tensor, truth: Tensor) -> Tensor:
    """Return 100 x the mean absolute difference of each picture.

    Args:
        result, truth: BxCxHxW in [0,1].

    Returns:
        B values in [0,100], float64.
    """
    check_pair(result, truth)
    return 100.0 * absolute_error(result, truth)


def l1_hole(result: Tensor, truth: Tensor, hole: Tensor) -> Tensor:
    """Return 100 x the mean absolute difference of each picture over its missing pixels.

    Args:
        result, truth: BxCxHxW in [0,1].
        hole: Bx1xHxW, 1 = missing.

    Returns:
        B values in [0,100], float64.
    """
    check_pair(result, truth, hole)
    return 100.0 * absolute_error(result, truth, hole)


def l1_ring(result: Tensor, truth: Tensor, hole: Tensor) -> Tensor:
    """Return 100 x the mean absolute difference over the ring; arguments as `l1_hole`."""
    check_pair(result, truth, hole)
    return 100.0 * absolute_error(result, truth, boundary_ring(hole))


register(
    Metric(
        name="l1",
        title="L1",
        higher_is_better=False,
        unit="%",
        definition="100 x mean |a - b|, a and b in [0,1], over all pixels and channels of the "
        "composite; known pixels count",
        reference="mean absolute error",
        version="1",
        compute=whole_picture(l1),
    ),
    raw=True,
)
register(
    Metric(
        name="l1_hole",
        title="L1 in the hole",
        higher_is_better=False,
        unit="%",
        definition="100 x mean |a - b|, a and b in [0,1], over the missing pixels and all "
        "channels; a set is the mean over its pictures",
        reference="L1 restricted to the region that was filled",
        version="1",
        compute=l1_hole,
        region="hole",
    )
)
register(
    Metric(
        name="l1_ring",
        title="L1 in the ring",
        higher_is_better=False,
        unit="%",
        definition=f"100 x mean |a - b|, a and b in [0,1], {IN_THE_RING}, and all channels",
        reference="L1 restricted to the boundary of the region that was filled",
        version="1",
        compute=l1_ring,
        region="ring",
    )
)
