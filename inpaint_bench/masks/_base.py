"""The registry of mask generators and the type that they share."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from inpaint_bench._registry import Registry
from inpaint_bench.errors import MaskError

__all__ = ["MASKS", "MaskGenerator", "check_size"]

# (height, width, generator) -> HxW bool, True = missing
MaskGenerator = Callable[[int, int, np.random.Generator], np.ndarray]

MASKS: Registry[MaskGenerator] = Registry("mask generator")

_SMALLEST = 8


def check_size(height: int, width: int) -> None:
    """Raise unless a mask of this size can have a hole and known pixels around it."""
    if min(height, width) < _SMALLEST:
        raise MaskError(
            f"expected a mask of at least {_SMALLEST}x{_SMALLEST} pixels, got {width}x{height}"
        )
