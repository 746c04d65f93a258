"""What a metric declares and the checks that all of them share; leaves every formula to its
own file.

Every per-image metric takes the finished composite and the truth as Bx3xHxW floating point in
[0,1] and the hole as Bx1xHxW of zeros and ones, and gives one float64 a picture.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from inpaint_bench._registry import Registry
from inpaint_bench.errors import ImageError, MaskError

__all__ = [
    "METRICS",
    "SET_METRICS",
    "Metric",
    "SetMetric",
    "SetValue",
    "check_batch",
    "check_pair",
    "difference",
    "hole_mean",
    "picture_mean",
    "whole_picture",
]


def _nothing_to_prepare() -> None:
    """Most metrics need no weights."""


@dataclass(frozen=True)
class Metric:
    """One number a picture, with the convention it follows.

    Attributes:
        name: registry name and column of the records.
        title: heading in tables.
        higher_is_better: direction.
        unit: of the value ("%", "dB"); empty if it has none.
        definition: the formula in words, with everything that papers leave open.
        reference: authors, year, section or equation.
        version: changes whenever the value of any picture would.
        compute: (result, truth, hole) -> Tensor[B], float64.
        region: the pixels it averages over.
        prepare: makes sure that what `compute` needs is on this machine; raises `WeightsError`
            within seconds if it is not and cannot be fetched.
    """

    name: str
    title: str
    higher_is_better: bool
    unit: str
    definition: str
    reference: str
    version: str
    compute: Callable[[Tensor, Tensor, Tensor], Tensor] = field(repr=False)
    region: Literal["composite", "hole"] = "composite"
    prepare: Callable[[], None] = field(default=_nothing_to_prepare, repr=False)


@dataclass(frozen=True)
class SetValue:
    """A metric of a whole set of pictures.

    Attributes:
        value: the metric.
        deviation: standard deviation over the metric's own resampling; NaN if it does none.
        count: pictures in the smaller of the two sets.
        settings: what the value depends on beside the pictures ("100 subsets of 50").
        caveat: why the value must not be compared with published ones; empty if it may be.
    """

    value: float
    deviation: float
    count: int
    settings: str = ""
    caveat: str = ""


@dataclass(frozen=True)
class SetMetric:
    """One number for two sets of pictures, computed from their features.

    Attributes:
        features: Bx3xHxW in [0,1] -> BxD float32 on the CPU; rows are stored and concatenated.
        compute: (features of results NxD, features of truths MxD) -> SetValue.
        prepare: as in `Metric`, for `features`.

    The other attributes are those of `Metric`.
    """

    name: str
    title: str
    higher_is_better: bool
    unit: str
    definition: str
    reference: str
    version: str
    features: Callable[[Tensor], np.ndarray] = field(repr=False)
    compute: Callable[[np.ndarray, np.ndarray], SetValue] = field(repr=False)
    prepare: Callable[[], None] = field(default=_nothing_to_prepare, repr=False)


METRICS: Registry[Metric] = Registry("metric")
SET_METRICS: Registry[SetMetric] = Registry("set metric")


def check_pair(result: Tensor, truth: Tensor, hole: Tensor | None = None) -> None:
    """Raise unless the arguments of a metric are two batches of pictures and their holes.

    Raises:
        ImageError: not BxCxHxW floating point in [0,1], or of two shapes.
        MaskError: the hole is not Bx1xHxW of that size, or a picture has no missing pixel.
    """
    if result.shape != truth.shape:
        raise ImageError(
            f"expected result and truth of one shape, got {tuple(result.shape)} and "
            f"{tuple(truth.shape)}"
        )
    check_batch("result", result)
    check_batch("truth", truth)
    if hole is None:
        return
    expected = (result.shape[0], 1, *result.shape[2:])
    if tuple(hole.shape) != expected:
        raise MaskError(f"expected a hole of {expected}, got {tuple(hole.shape)}")
    if not bool((hole > 0).flatten(1).any(dim=1).all()):
        raise MaskError("expected a hole with missing pixels in every picture, got an empty one")


def check_batch(name: str, batch: Tensor) -> None:
    """Raise an `ImageError` unless `batch` is BxCxHxW floating point in [0,1] with pixels."""
    if batch.ndim != 4 or batch.numel() == 0 or not batch.is_floating_point():
        raise ImageError(
            f"expected {name} as BxCxHxW floating point, got {tuple(batch.shape)} {batch.dtype}"
        )
    low, high = (float(x) for x in torch.aminmax(batch))
    if not (low >= 0.0 and high <= 1.0):  # also true of NaN
        raise ImageError(f"expected {name} in [0,1], got {low:.4g} to {high:.4g}")


def difference(result: Tensor, truth: Tensor) -> Tensor:
    """Return result - truth as a new float64 tensor, which the caller may overwrite."""
    return torch.sub(result.double(), truth.double())


def picture_mean(values: Tensor) -> Tensor:
    """Return the float64 mean over channels and pixels of BxCxHxW, one a picture."""
    return values.mean(dim=(1, 2, 3), dtype=torch.float64)


def hole_mean(values: Tensor, hole: Tensor) -> Tensor:
    """Return the float64 mean over channels and missing pixels, one a picture.

    Args:
        values: BxCxHxW.
        hole: Bx1xHxW, 1 = missing; every picture has a missing pixel.
    """
    missing = (hole > 0).to(values.dtype)
    total = (values * missing).sum(dim=(1, 2, 3), dtype=torch.float64)
    count = missing.sum(dim=(1, 2, 3), dtype=torch.float64) * values.shape[1]
    return total / count


def whole_picture(
    function: Callable[[Tensor, Tensor], Tensor],
) -> Callable[[Tensor, Tensor, Tensor], Tensor]:
    """Return `function` with the signature of `Metric.compute`: the hole does not matter."""

    def compute(result: Tensor, truth: Tensor, hole: Tensor) -> Tensor:
        return function(result, truth)

    return compute
