"""Masks that lie in a folder as pictures, such as the NVIDIA irregular masks."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import numpy as np

from inpaint_bench._files import id_of
from inpaint_bench.errors import DataMissingError, MaskError
from inpaint_bench.imaging import read_mask, square_mask

__all__ = ["CONTACT_SHEET", "MaskFolder"]

CONTACT_SHEET = "sheet.png"  # what `masks draw` lays beside the masks is no mask itself
_SUFFIXES = {".png", ".bmp", ".gif", ".jpg", ".jpeg", ".tif", ".tiff", ".webp"}


class MaskFolder:
    """The masks of one folder by their file's stem.

    Attributes:
        path: the folder.
        hole: the colour that means missing in its files.
        ids: stems of the files, sorted.

    Example:
        >>> folder = MaskFolder("../shared/data/masks/test")
        >>> hole = folder.read(folder.ids[0], 256, 256)  # HxW bool
    """

    def __init__(self, path: Path | str, hole: Literal["white", "black"] = "white") -> None:
        """List the folder.

        Args:
            path: the folder; its subfolders and a `sheet.png` are left alone.
            hole: the colour that means missing: stated, never guessed.

        Raises:
            DataMissingError: there is no such folder, or it holds no pictures.
            MaskError: `hole` is no polarity, or two files have one stem.
            BenchError: a name is not UTF-8.
        """
        if hole not in ("white", "black"):
            raise MaskError(f"expected the hole to be 'white' or 'black', got {hole!r}")
        self.path = Path(path)
        self.hole = hole
        self._files = _list_masks(self.path)
        self.ids = list(self._files)

    def __len__(self) -> int:
        return len(self.ids)

    def file(self, mask_id: str) -> Path:
        """Return the file of a mask.

        Raises:
            MaskError: the folder has no mask of this id.
        """
        if mask_id not in self._files:
            raise MaskError(
                f"no mask {mask_id!r} in {self.path}: it holds {len(self)} masks, "
                f"{self.ids[0]!r} to {self.ids[-1]!r}"
            )
        return self._files[mask_id]

    def read_whole(self, mask_id: str) -> np.ndarray:
        """Return a mask at the size of its file, as HxW bool with True = missing."""
        return read_mask(self.file(mask_id), hole=self.hole)

    def read(self, mask_id: str, height: int, width: int) -> np.ndarray:
        """Return a mask at another size: scaled to cover it, then cut to the centre.

        Squares are made by `imaging.square_mask`, as in the frozen test sets.

        Args:
            mask_id: one of `ids`.
            height, width: of the result in pixels.

        Returns:
            HxW bool, True = missing; nearest neighbour, so every pixel is one of the file's.

        Raises:
            MaskError: the folder has no mask of this id.
            ImageError: the file is not an image.
        """
        hole = self.read_whole(mask_id)
        if hole.shape == (height, width):
            return hole
        if height == width:
            return square_mask(hole, height)
        return _cover(hole, height, width)


def _list_masks(path: Path) -> dict[str, Path]:
    if not path.is_dir():
        raise DataMissingError(f"expected a folder of masks, but there is no folder {path}")
    files: dict[str, Path] = {}
    for file in sorted(path.iterdir()):
        if file.suffix.lower() not in _SUFFIXES or file.name.startswith("."):
            continue
        if file.name == CONTACT_SHEET or file.is_dir():
            continue
        stem = id_of(file)
        if stem in files:
            raise MaskError(
                f"expected one file a mask, got {files[stem].name} and {file.name} in {path}"
            )
        files[stem] = file
    if not files:
        raise DataMissingError(f"expected masks (PNG or another picture format) in {path}: none")
    return dict(sorted(files.items()))


def _cover(hole: np.ndarray, height: int, width: int) -> np.ndarray:
    """Pick the nearest pixel of the largest centred window of the wanted shape."""
    scale = min(hole.shape[0] / height, hole.shape[1] / width)
    rows = (np.arange(height) - (height - 1) / 2) * scale + (hole.shape[0] - 1) / 2
    columns = (np.arange(width) - (width - 1) / 2) * scale + (hole.shape[1] - 1) / 2
    return hole[np.ix_(rows.round().astype(int), columns.round().astype(int))]
