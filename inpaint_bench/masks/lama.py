"""LaMa's thin, medium and thick masks at 256 and 512: random brushes, for the thicker also boxes.

Suvorov et al., Resolution-robust Large Mask Inpainting with Fourier Convolutions, 2022: class
MixedMaskGenerator under the released configurations `data_gen/random_{thin,medium,thick}_
{256,512}.yaml`. All lengths are pixels of that size. A draw with more than half of the pixels
missing is drawn again (`max_tamper_area`).

Two habits of the released code belong to the law: the number of brushes goes to one more than
the configuration's `max_times`, and every other brush only turns to the left.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from inpaint_bench.errors import MaskError
from inpaint_bench.masks._base import Draw, register
from inpaint_bench.masks.ratio import hole_ratio

__all__ = ["LAMA", "Boxes", "Brushes", "LamaLaw", "draw_lama"]

_MOST_MISSING = 0.5
_MOST_DRAWS = 1000
_BOXES_SHARE = 0.3 / 1.3  # box_proba 0.3 beside irregular_proba 1
_MOST_SEGMENTS = 5
_ANGLES = 4
_TINY_ANGLE = 0.01
_LEAST_LENGTH, _LEAST_WIDTH = 10, 5


@dataclass(frozen=True)
class Brushes:
    """How many brushes a mask has, and how far a segment of one goes: below `length` + 10
    pixels long and below `width` + 5 wide."""

    least: int
    most: int
    length: int
    width: int


@dataclass(frozen=True)
class Boxes:
    """How many boxes a mask has, their sides in pixels and their distance from the border."""

    most: int
    shortest: int
    longest: int
    margin: int


@dataclass(frozen=True)
class LamaLaw:
    """One of the six published configurations; without boxes every mask is brushed."""

    brushes: Brushes
    boxes: Boxes | None = None


LAMA = {
    "lama_thin_256": LamaLaw(Brushes(4, 50, 40, 10)),
    "lama_medium_256": LamaLaw(Brushes(4, 5, 100, 50), Boxes(5, 10, 50, 0)),
    "lama_thick_256": LamaLaw(Brushes(1, 5, 200, 100), Boxes(3, 30, 150, 10)),
    "lama_thin_512": LamaLaw(Brushes(4, 70, 100, 20)),
    "lama_medium_512": LamaLaw(Brushes(4, 10, 200, 100), Boxes(5, 30, 150, 0)),
    "lama_thick_512": LamaLaw(Brushes(1, 5, 450, 250), Boxes(4, 30, 300, 10)),
}


def draw_lama(law: LamaLaw, height: int, width: int, rng: np.random.Generator) -> np.ndarray:
    """Draw brushes or boxes until at most half of the pixels are missing.

    Args:
        law: one of `LAMA`.
        height, width: of the mask in pixels.
        rng: source of randomness.

    Returns:
        HxW bool, True = missing.

    Raises:
        MaskError: every one of a thousand draws covers more than half of so small a mask.
    """
    for _ in range(_MOST_DRAWS):
        if law.boxes is not None and rng.random() < _BOXES_SHARE:
            hole = _draw_boxes(law.boxes, height, width, rng)
        else:
            hole = _draw_brushes(law.brushes, height, width, rng)
        if hole_ratio(hole) <= _MOST_MISSING:
            return hole
    raise MaskError(
        f"LaMa's brushes cover more than half of {width}x{height} pixels, {_MOST_DRAWS} times "
        "over: ask for a larger mask"
    )


def _draw_brushes(law: Brushes, height: int, width: int, rng: np.random.Generator) -> np.ndarray:
    canvas = np.zeros((height, width), dtype=np.uint8)
    for brush in range(int(rng.integers(law.least, law.most + 2))):
        x, y = int(rng.integers(width)), int(rng.integers(height))
        for _ in range(1 + int(rng.integers(_MOST_SEGMENTS))):
            angle = _TINY_ANGLE + float(rng.integers(_ANGLES))
            if brush % 2 == 0:
                angle = 2.0 * math.pi - angle
            length = _LEAST_LENGTH + int(rng.integers(law.length))
            breadth = _LEAST_WIDTH + int(rng.integers(law.width))
            to_x = min(max(int(x + length * math.sin(angle)), 0), width)
            to_y = min(max(int(y + length * math.cos(angle)), 0), height)
            cv2.line(canvas, (x, y), (to_x, to_y), 1, breadth)
            x, y = to_x, to_y
    return canvas.astype(bool)


def _draw_boxes(law: Boxes, height: int, width: int, rng: np.random.Generator) -> np.ndarray:
    hole = np.zeros((height, width), dtype=bool)
    longest = min(law.longest + 1, height - 2 * law.margin, width - 2 * law.margin)
    for _ in range(int(rng.integers(1, law.most + 1))):
        wide, high = (int(side) for side in rng.integers(law.shortest, longest, size=2))
        left = int(rng.integers(law.margin, width - law.margin - wide + 1))
        top = int(rng.integers(law.margin, height - law.margin - high + 1))
        hole[top : top + high, left : left + wide] = True
    return hole


def _register(name: str, law: LamaLaw) -> None:
    thickness, size = name.split("_")[1:]
    brushes, boxes = law.brushes, law.boxes
    parameters: dict[str, object] = {
        "brushes": f"{brushes.least} to {brushes.most + 1}",
        "segments": f"1 to {_MOST_SEGMENTS}",
        "segment": f"{_LEAST_LENGTH} to {_LEAST_LENGTH + brushes.length - 1} px long, "
        f"{_LEAST_WIDTH} to {_LEAST_WIDTH + brushes.width - 1} px wide",
        "missing": "at most 50 %",
    }
    if boxes is not None:
        parameters["boxes"] = (
            f"instead of brushes in 3 of 13 masks: 1 to {boxes.most}, {boxes.shortest} to "
            f"{boxes.longest} px, {boxes.margin} px from the border"
        )
    register(
        name,
        title=f"LaMa {thickness} {size}",
        source="Suvorov et al. 2022, Resolution-robust Large Mask Inpainting with Fourier "
        f"Convolutions; configuration data_gen/random_{thickness}_{size}.yaml",
        parameters=parameters,
        smallest=int(size) // 2,
    )(_bind(law))


def _bind(law: LamaLaw) -> Draw:
    def draw(height: int, width: int, rng: np.random.Generator) -> np.ndarray:
        return draw_lama(law, height, width, rng)

    return draw


for _name, _law in LAMA.items():
    _register(_name, _law)
