"""Holes in the shape of objects, without a network that finds objects.

LaMa's segmentation masks are the outlines of things that a panoptic network found in other
photographs, moved to another place. Such a network is not part of this project: here an outline
is drawn. Two to five overlapping ellipses (a body and its limbs) form the thing, and a smooth
random field bends its contour; one connected piece is kept, without holes in it.
"""

from __future__ import annotations

import cv2
import numpy as np

from inpaint_bench.masks._base import check_size, register

__all__ = ["draw_segmentation"]

_OBJECTS = (1, 4)  # from, below
_RADII = (0.08, 0.28)  # of the shorter side
_LIMBS = (1, 5)
_BEND = 0.04  # of the shorter side, standard deviation of the bending
_SMOOTH = 0.06  # of the shorter side, width of the field's bumps


@register(
    "segmentation",
    title="Object-shaped",
    source="in place of the segmentation masks of Suvorov et al. 2022 (LaMa), which need a "
    "panoptic network: drawn outlines, ours",
    parameters={
        "objects": "1 to 3",
        "body": "ellipse with half axes of 8 to 28 % of the shorter side",
        "limbs": "1 to 4 ellipses on the body's contour, 35 to 75 % of its size",
        "contour": "bent by a smooth field of 4 % of the shorter side",
    },
    smallest=32,
)
def draw_segmentation(height: int, width: int, rng: np.random.Generator) -> np.ndarray:
    """Draw one to three object-shaped pieces.

    Args:
        height, width: of the mask in pixels, at least 32.
        rng: source of randomness.

    Returns:
        HxW bool, True = missing.

    Raises:
        MaskError: the mask would be smaller than 8x8.
    """
    check_size(height, width)
    hole = np.zeros((height, width), dtype=np.uint8)
    for _ in range(int(rng.integers(*_OBJECTS))):
        hole |= _bend(_silhouette(height, width, rng), rng)
    return hole.astype(bool)


def _silhouette(height: int, width: int, rng: np.random.Generator) -> np.ndarray:
    """Return a body with limbs as HxW uint8."""
    side = min(height, width)
    canvas = np.zeros((height, width), dtype=np.uint8)
    centre = rng.uniform(0.1, 0.9, size=2) * (width, height)
    axes = rng.uniform(*_RADII, size=2) * side
    turn = float(rng.uniform(0.0, 180.0))
    _ellipse(canvas, centre, axes, turn)
    for _ in range(int(rng.integers(*_LIMBS))):
        angle = float(rng.uniform(0.0, 2.0 * np.pi))
        away = np.array([np.cos(angle), np.sin(angle)]) * axes.mean()
        limb = axes * rng.uniform(0.35, 0.75, size=2)
        _ellipse(canvas, centre + away, limb, float(rng.uniform(0.0, 180.0)))
    return canvas


def _ellipse(canvas: np.ndarray, centre: np.ndarray, axes: np.ndarray, turn: float) -> None:
    middle = (round(float(centre[0])), round(float(centre[1])))
    half = (max(1, round(float(axes[0]))), max(1, round(float(axes[1]))))
    cv2.ellipse(canvas, middle, half, turn, 0.0, 360.0, 1, -1)


def _bend(shape: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return the shape with a bent contour: its largest piece, filled."""
    side = min(shape.shape)
    field = rng.standard_normal(shape.shape).astype(np.float32)
    field = cv2.GaussianBlur(field, (0, 0), max(1.0, _SMOOTH * side))
    field *= _BEND * side / max(float(field.std()), 1e-6)
    inside = cv2.distanceTransform(shape, cv2.DIST_L2, 5)
    outside = cv2.distanceTransform(1 - shape, cv2.DIST_L2, 5)
    bent = (inside - outside + field > 0.0).astype(np.uint8)
    contours, _ = cv2.findContours(bent, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    if not contours:  # the field has swallowed a very small thing
        return shape
    largest = max(contours, key=cv2.contourArea)
    return cv2.drawContours(np.zeros_like(shape), [largest], -1, 1, cv2.FILLED)
