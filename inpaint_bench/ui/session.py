"""A visitor's photograph as it is kept on the server, original pixels and all."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from inpaint_bench.errors import ImageError, MaskError
from inpaint_bench.imaging import read_image

__all__ = ["Photograph", "fit_hole", "open_photograph", "photograph", "resize_hole"]

_LEAST_SIDE = 16
_LONGEST_STEM = 40


@dataclass(frozen=True, eq=False)
class Photograph:
    """One photograph of one visitor.

    Attributes:
        name: stem for the files that come of it; letters, digits, `-` and `_` only.
        original: HxWx3 uint8 as it was given, upright.
        working: HxWx3 uint8, what is inpainted: `original` itself, or shrunk to the limit.
        example: whether it is one of the app's own, which a link can bring back.
    """

    name: str
    original: np.ndarray
    working: np.ndarray
    example: bool = False

    @property
    def shrunk(self) -> bool:
        """Whether `working` is smaller than the original."""
        return self.working is not self.original

    def at(self, max_side: int) -> Photograph:
        """Return the same photograph with another limit on the working size.

        Raises:
            ImageError: as `photograph`.
        """
        if max(self.working.shape[:2]) == min(max_side, max(self.original.shape[:2])):
            return self
        sized = photograph(self.name, self.original, max_side=max_side)
        return replace(sized, example=self.example)

    @property
    def notice(self) -> str:
        """What to tell the visitor about its size; empty if it is used as it is."""
        if not self.shrunk:
            return ""
        return (
            f"This photograph is {_size(self.original)} pixels; what is inpainted is a copy "
            f"shrunk to {_size(self.working)}."
        )


def open_photograph(path: str | Path, *, max_side: int) -> Photograph:
    """Read an uploaded file; metadata stays behind.

    Raises:
        ImageError: it is not a photograph, or too large, or too small.
    """
    path = Path(path)
    try:
        picture = read_image(path)
    except ImageError as error:
        # Visitors know the name of their file, not where the server put it.
        raise ImageError(str(error).replace(str(path), path.name)) from error
    return photograph(path.stem, picture, max_side=max_side)


def photograph(name: str, picture: np.ndarray, *, max_side: int) -> Photograph:
    """Make a `Photograph` of HxWx3 uint8, shrunk where its longer side passes `max_side`.

    Raises:
        ImageError: a side has fewer than 16 pixels, before or after shrinking.
    """
    working = _shrink(picture, max_side)
    if min(working.shape[:2]) < _LEAST_SIDE:
        raise ImageError(
            f"expected at least {_LEAST_SIDE} pixels on the shorter side, got {_size(picture)}"
            f"{'' if working is picture else ', shrunk to ' + _size(working)}: "
            "crop or enlarge it first"
        )
    stem = re.sub(r"[^A-Za-z0-9_-]+", "-", name).strip("-")[:_LONGEST_STEM]
    return Photograph(name=stem or "photograph", original=picture, working=working)


def fit_hole(hole: np.ndarray, photo: Photograph) -> np.ndarray:
    """Bring a mask file of the photograph's own or working size to the working size.

    Args:
        hole: HxW bool, True = missing.

    Raises:
        MaskError: it has another size.
    """
    if hole.shape == photo.working.shape[:2]:
        return hole
    if hole.shape != photo.original.shape[:2]:
        sizes = _size(photo.original)
        if photo.shrunk:
            sizes += f" (or {_size(photo.working)})"
        raise MaskError(
            f"expected a mask of the photograph's size {sizes}, "
            f"got {hole.shape[1]}x{hole.shape[0]}: resize it, or open the photograph it belongs to"
        )
    return resize_hole(hole, photo.working.shape[:2])


def resize_hole(hole: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Take HxW bool to `size` = (height, width): each new pixel is the one under its centre.

    Growing and then shrinking back gives the same hole.
    """
    (height, width), (high, wide) = hole.shape, size
    rows = ((2 * np.arange(high) + 1) * height) // (2 * high)
    columns = ((2 * np.arange(wide) + 1) * width) // (2 * wide)
    return hole[rows[:, None], columns[None, :]]


def _shrink(picture: np.ndarray, max_side: int) -> np.ndarray:
    """Return `picture` itself if it fits, else a Lanczos copy."""
    from PIL import Image

    height, width = picture.shape[:2]
    scale = max_side / max(height, width)
    if scale >= 1.0:
        return picture
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    shrunk = Image.fromarray(picture).resize(size, Image.Resampling.LANCZOS)
    return np.array(shrunk)


def _size(picture: np.ndarray) -> str:
    return f"{picture.shape[1]}x{picture.shape[0]}"
