"""Between the photograph with its hole and the value of the drawing canvas.

The canvas shows the photograph, but only the paint on it is read back: the photograph itself
stays on the server, so known pixels never pass through a browser.

The canvas is a square of one size for every photograph, which stands in its middle, as large as
it goes. Gradio's editor centres paint that it is sent in the largest picture it has shown so
far: with one size for all, paint lies where it belongs, and a brush is as wide on any of them.

There are two colours. Pink is the hole. Blue is the sketch: what was painted last wins in the
editor, so blue on pink hides that it was hole, and is hole again where pink closes over it. Blue
that we paint ourselves lies in the hole for certain, and is a little darker to say so.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from inpaint_bench.errors import MaskError
from inpaint_bench.masks.ratio import bucket_label, hole_ratio
from inpaint_bench.ui.session import Photograph, resize_hole

__all__ = [
    "BRUSH",
    "SKETCH_BRUSH",
    "Paint",
    "canvas_pictures",
    "hatched",
    "layer_of",
    "painted_hole",
    "painted_sketch",
    "ratio_of",
    "read_paint",
]

BRUSH = ("#ff0a8a", 0.62)  # colour and opacity: seldom found in photographs, and see-through
SKETCH_BRUSH = ("#00c2ff", 0.9)
_PAINT = (255, 10, 138, 158)  # the first of them as RGBA
_STROKE = (0, 178, 255, 230)  # what a stroke in the hole is repainted in
_BETWEEN = 128  # red and green of pink and blue lie on either side of it
_CERTAIN = 186  # green of a brushed stroke lies above, of a repainted one below
_PAINTED = 64  # alpha from here up is paint; what an eraser leaves at its rim is not
_MAT = (38, 46, 60)  # around photographs that are no square; sober on light and dark pages
_LIGHT, _DARK, _STRIPE = 236, 214, 6


class Paint(NamedTuple):
    """What is painted on the canvas, both `side` x `side` bool.

    Attributes:
        hole: True = missing; where blue lies on pink, too.
        strokes: where the sketch's colour is, in the hole or not.
    """

    hole: np.ndarray
    strokes: np.ndarray


def canvas_pictures(
    photo: Photograph,
    hole: np.ndarray | None = None,
    strokes: np.ndarray | None = None,
    *,
    side: int,
) -> tuple[np.ndarray, np.ndarray | None]:
    """Return what the canvas shows: the photograph, and paint on the hole.

    Args:
        hole: HxW bool of the working size, True = missing; None for none.
        strokes: `side` x `side` bool of a sketch; what lies outside of the hole is dropped.
        side: of the square canvas in pixels.

    Returns:
        `side` x `side` x 3 and `side` x `side` x 4 uint8; no paint where there is no hole.
    """
    place = _place(photo, side)
    background = np.full((side, side, 3), _MAT, np.uint8)
    background[place] = _resized(photo.original, background[place].shape[:2])
    if hole is None or not hole.any():
        return background, None
    on_canvas, none = np.zeros((2, side, side), bool)
    region = on_canvas[place]
    region[:] = resize_hole(hole, region.shape)
    return background, layer_of(Paint(on_canvas, none if strokes is None else strokes))


def layer_of(paint: Paint) -> np.ndarray:
    """Return paint as `side` x `side` x 4 uint8, which `read_paint` reads as it was.

    Strokes outside of the hole are dropped.
    """
    layer = np.zeros((*paint.hole.shape, 4), np.uint8)
    layer[paint.hole] = _PAINT
    layer[paint.strokes & paint.hole] = _STROKE
    return layer


def read_paint(value: Mapping[str, Any] | None, *, side: int) -> Paint:
    """Return what is painted on the canvas.

    Args:
        value: background, layers and composite as HxWx4 uint8; only the layers count.
        side: of the square canvas in pixels.

    Raises:
        MaskError: the layers are not of the canvas's size.
    """
    hole, strokes = _colours(value, side)
    return Paint(hole | (strokes & _closed(hole, strokes & ~hole)), strokes)


def painted_hole(value: Mapping[str, Any] | None, photo: Photograph, *, side: int) -> np.ndarray:
    """Return what is painted on the canvas as HxW bool of the photograph's working size.

    Only what lies on the photograph counts; arguments and errors are those of `read_paint`.
    """
    hole = read_paint(value, side=side).hole
    return resize_hole(hole[_place(photo, side)], photo.working.shape[:2])


def painted_sketch(
    value: Mapping[str, Any] | None, photo: Photograph, *, side: int
) -> np.ndarray | None:
    """Return the sketch as HxW bool of the working size; None where no stroke lies in the hole.

    A stroke counts as the line in its middle, as thin as the edges that networks learn from,
    however wide the brush was. Arguments and errors are those of `read_paint`.
    """
    strokes = read_paint(value, side=side).strokes
    if not strokes.any():
        return None
    from skimage.morphology import skeletonize

    sketch = np.zeros(photo.working.shape[:2], bool)
    lines = skeletonize(strokes)[_place(photo, side)]
    (height, width), (high, wide) = lines.shape, sketch.shape
    if height < high:  # each pixel of the canvas is several here: fill them, stay connected
        sketch = resize_hole(lines, sketch.shape)
    else:
        rows, columns = np.nonzero(lines)
        sketch[rows * high // height, columns * wide // width] = True
    sketch &= painted_hole(value, photo, side=side)
    return sketch if sketch.any() else None


def ratio_of(hole: np.ndarray) -> tuple[float, str]:
    """Return the share of missing pixels and the bucket's label; an empty hole has none."""
    ratio = hole_ratio(hole)
    return ratio, bucket_label(ratio) if ratio > 0.0 else ""


