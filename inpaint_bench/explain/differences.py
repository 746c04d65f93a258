"""Where two pictures differ, and by how much."""

from __future__ import annotations

import cv2
import numpy as np

from inpaint_bench.errors import ImageError

__all__ = ["difference_picture"]

_BRIGHTEST = 64  # of 255: differences from here up have the lightest colour


def difference_picture(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Return the mean absolute difference over the channels as heat, black where there is none.

    Args:
        left, right: HxWx3 uint8.

    Returns:
        HxWx3 uint8 in the colours of inferno; the scale is fixed, a quarter of the range and
        more is the lightest colour, so that two of these pictures can be compared.

    Raises:
        ImageError: the two have different sizes.
    """
    if left.shape != right.shape:
        raise ImageError(f"expected two pictures of one size, got {left.shape} and {right.shape}")
    distance = np.abs(left.astype(np.int16) - right.astype(np.int16)).mean(axis=2)
    grey = np.clip(distance / _BRIGHTEST * 255.0, 0, 255).round().astype(np.uint8)
    return cv2.cvtColor(cv2.applyColorMap(grey, cv2.COLORMAP_INFERNO), cv2.COLOR_BGR2RGB)
