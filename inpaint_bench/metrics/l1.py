"""L1: mean absolute difference in per cent of the range, over the composite or the hole.

"L1" has at least three meanings in papers. Here it is 100 x mean |a - b| with a and b in
[0,1]: `l1` over all pixels of the composite (known ones count as zero), as DeepFill v2
reports, `l1_hole` over the missing pixels alone.
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

__all__ = ["l1", "l1_hole"]


def l1(result: Tensor, truth: Tensor) -> Tensor:
    """Return 100 x the mean absolute difference of each picture.

    Args:
        result, truth: BxCxHxW in [0,1].

    Returns:
        B values in [0,100], float64.

    Reference:
        Yu et al. 2019, Free-Form Image Inpainting with Gated Convolution, Table 1.
    """
    check_pair(result, truth)
    return 100.0 * picture_mean(difference(result, truth).abs_())


def l1_hole(result: Tensor, truth: Tensor, hole: Tensor) -> Tensor:
    """Return 100 x the mean absolute difference of each picture over its missing pixels.

    Args:
        result, truth: BxCxHxW in [0,1].
        hole: Bx1xHxW, 1 = missing.

    Returns:
        B values in [0,100], float64.
    """
    check_pair(result, truth, hole)
    return 100.0 * hole_mean(difference(result, truth).abs_(), hole)


METRICS.register("l1")(
    Metric(
        name="l1",
        title="L1",
        higher_is_better=False,
        unit="%",
        definition="100 x mean |a - b|, a and b in [0,1], over all pixels and channels of the "
        "composite; known pixels count and are zero",
        reference="Yu et al. 2019, Free-Form Image Inpainting with Gated Convolution, Table 1",
        version="1",
        compute=whole_picture(l1),
    )
)
METRICS.register("l1_hole")(
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