def hatched(picture: np.ndarray, hole: np.ndarray) -> np.ndarray:
    """Return HxWx3 uint8 with a light hatching where pixels are missing."""
    rows, columns = np.indices(hole.shape)
    stripes = np.where((rows + columns) // _STRIPE % 2 == 0, _LIGHT, _DARK).astype(np.uint8)
    return np.where(hole[..., None], stripes[..., None], picture)


def _colours(value: Mapping[str, Any] | None, side: int) -> tuple[np.ndarray, np.ndarray]:
    """Return where the canvas is hole for certain, and where it is blue: `side` x `side` bool."""
    hole, strokes = np.zeros((2, side, side), bool)
    for layer in (value or {}).get("layers") or []:
        if layer.shape != (side, side, 4):
            raise MaskError(
                f"expected paint on a canvas of {side}x{side} pixels, got "
                f"{' x '.join(map(str, layer.shape))}: choose the photograph again"
            )
        painted = layer[..., 3] >= _PAINTED
        blue = painted & (layer[..., 0] < _BETWEEN) & (layer[..., 1] >= _BETWEEN)
        hole |= painted & ~(blue & (layer[..., 1] >= _CERTAIN))
        strokes |= blue
    return hole, strokes


def _closed(hole: np.ndarray, gaps: np.ndarray) -> np.ndarray:
    """Return the hole closed over gaps as wide as the given ones."""
    if not (hole.any() and gaps.any()):
        return hole
    import cv2

    def distance(region: np.ndarray) -> np.ndarray:
        return cv2.distanceTransform(region.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)

    half = float(distance(np.pad(gaps, 1)).max()) + 1.0
    crop = int(half) + 2
    wide = distance(np.pad(~hole, crop, constant_values=True)) <= half
    return (distance(wide) > half)[crop:-crop, crop:-crop]


def _place(photo: Photograph, side: int) -> tuple[slice, slice]:
    """Return rows and columns of the canvas that show the photograph, centred."""
    height, width = photo.original.shape[:2]  # whatever the working size, the place is the same
    scale = side / max(height, width)
    high, wide = max(1, round(height * scale)), max(1, round(width * scale))
    top, left = (side - high) // 2, (side - wide) // 2
    return slice(top, top + high), slice(left, left + wide)


def _resized(picture: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    from PIL import Image

    if picture.shape[:2] == size:
        return picture
    shrinks = size[0] < picture.shape[0]
    method = Image.Resampling.LANCZOS if shrinks else Image.Resampling.BICUBIC
    return np.array(Image.fromarray(picture).resize(size[::-1], method))
