"""Dice coefficient of grey levels, as the course project on CIFAR-10 reports it.

2 sum A B / (sum A + sum B) with grey levels in [0,1] in place of the zeros and ones that the
coefficient is made for. It rewards brightness: two identical pictures do not reach 1 unless
they are black and white, and a brighter result may score above a perfect one. It is here to
read that project's figures, not to rank methods.
"""

from __future__ import annotations

import torch
from torch import Tensor

from inpaint_bench.metrics._base import Metric, check_pair, register, whole_picture

__all__ = ["dice", "dice_hole"]

_SOURCE = "Da Vinchie Lisa, Simple Image Inpainting (slides of a course project), Metrics"
_CAUTION = "not 1 for identical pictures unless they are black and white"


def dice(result: Tensor, truth: Tensor) -> Tensor:
    """Return the Dice coefficient of each picture.

    Args:
        result, truth: BxCxHxW in [0,1].

    Returns:
        B values in [0,1], float64; 1 where both are black.
    """
    check_pair(result, truth)
    return _dice(result.double(), truth.double())


def dice_hole(result: Tensor, truth: Tensor, hole: Tensor) -> Tensor:
    """Return the Dice coefficient of the missing pixels of each picture.

    Args:
        result, truth: BxCxHxW in [0,1].
        hole: Bx1xHxW, 1 = missing.

    Returns:
        B values in [0,1], float64; 1 where both are black.
    """
    check_pair(result, truth, hole)
    missing = (hole > 0).double()
    return _dice(result * missing, truth * missing)


def _dice(a: Tensor, b: Tensor) -> Tensor:
    overlap = 2.0 * (a * b).sum(dim=(1, 2, 3))
    size = a.sum(dim=(1, 2, 3)) + b.sum(dim=(1, 2, 3))
    return torch.where(size > 0, overlap / size.clamp_min(1e-300), 1.0)


register(
    Metric(
        name="dice",
        title="Dice",
        higher_is_better=True,
        unit="",
        definition="2 sum a b / (sum a + sum b), a and b in [0,1], over all pixels and channels "
        f"of the composite; {_CAUTION}",
        reference=_SOURCE,
        version="1",
        contest=False,
        compute=whole_picture(dice),
    ),
    raw=True,
)
register(
    Metric(
        name="dice_hole",
        title="Dice in the hole",
        higher_is_better=True,
        unit="",
        definition="2 sum a b / (sum a + sum b), a and b in [0,1], over the missing pixels and all "
        f"channels; {_CAUTION}",
        reference=_SOURCE,
        version="1",
        contest=False,
        compute=dice_hole,
        region="hole",
    )
)
