"""Where pictures come from: folders of files, and sheets of small tiles."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np

from inpaint_bench.errors import DataMissingError

__all__ = ["Picture", "Tile", "find_photographs", "read_rgb"]

_SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff"}


@dataclass(frozen=True)
class Tile:
    """One small picture of a square sheet, counted row by row.

    Attributes:
        sheet: image file.
        index: number of the tile on the sheet.
        columns: tiles in a row.
    """

    sheet: Path
    index: int
    columns: int


Picture = Path | Tile


def find_photographs(sources: Sequence[Path]) -> list[Picture]:
    """List the pictures of all sources, sorted within each.

    Args:
        sources: folders, all of whose image files count; or `NAME.json` files with a list
            `labels`, one entry a picture, beside sheets `NAME_00.*`, `NAME_01.*` ... that hold
            the pictures as square tiles.

    Raises:
        DataMissingError: a source is missing, holds no images, or is no list of labels.
    """
    found: list[Picture] = []
    for source in sources:
        found += _tiles(source) if source.suffix == ".json" else _files(source)
    return found


def read_rgb(picture: Picture) -> np.ndarray:
    """Read HxWx3 uint8 RGB; OpenCV decodes several times faster than Pillow.

    Raises:
        DataMissingError: the file is no image.
    """
    if isinstance(picture, Path):
        return _decode(picture)
    sheet = _sheet(picture.sheet)
    side = sheet.shape[1] // picture.columns
    top, left = (side * place for place in divmod(picture.index, picture.columns))
    return sheet[top : top + side, left : left + side]


def _files(folder: Path) -> list[Picture]:
    if not folder.is_dir():
        raise DataMissingError(f"expected a folder of images at {folder}, found none")
    files = sorted(p for p in folder.rglob("*") if p.suffix.lower() in _SUFFIXES)
    if not files:
        raise DataMissingError(f"expected images below {folder}, found none of {_SUFFIXES}")
    return list(files)


def _tiles(labels: Path) -> list[Picture]:
    if not labels.is_file():
        raise DataMissingError(f"expected a list of labels at {labels}, found no file")
    try:
        listed = json.loads(labels.read_text(encoding="utf-8"))["labels"]
    except (ValueError, KeyError, TypeError):
        listed = None
    if not isinstance(listed, list) or not listed:
        raise DataMissingError(
            f'expected {{"labels": [...]}}, one entry a picture, in {labels}, got something else'
        )
    count = len(listed)
    sheets = sorted(
        p for p in labels.parent.glob(f"{labels.stem}_*") if p.suffix.lower() in _SUFFIXES
    )
    if not sheets:
        raise DataMissingError(f"expected sheets {labels.stem}_00.* beside {labels}, found none")
    columns = math.ceil(math.sqrt(count / len(sheets)))  # the last sheet may have a rest
    places = [divmod(number, columns**2) for number in range(count)]
    return [Tile(sheets[sheet], index, columns) for sheet, index in places]


@lru_cache(maxsize=64)
def _sheet(path: Path) -> np.ndarray:
    """Keep decoded sheets: a training draws a thousand tiles from each, in random order."""
    return _decode(path)


def _decode(path: Path) -> np.ndarray:
    picture = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_COLOR)
    if picture is None:
        raise DataMissingError(f"expected an image in {path}, could not decode it; remove the file")
    return cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)
