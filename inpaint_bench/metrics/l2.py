"""L2: mean squared difference in per cent of the squared range, over composite or hole.

100 x mean (a - b)^2 with a and b in [0,1], without a root: what inpainting tables print
under "L2 loss".
"""

from __future__ import annotations

from torch import Tensor

from inpaint_bench.metrics._base import (
    METRICS,
    Metric,
    check_pair,
    difference,
    hole_mean,
    picture_mean,
    whole_picture,
)

__all__ = ["l2", "l2_hole"]


def l2(result: Tensor, truth: Tensor) -> Tensor:
    """Return 100 x the mean squared difference of each picture.

    Args:
        result, truth: BxCxHxW in [0,1].

    Returns:
        B values in [0,100], float64.

    Reference:
        Yu et al. 2019, Free-Form Image Inpainting with Gated Convolution, Table 1.
    """
    check_pair(result, truth)
    return 100.0 * picture_mean(difference(result, truth).square_())


def l2_hole(result: Tensor, truth: Tensor, hole: Tensor) -> Tensor:
    """Return 100 x the mean squared difference of each picture over its missing pixels.

    Args:
        result, truth: BxCxHxW in [0,1].
        hole: Bx1xHxW, 1 = missing.

    Returns:
        B values in [0,100], float64.
    """
    check_pair(result, truth, hole)
    return 100.0 * hole_mean(difference(result, truth).square_(), hole)


METRICS.register("l2")(
    Metric(
        name="l2",
        title="L2",
        higher_is_better=False,
        unit="%",
        definition="100 x mean (a - b)^2, a and b in [0,1], over all pixels and channels of the "
        "composite; no root; known pixels count and are zero",
        reference="Yu et al. 2019, Free-Form Image Inpainting with Gated Convolution, Table 1",
        version="1",
        compute=whole_picture(l2),
    )
)
METRICS.register("l2_hole")(
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
