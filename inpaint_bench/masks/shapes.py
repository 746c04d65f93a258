"""Lines, circles and arcs of ellipses, as many PConv trainings without NVIDIA's masks draw."""

from __future__ import annotations

import cv2
import numpy as np

from inpaint_bench.masks._base import register

__all__ = ["draw_shapes"]

_MOST = 20  # of each kind
_THINNEST = 3  # pixels
_THICKEST = 0.03  # of height + width


@register(
    "shapes",
    title="Lines, circles, ellipses",
    source="Gruber's PConv-Keras, MaskGenerator, as used by Siao et al. (UC Davis), Image "
    "Inpainting Using Partial Convolutions, figure 5 b",
    parameters={
        "lines, circles, ellipses": "1 to 20 each",
        "thickness, radius": "3 px to 3 % of height + width",
        "half axes": "1 px to the image's sides",
        "angles of ellipses": "3 to 180 degrees",
    },
    smallest=64,
)
def draw_shapes(height: int, width: int, rng: np.random.Generator) -> np.ndarray:
    """Draw lines, discs and arcs of ellipses.

    Args:
        height, width: of the mask in pixels, at least 64.
        rng: source of randomness.

    Returns:
        HxW bool, True = missing.
    """
    canvas = np.zeros((height, width), dtype=np.uint8)
    thickest = int((height + width) * _THICKEST)

    def point() -> tuple[int, int]:
        return int(rng.integers(1, width + 1)), int(rng.integers(1, height + 1))

    def thickness() -> int:
        return int(rng.integers(_THINNEST, thickest + 1))

    for _ in range(int(rng.integers(1, _MOST + 1))):
        cv2.line(canvas, point(), point(), 1, thickness())
    for _ in range(int(rng.integers(1, _MOST + 1))):
        cv2.circle(canvas, point(), thickness(), 1, -1)
    for _ in range(int(rng.integers(1, _MOST + 1))):
        turn, start, end = (int(angle) for angle in rng.integers(3, 181, size=3))
        cv2.ellipse(canvas, point(), point(), turn, start, end, 1, thickness())
    return canvas.astype(bool)
