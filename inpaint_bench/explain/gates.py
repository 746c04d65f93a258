"""Soft maps as heat: gates of gated convolution, edge responses."""

from __future__ import annotations

import cv2
import numpy as np
from torch import Tensor

from inpaint_bench.explain.known import enlarge

__all__ = ["heat_picture"]


def heat_picture(
    x: Tensor,
    size: tuple[int, int],
    padded: tuple[int, int],
    *,
    limits: tuple[float, float] | None = None,
) -> np.ndarray:
    """Return a map in the colours of viridis, dark where low.

    Args:
        x: 1x1xhxw.
        size: height and width of the picture.
        padded: height and width that the network saw.
        limits: values of the darkest and the lightest colour; by default the map's own extremes.
    """
    values = enlarge(x, size, padded)
    low, high = limits or (float(values.min()), float(values.max()))
    scaled = np.clip((values - low) / max(high - low, 1e-12), 0.0, 1.0)
    grey = (scaled * 255.0).round().astype(np.uint8)
    return cv2.cvtColor(cv2.applyColorMap(grey, cv2.COLORMAP_VIRIDIS), cv2.COLOR_BGR2RGB)
