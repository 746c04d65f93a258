"""Total variation of the result: how much neighbouring pixels differ. Needs no truth.

`tv` takes every pair of neighbours of the picture; `tv_hole` is PConv's, over the hole grown by
one pixel. Smooth results have less of it than photographs: compare it with the value of the
photographs, not with zero.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from inpaint_bench.metrics._base import Metric, check_pair, register

__all__ = ["total_variation", "total_variation_hole"]

_PAPER = (
    "Liu et al. 2018, Image Inpainting for Irregular Holes Using Partial Convolutions, equation 6"
)


def total_variation(result: Tensor) -> Tensor:
    """Return 100 x the summed absolute differences of neighbours, divided by the elements.

    Args:
        result: BxCxHxW in [0,1].

    Returns:
        B values in [0,200], float64: differences to the right and downwards are added up.
    """
    across, down = _differences(result)
    total = across.sum(dim=(1, 2, 3), dtype=torch.float64)
    total = total + down.sum(dim=(1, 2, 3), dtype=torch.float64)
    return 100.0 * total / result[0].numel()


def total_variation_hole(result: Tensor, hole: Tensor) -> Tensor:
    """Return the total variation of the hole and the pixels next to it.

    Args:
        result: BxCxHxW in [0,1].
        hole: Bx1xHxW, 1 = missing.

    Returns:
        B values, float64: 100 x the differences of neighbours that both lie in the hole grown
        by one pixel, divided by the elements of the whole picture.

    Reference:
        Liu et al. 2018, Image Inpainting for Irregular Holes Using Partial Convolutions,
        equation 6.
    """
    grown = functional.max_pool2d((hole > 0).to(result.dtype), 3, stride=1, padding=1)
    across, down = _differences(result)
    across = across * grown[..., 1:] * grown[..., :-1]
    down = down * grown[..., 1:, :] * grown[..., :-1, :]
    total = across.sum(dim=(1, 2, 3), dtype=torch.float64)
    total = total + down.sum(dim=(1, 2, 3), dtype=torch.float64)
    return 100.0 * total / result[0].numel()


def _differences(result: Tensor) -> tuple[Tensor, Tensor]:
    across = (result[..., 1:] - result[..., :-1]).abs_()
    return across, (result[..., 1:, :] - result[..., :-1, :]).abs_()


def _compute(result: Tensor, truth: Tensor, hole: Tensor) -> Tensor:
    check_pair(result, truth)
    return total_variation(result)


def _compute_hole(result: Tensor, truth: Tensor, hole: Tensor) -> Tensor:
    check_pair(result, truth, hole)
    return total_variation_hole(result, hole)


register(
    Metric(
        name="tv",
        title="Total variation",
        higher_is_better=False,
        unit="%",
        definition="100 x (sum of |difference| of neighbours to the right and below) / (pixels x "
        "channels) of the composite, in [0,1]; photographs have some: smoother is not better "
        "below their value",
        reference=f"{_PAPER}, over the whole picture",
        version="1",
        contest=False,
        compute=_compute,
        needs_truth=False,
    ),
    raw=True,
)
register(
    Metric(
        name="tv_hole",
        title="Total variation in the hole",
        higher_is_better=False,
        unit="%",
        definition="100 x (sum of |difference| of neighbours that both lie in the hole grown by "
        "one pixel) / (pixels x channels of the whole picture), of the composite, in [0,1]",
        reference=_PAPER,
        version="1",
        contest=False,
        compute=_compute_hole,
        region="hole",
        needs_truth=False,
    )
)
