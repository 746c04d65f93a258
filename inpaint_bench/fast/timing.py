"""Seconds of the plain and the fast path in turn, and what the machine could reach."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional as F

from inpaint_bench.fast import BFLOAT16, has_bfloat16, prepare
from inpaint_bench.fast.counting import count, picture_for
from inpaint_bench.models import MODELS

__all__ = ["Peak", "Timing", "convolution_peak", "time_paths"]

_CHANNELS, _SIDE = 256, 64  # of the convolution that shows the peak
_SOME = 40  # runs of it, of which the best counts


@dataclass(frozen=True)
class Peak:
    """GFLOP/s of a large 3x3 convolution of PyTorch; bfloat16 is NaN where there is none."""

    float32: float
    bfloat16: float


@dataclass(frozen=True)
class Timing:
    """One network at one size.

    Attributes:
        side: of the picture.
        multiply_adds: of the plain path for one picture, in 10^9.
        plain, fast: least seconds for one picture.
        difference: largest between the two at any pixel, in 255ths, before compositing.
        rounded: whether part of the fast path is in bfloat16.
    """

    side: int
    multiply_adds: float
    plain: float
    fast: float
    difference: float
    rounded: bool

    @property
    def times_faster(self) -> float:
        """Return how many times faster the fast path is."""
        return self.plain / self.fast

    def reached(self, seconds: float) -> float:
        """Return the GFLOP/s of a path; work that it saves counts as done."""
        return 2.0 * self.multiply_adds / seconds


def convolution_peak() -> Peak:
    """Measure what PyTorch's convolution reaches on this machine with the current threads."""
    rounded = _peak(torch.bfloat16) if has_bfloat16() else float("nan")
    return Peak(_peak(torch.float32), rounded)


@torch.inference_mode()
def time_paths(model: nn.Module, size: int, *, rounds: int = 3) -> Timing:
    """Time both paths of a model in turn, so that another process on the machine slows both.

    Args:
        model: in evaluation mode, on the processor.
        size: of the picture in pixels, rounded up to one that the model takes.
        rounds: timings of each; the least counts, after a run that warms up.
    """
    image, hole = picture_for(model, size)
    prepared = prepare(model)

    def run(one: nn.Module) -> torch.Tensor:
        return one.complete(image, hole, generator=torch.Generator().manual_seed(0)).image

    expected, counted = count(lambda: run(model))  # and warm up
    difference = float((run(prepared) - expected).abs().max()) * 255.0
    turns = [(_seconds(lambda: run(model)), _seconds(lambda: run(prepared))) for _ in range(rounds)]
    plain, fast = (min(times) for times in zip(*turns, strict=True))
    rounded = has_bfloat16() and any(type(model) is MODELS[name] for name in BFLOAT16)
    return Timing(image.shape[-1], counted, plain, fast, difference, rounded)


@torch.inference_mode()
def _peak(dtype: torch.dtype) -> float:
    x = torch.randn(1, _CHANNELS, _SIDE, _SIDE).to(dtype, memory_format=torch.channels_last)
    kernel = torch.randn(_CHANNELS, _CHANNELS, 3, 3).to(dtype, memory_format=torch.channels_last)
    best = min(_seconds(lambda: F.conv2d(x, kernel, padding=1)) for _ in range(_SOME))
    return 2.0 * 9.0 * _CHANNELS**2 * _SIDE**2 / best / 1e9


def _seconds(function: Callable[[], object]) -> float:
    started = time.perf_counter()
    function()
    return time.perf_counter() - started
