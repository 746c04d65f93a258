"""Small pictures that lie as tiles in large sheets, such as CIFAR-10's sixty thousand."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from inpaint_bench.data.folder import list_images
from inpaint_bench.data.identity import pixels_sha256
from inpaint_bench.errors import BenchError, DataMissingError
from inpaint_bench.imaging import read_image

__all__ = ["PARTS", "TiledImages"]

PARTS = ("train", "test")


class TiledImages:
    """Pictures that lie as tiles of 32x32 in sheets, row by row, as CIFAR-10 does.

    Sheets are called `test_00.webp`, `test_01.webp`, ... and hold as many tiles as fit; the count
    in `test.json`, where there is one, ends the last sheet.
    """

    side = 32

    def __init__(self, folder: Path, part: str) -> None:
        self.folder, self.part = folder, part
        self._sheets = [path for path in list_images(folder) if path.stem.startswith(f"{part}_")]
        if not self._sheets:
            raise DataMissingError(f"no sheets {part}_00 ... in {folder}: put them there")
        first = read_image(self._sheets[0])
        self._down, self._across = (length // self.side for length in first.shape[:2])
        self._count = self._read_count()
        self.ids = [f"{part}_{index:05d}" for index in range(self._count)]
        self._last = (0, first)

    def sha256(self, image_id: str) -> str:
        """Return the hash of a tile's pixels."""
        return self.read(image_id)[1]

    def read(self, image_id: str) -> tuple[np.ndarray, str]:
        """Return a tile, 32x32x3 uint8, and the hash of its pixels."""
        number = image_id.removeprefix(f"{self.part}_")
        if not number.isdecimal() or int(number) >= self._count:
            raise DataMissingError(
                f"no picture {image_id} among the {self._count} in {self.folder}: put it there"
            )
        sheet, place = divmod(int(number), self._across * self._down)
        if self._last[0] != sheet:
            self._last = (sheet, read_image(self._sheets[sheet]))
        row, column = (self.side * step for step in divmod(place, self._across))
        tile = self._last[1][row : row + self.side, column : column + self.side].copy()
        return tile, pixels_sha256(tile)

    def _read_count(self) -> int:
        most = len(self._sheets) * self._across * self._down
        about = self.folder / f"{self.part}.json"
        if not about.is_file():
            return most
        try:
            labels = json.loads(about.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise BenchError(f"expected the tiles' labels in {about}, got: {error}") from error
        found = labels.get("labels") if isinstance(labels, dict) else labels
        if not isinstance(found, list):
            raise BenchError(f"expected a list of the tiles' labels in {about}, got other JSON")
        return min(most, len(found))
