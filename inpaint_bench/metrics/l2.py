"""L2: mean squared difference in per cent of the squared range, over picture, hole or ring.

100 x mean (a - b)^2 with a and b in [0,1], without a root: what inpainting tables print
under "L2 loss".
"""

from __future__ import annotations

from torch import Tensor

from inpaint_bench.metrics._base import (
    Metric,
    check_pair,
    register,
    squared_error,
    whole_picture,
)
from inpaint_bench.metrics.ring import IN_THE_RING, boundary_ring

__all__ = ["l2", "l2_hole", "l2_ring"]


def l2(result: Tensor, truth: Tensor) -> Tensor:
    """Return 100 x the mean squared difference of each picture.

    Args:
        result, truth: BxCxHxW in [0,1].

    Returns:
        B values in [0,100], float64.
    """
    check_pair(result, truth)
    return 100.0 * squared_error(result, truth)


def l2_hole(result: Tensor, truth: Tensor, hole: Tensor) -> Tensor:
    """Return 100 x the mean squared difference of each picture over its missing pixels.

    Args:
        result, truth: BxCxHxW in [0,1].
        hole: Bx1xHxW, 1 = missing.

    Returns:
        B values in [0,100], float64.
    """
    check_pair(result, truth, hole)
    return 100.0 * squared_error(result, truth, hole)


def l2_ring(result: Tensor, truth: Tensor, hole: Tensor) -> Tensor:
    """Return 100 x the mean squared difference over the ring; arguments as `l2_hole`."""
    check_pair(result, truth, hole)
    return 100.0 * squared_error(result, truth, boundary_ring(hole))


register(
    Metric(
        name="l2",
        title="L2",
        higher_is_better=False,
        unit="%",
        definition="100 x mean (a - b)^2, a and b in [0,1], over all pixels and channels of the "
        "composite; no root; known pixels count",
        reference="mean squared error",
        version="1",
        compute=whole_picture(l2),
    ),
    raw=True,
)
register(
    Metric(
        name="l2_hole",
        title="L2 in the hole",
        higher_is_better=False,
        unit="%",
        definition="100 x mean (a - b)^2, a and b in [0,1], over the missing pixels and all "
        "channels; no root; a set is the mean over its pictures",
        reference="L2 restricted to the region that was filled",
        version="1",
        compute=l2_hole,
        region="hole",
    )
)
register(
    Metric(
        name="l2_ring",
        title="L2 in the ring",
        higher_is_better=False,
        unit="%",
        definition=f"100 x mean (a - b)^2, a and b in [0,1], {IN_THE_RING}, and all channels; no "
        "root",
        reference="L2 restricted to the boundary of the region that was filled",
        version="1",
        compute=l2_ring,
        region="ring",
    )
)
