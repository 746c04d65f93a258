"""Free-form brush strokes as DeepFill v2 was trained with.

Algorithm 1 of Yu et al., Free-Form Image Inpainting with Gated Convolution, 2019
(supplementary material), with the constants of the released training code at 256x256. All
lengths follow the diagonal, so that the share of missing pixels hardly depends on the size from
64 pixels on; below, where lengths are rounded to whole pixels, it is smaller (12 % at 32, 8 % at
16, of 600 draws). The strokes are drawn by OpenCV, the published ones by Pillow: single pixels
differ. Every step of a stroke leads to the right, and the released code throws its mirrored masks
away by mistake, so that its holes gather at the right border; here, as meant there, half of the
masks are mirrored.
"""

from __future__ import annotations

import math

import cv2
import numpy as np

from inpaint_bench.masks._base import check_size, register

__all__ = ["draw_free_form", "stroke_vertices"]

_STROKES = (1, 4)  # from, below
_VERTICES = (4, 12)  # from, below
_WIDTHS = (12.0, 40.0)  # pixels at 256x256
_MEAN_ANGLE = 2.0 * math.pi / 5.0
_ANGLE_RANGE = 2.0 * math.pi / 15.0
_DIAGONAL = 256.0 * math.sqrt(2.0)


@register(
    "free_form",
    title="Free-form strokes",
    source="Yu et al. 2019, Free-Form Image Inpainting with Gated Convolution, algorithm 1, with "
    "the constants of the released code; lengths follow the size, half of the masks are mirrored",
    parameters={
        "strokes": "1 to 3",
        "vertices": "4 to 11",
        "width": "12 to 39 px at 256x256",
        "mean angle": "2 pi / 5 +- up to 2 pi / 15",
        "step": "normal, mean diagonal / 8",
    },
    layered=True,
)
def draw_free_form(height: int, width: int, rng: np.random.Generator) -> np.ndarray:
    """Draw one to three thick zigzag strokes with round joints.

    Args:
        height, width: of the mask in pixels, at least 8.
        rng: source of randomness.

    Returns:
        HxW bool, True = missing; 15 % of the pixels on average, less below 64 pixels.

    Raises:
        MaskError: the mask would be smaller than 8x8.
    """
    check_size(height, width)
    canvas = np.zeros((height, width), dtype=np.uint8)
    diagonal = math.hypot(height, width)
    for _ in range(int(rng.integers(*_STROKES))):
        vertices = stroke_vertices(height, width, diagonal / 8.0, rng)
        breadth = round(int(rng.uniform(*_WIDTHS)) * diagonal / _DIAGONAL)
        # OpenCV covers thickness + 1 pixels across.
        cv2.polylines(canvas, [vertices], False, color=1, thickness=max(1, breadth - 1))
    upside_down, mirrored = rng.integers(2, size=2)
    canvas = canvas[:: 1 - 2 * upside_down, :: 1 - 2 * mirrored]
    return np.ascontiguousarray(canvas).astype(bool)


def stroke_vertices(height: int, width: int, radius: float, rng: np.random.Generator) -> np.ndarray:
    """Return the Nx1x2 vertices (x, y) of a stroke whose steps turn back and forth.

    Args:
        height, width: of the mask in pixels.
        radius: mean length of a step in pixels.
        rng: source of randomness.
    """
    count = int(rng.integers(*_VERTICES))
    spread = rng.uniform(0.0, _ANGLE_RANGE, size=2)
    angles = rng.uniform(_MEAN_ANGLE - spread[0], _MEAN_ANGLE + spread[1], size=count)
    angles[::2] = 2.0 * math.pi - angles[::2]  # every other step goes the other way
    lengths = rng.normal(radius, radius // 2, size=count).clip(0.0, 2.0 * radius)
    steps = lengths * np.stack([np.cos(angles), np.sin(angles)])  # 2xN
    x, y = int(rng.integers(width)), int(rng.integers(height))
    vertices = [(x, y)]
    for step_x, step_y in steps.T.tolist():
        x = int(min(max(x + step_x, 0.0), width))
        y = int(min(max(y + step_y, 0.0), height))
        vertices.append((x, y))
    return np.array(vertices, dtype=np.int32)[:, None]  # Nx1x2
