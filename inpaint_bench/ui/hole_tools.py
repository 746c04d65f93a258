"""Changes to a hole that is there: inverted, grown, shrunk, and taken to another photograph."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from inpaint_bench.errors import MaskError

__all__ = ["TOOLS", "change_hole", "grow", "invert", "shrink", "step_of"]

_STEPS_PER_SIDE = 50


def invert(hole: np.ndarray) -> np.ndarray:
    """Return HxW bool with known and missing exchanged."""
    return ~hole


def grow(hole: np.ndarray) -> np.ndarray:
    """Return the hole and all pixels within a step of it."""
    return _distance(~hole) <= step_of(hole)


def shrink(hole: np.ndarray) -> np.ndarray:
    """Return the hole without the pixels within a step of what is known.

    Where it touches the border of the picture it stays there.
    """
    return _distance(hole) > step_of(hole)


def step_of(hole: np.ndarray) -> int:
    """Return how far one press of a button goes, in pixels: a fiftieth of the longer side."""
    return max(1, round(max(hole.shape) / _STEPS_PER_SIDE))


TOOLS: Mapping[str, Callable[[np.ndarray], np.ndarray]] = {
    "invert": invert,
    "grow": grow,
    "shrink": shrink,
}


def change_hole(tool: str, hole: np.ndarray) -> np.ndarray:
    """Return what one of `TOOLS` makes of a hole, HxW bool.

    Raises:
        MaskError: there is no hole, or nothing or all would be missing afterwards.
    """
    if not hole.any():
        raise MaskError(f"expected a hole to {tool}, got none: brush one or draw a random one")
    changed = TOOLS[tool](hole)
    if not changed.any():
        raise MaskError(f"to {tool} this hole would leave nothing of it: clear it instead")
    if changed.all():
        raise MaskError(f"to {tool} this hole would leave nothing known: brush a smaller one")
    return changed


def _distance(region: np.ndarray) -> np.ndarray:
    """Return each pixel's distance in pixels to the nearest one outside of `region`."""
    import cv2

    return cv2.distanceTransform(region.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
