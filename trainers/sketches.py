"""Sketches to train with: edges of the photograph, as far as a person might have drawn them.

Yu et al. 2019, section 3.5, train on the edge maps of HED, whose weights are not at hand; these
are Canny's on a smoothed photograph. The paper always shows all edges of the hole. A person
draws none, or some, with a pen of any width: strokes are therefore dropped, cut and thickened.
"""

from __future__ import annotations

import cv2
import numpy as np

__all__ = ["draw_sketch", "find_edges"]

_NONE, _ALL = 0.3, 0.2  # shares of the samples without strokes, and with every edge
_SMOOTHING = (0.8, 2.0)  # standard deviations in pixels at a side of 128
_LEAST_STROKE = 5  # pixels; shorter edges are specks
_CUTS = 4  # most cuts through the strokes of a sketch
_PENS = (1, 2, 3)  # widths in pixels


def find_edges(picture: np.ndarray, sigma: float = 1.2) -> np.ndarray:
    """Return the edges of a picture, HxW bool, one pixel wide.

    Args:
        picture: HxWx3 uint8 RGB.
        sigma: standard deviation in pixels of the Gaussian that smooths it first.

    Reference:
        Canny 1986; the thresholds follow the picture's own gradients, so that dim pictures have
        strokes too.
    """
    grey = cv2.GaussianBlur(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), (0, 0), sigma)
    across = cv2.Sobel(grey, cv2.CV_16S, 1, 0)
    down = cv2.Sobel(grey, cv2.CV_16S, 0, 1)
    strength = np.hypot(across.astype(np.float32), down.astype(np.float32))
    high = max(float(np.quantile(strength, 0.9)), 20.0)
    edges = cv2.Canny(across, down, 0.4 * high, high, L2gradient=True)
    return _without_specks(edges) > 0


def draw_sketch(picture: np.ndarray, hole: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw strokes into a hole along the edges that it hides.

    Args:
        picture: HxWx3 uint8 RGB.
        hole: HxW bool, True = missing.
        rng: of everything that is drawn.

    Returns:
        HxW bool, True = stroke; no stroke in three samples of ten, every edge in two, a part of
        the edges in the others.
    """
    kind = rng.random()
    if kind < _NONE:
        return np.zeros_like(hole)
    sigma = rng.uniform(*_SMOOTHING) * max(picture.shape[:2]) / 128
    edges = find_edges(picture, max(sigma, 0.5)) & hole
    if kind > _NONE + _ALL:
        edges = _some_strokes(edges, rng)
    pen = int(rng.choice(_PENS))
    if pen > 1:
        disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (pen, pen))
        edges = cv2.dilate(edges.astype(np.uint8), disc) > 0
    return edges & hole


def _some_strokes(edges: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Cut strokes with rubber of random size, then keep each piece with one chance."""
    drawn = edges.astype(np.uint8)
    height, width = drawn.shape
    for _ in range(int(rng.integers(0, _CUTS + 1))):
        centre = int(rng.integers(width)), int(rng.integers(height))
        cv2.circle(drawn, centre, int(rng.integers(2, max(3, height // 6))), 0, -1)
    count, pieces = cv2.connectedComponents(drawn, connectivity=8)
    kept = rng.random(count) < rng.uniform(0.2, 1.0)
    kept[0] = False  # what is no stroke
    return kept[pieces]


def _without_specks(edges: np.ndarray) -> np.ndarray:
    count, pieces, sizes, _ = cv2.connectedComponentsWithStats(edges, connectivity=8)
    kept = sizes[:, cv2.CC_STAT_AREA] >= _LEAST_STROKE
    kept[0] = False
    return np.where(kept[pieces], edges, 0)
