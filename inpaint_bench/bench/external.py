"""Results made elsewhere: pictures in a folder that stand where a model's call would.

Owns how such a file is found and read. What is said about them, and how they become rows,
belongs to `score`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from inpaint_bench.errors import BenchError
from inpaint_bench.imaging import read_image, square_crop
from inpaint_bench.types import TestItem

__all__ = ["Outputs", "read_output"]


@dataclass(frozen=True)
class Outputs:
    """The pictures of one method on one test set.

    Attributes:
        folder: where they lie.
        files: (image id, mask id) -> file name; items without a picture are left out.
        hashes: of these files' bytes.
        composite: known pixels are put back before anything is measured.
    """

    folder: Path
    files: Mapping[tuple[str, str], str]
    hashes: Mapping[tuple[str, str], str] = field(default_factory=dict)
    composite: bool = True

    def sha256(self, item: TestItem) -> str:
        """Return the hash of an item's picture; empty where there is none."""
        return self.hashes.get((item.image_id, item.mask_id), "")

    def path(self, item: TestItem) -> Path:
        """Return where an item's picture lies.

        Raises:
            BenchError: there is none.
        """
        name = self.files.get((item.image_id, item.mask_id))
        if name is None:
            raise BenchError(f"no picture for {item.image_id} under {item.mask_id}")
        return self.folder / name


def read_output(path: Path, size: int, own_size: tuple[int, int]) -> np.ndarray:
    """Return a picture as a test set shows its photographs.

    Args:
        path: of the file.
        size: side of the test set in pixels.
        own_size: height and width of the photograph before it was cropped. A picture of this
            size is cropped like the photograph, if that takes no resizing.

    Returns:
        `size` x `size` x 3 uint8.

    Raises:
        ImageError: the file cannot be read.
        BenchError: it has another size. Nothing is ever resized to fit.
    """
    picture = read_image(path)
    found = picture.shape[:2]
    if found == (size, size):
        return picture
    if found == tuple(own_size) and min(own_size) == size:
        return square_crop(picture, size)
    fits = min(own_size) == size < max(own_size)
    also = f" or {own_size[1]}x{own_size[0]}" if fits else ""
    raise BenchError(f"expected {size}x{size}{also}, got {found[1]}x{found[0]}")
