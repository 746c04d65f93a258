"""mmagic's L1 for inpainting: the hole-only mean x 100. A compatibility column.

sum |a - b| m / (sum m x C + 1e-12) x 100 with a, b in [0,1] and m the hole, the mean of that
over pictures. It is the same number as `l1_hole`, under the name of the convention.
"""

from __future__ import annotations

from torch import Tensor

from inpaint_bench.metrics._base import Metric, register
from inpaint_bench.metrics.l1 import l1_hole

__all__ = ["mmagic_l1"]


def mmagic_l1(result: Tensor, truth: Tensor, hole: Tensor) -> Tensor:
    """Return mmagic's MAE with `mask_key` and `scaling=100`; arguments as `l1.l1_hole`."""
    return l1_hole(result, truth, hole)


register(
    Metric(
        name="mmagic_l1",
        title="L1 (mmagic)",
        higher_is_better=False,
        unit="%",
        definition="100 x sum |a - b| m / (sum m x channels), a and b in [0,1], m = 1 on missing "
        "pixels; a set is the mean over its pictures; the same number as L1 in the hole",
        reference="mmagic 1.x, evaluation/metrics/mae.py with mask_key and scaling=100, as in its "
        "inpainting configurations",
        version="1",
        compute=mmagic_l1,
        region="hole",
    )
)
