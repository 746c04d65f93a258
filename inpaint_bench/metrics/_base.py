"""What a metric declares and the checks and sums that all of them share; leaves every formula
to its own file.

Every per-image metric takes a result and the truth as Bx3xHxW floating point in [0,1] and the
hole as Bx1xHxW of zeros and ones, and gives one float64 a picture. The result is the finished
composite for the metrics in `METRICS`, and the output before compositing for those in
`RAW_METRICS`, whose names end in `_raw`.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import wraps
from typing import Literal

import cv2
import numpy as np
import torch
from torch import Tensor

from inpaint_bench._registry import Registry
from inpaint_bench.errors import ImageError, MaskError

__all__ = [
    "METRICS",
    "RAW_METRICS",
    "SET_METRICS",
    "Metric",
    "SetMetric",
    "SetValue",
    "absolute_error",
    "arrays",
    "check_batch",
    "check_pair",
    "large_enough",
    "register",
    "squared_error",
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
        version: changes whenever the value of any picture would change by more than rounding
            (1e-6 of the value).
        compute: (result, truth, hole) -> Tensor[B], float64.
        region: the pixels it averages over: all, the missing ones, or the missing ones next to
            known ones.
        on: what `compute` takes as result: the composite, or the model's output before
            compositing, rounded to 8 bits like it.
        smallest: least height and width; smaller pictures have the value NaN.
        needs_truth: false where the value does not depend on the truth.
        contest: false where a better value does not mean a better method: such a metric describes
            results, and ranks none.
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
    region: Literal["whole", "hole", "ring"] = "whole"
    on: Literal["composite", "raw"] = "composite"
    smallest: int = 1
    needs_truth: bool = True
    contest: bool = True
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
        paired: row i of both sets must be of one photograph, so that N = M; the truth's row is
            repeated for a photograph with several holes. Otherwise every photograph counts once.
        enough: pictures from which on the value may be compared with others; tables grey it out
            below that, and `SetValue.caveat` says so.
        enough_because: why, for a reader; empty where any number will do.
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
    paired: bool = False
    enough: int = 0
    enough_because: str = ""
    prepare: Callable[[], None] = field(default=_nothing_to_prepare, repr=False)


_LAST = threading.local()  # the two batches that this thread checked last

METRICS: Registry[Metric] = Registry("metric")
RAW_METRICS: Registry[Metric] = Registry("metric of the raw output")
SET_METRICS: Registry[SetMetric] = Registry("set metric")


def register(metric: Metric, *, raw: bool = False) -> None:
    """File a metric under its name.

    Args:
        metric: of the composite.
        raw: also file its twin `NAME_raw` of the output before compositing.
    """
    METRICS.register(metric.name)(metric)
    if raw:
        twin = replace(
            metric,
            name=f"{metric.name}_raw",
            title=f"{metric.title}, raw",
            definition=f"{metric.definition}; of the output before compositing instead of the "
            "composite, so that known pixels count as the model left them",
            on="raw",
        )
        RAW_METRICS.register(twin.name)(twin)


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
    """Raise an `ImageError` unless `batch` is BxCxHxW floating point in [0,1] with pixels.

    One metric after the other is given the same tensors: those that were found good last, and
    were not written to since, are not read again.
    """
    good = getattr(_LAST, "good", ())
    version = None if batch.is_inference() else batch._version
    if any(seen() is batch and version == was for seen, was in good if was is not None):
        return
    if batch.ndim != 4 or batch.numel() == 0 or not batch.is_floating_point():
        raise ImageError(
            f"expected {name} as BxCxHxW floating point, got {tuple(batch.shape)} {batch.dtype}"
        )
    low, high = (float(x) for x in torch.aminmax(batch))
    if not (low >= 0.0 and high <= 1.0):  # also true of NaN
        raise ImageError(f"expected {name} in [0,1], got {low:.4g} to {high:.4g}")
    _LAST.good = (*good[-1:], (weakref.ref(batch), version))


def large_enough(
    compute: Callable[[Tensor, Tensor, Tensor], Tensor], smallest: int
) -> Callable[[Tensor, Tensor, Tensor], Tensor]:
    """Return `compute` that gives NaN for pictures with a side below `smallest`."""

    @wraps(compute)
    def compute_or_nan(result: Tensor, truth: Tensor, hole: Tensor) -> Tensor:
        if min(result.shape[-2:]) < smallest:
            check_pair(result, truth)
            return torch.full((len(result),), torch.nan, dtype=torch.float64, device=result.device)
        return compute(result, truth, hole)

    return compute_or_nan


def arrays(batch: Tensor) -> np.ndarray:
    """Return a batch on the CPU as BxCxHxW float32 or float64, contiguous, not to be changed."""
    if batch.dtype not in (torch.float32, torch.float64):
        batch = batch.float()
    return batch.detach().contiguous().numpy()


def absolute_error(result: Tensor, truth: Tensor, region: Tensor | None = None) -> Tensor:
    """Return the float64 mean of |result - truth| over channels and pixels, one a picture.

    Args:
        result, truth: BxCxHxW.
        region: Bx1xHxW; pixels where it is above 0 count. None for all of them.
    """
    return _mean_error(result, truth, region, cv2.NORM_L1)


def squared_error(result: Tensor, truth: Tensor, region: Tensor | None = None) -> Tensor:
    """Return the float64 mean of (result - truth)^2; arguments as `absolute_error`."""
    return _mean_error(result, truth, region, cv2.NORM_L2SQR)


def _mean_error(result: Tensor, truth: Tensor, region: Tensor | None, norm: int) -> Tensor:
    if result.device.type != "cpu":
        return _mean_error_torch(result, truth, region, norm)
    # OpenCV sums in float64 in one pass, without a tensor of differences in memory.
    results, truths = arrays(result), arrays(truth)
    if region is None:
        flat = (-1, results.shape[2] * results.shape[1], results.shape[3])  # BxCHxW
        stacked = zip(results.reshape(flat), truths.reshape(flat), strict=True)
        count = flat[1] * flat[2]
        means = [cv2.norm(a, b, norm) / count for a, b in stacked]
        return torch.tensor(means, dtype=torch.float64)
    pairs = zip(results, truths, strict=True)
    masks = (region > 0).squeeze(1).to(torch.uint8).contiguous().numpy()
    sums, counts = [], []
    for (a, b), mask in zip(pairs, masks, strict=True):
        sums.append(sum(cv2.norm(x, y, norm, mask) for x, y in zip(a, b, strict=True)))
        counts.append(cv2.countNonZero(mask) * len(a))
    return torch.tensor(sums, dtype=torch.float64) / torch.tensor(counts, dtype=torch.float64)


def _mean_error_torch(result: Tensor, truth: Tensor, region: Tensor | None, norm: int) -> Tensor:
    error = result.double() - truth.double()
    error = error.abs_() if norm == cv2.NORM_L1 else error.square_()
    if region is None:
        return error.mean(dim=(1, 2, 3))
    inside = (region > 0).to(error.dtype)
    return (error * inside).sum(dim=(1, 2, 3)) / (inside.sum(dim=(1, 2, 3)) * error.shape[1])


def whole_picture(
    function: Callable[[Tensor, Tensor], Tensor],
) -> Callable[[Tensor, Tensor, Tensor], Tensor]:
    """Return `function` with the signature of `Metric.compute`: the hole does not matter."""

    @wraps(function)  # a run looks for changes in the module of the function
    def compute(result: Tensor, truth: Tensor, hole: Tensor) -> Tensor:
        return function(result, truth)

    return compute
