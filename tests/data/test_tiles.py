"""Pictures that lie as tiles in sheets."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image

from inpaint_bench.data.tiles import TiledImages
from inpaint_bench.errors import BenchError, DataMissingError


@pytest.fixture
def sheets(tmp_path):
    """Write two sheets of 3x2 tiles and say that ten of them are pictures."""
    pixels = np.random.default_rng(0).integers(0, 256, (2, 64, 96, 3), dtype=np.uint8)
    for number, sheet in enumerate(pixels):
        Image.fromarray(sheet).save(tmp_path / f"test_0{number}.png")
    (tmp_path / "test.json").write_text(json.dumps({"labels": list(range(10))}))
    return tmp_path, pixels


def test_tiles_are_read_row_by_row_and_sheet_by_sheet(sheets):
    folder, pixels = sheets
    tiles = TiledImages(folder, "test")
    assert tiles.ids == [f"test_{n:05d}" for n in range(10)]
    for number, image_id in enumerate(tiles.ids):
        sheet, row, column = number // 6, number % 6 // 3, number % 3
        expected = pixels[sheet, 32 * row : 32 * row + 32, 32 * column : 32 * column + 32]
        assert (tiles.read(image_id)[0] == expected).all()
    with pytest.raises(DataMissingError, match="no picture test_00010 among the 10"):
        tiles.read("test_00010")


def test_without_labels_every_tile_is_a_picture(sheets):
    folder, _ = sheets
    (folder / "test.json").unlink()
    assert len(TiledImages(folder, "test").ids) == 12


@pytest.mark.parametrize("text", ["{", "7", '{"labels": 10}', '"ten"'])
def test_labels_that_are_none_are_told(sheets, text):
    folder, _ = sheets
    (folder / "test.json").write_text(text)
    with pytest.raises(BenchError, match="test.json"):
        TiledImages(folder, "test")
