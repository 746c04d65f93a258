"""Folders of files, and sheets of tiles."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from inpaint_bench.data.root import data_root
from inpaint_bench.errors import DataMissingError
from trainers.pictures import Tile, find_photographs, read_rgb


@pytest.fixture
def sheets(tmp_path: Path) -> Path:
    """Seven tiles of 8x8 on two sheets of 2x2: tile n has the grey value 10 n."""
    for sheet in range(2):
        values = np.zeros((16, 16, 3), np.uint8)
        for place in range(4):
            top, left = 8 * (place // 2), 8 * (place % 2)
            values[top : top + 8, left : left + 8] = 10 * (4 * sheet + place)
        Image.fromarray(values).save(tmp_path / f"train_{sheet:02d}.png")
    (tmp_path / "train.json").write_text(json.dumps({"labels": list(range(7))}))
    return tmp_path / "train.json"


def test_a_sheet_gives_its_tiles_row_by_row_as_many_as_there_are_labels(sheets):
    tiles = find_photographs([sheets])
    assert len(tiles) == 7
    pictures = [read_rgb(tile) for tile in tiles]
    assert all(picture.shape == (8, 8, 3) for picture in pictures)
    assert [int(picture.mean()) for picture in pictures] == [0, 10, 20, 30, 40, 50, 60]


def test_missing_sheets_are_named(tmp_path):
    (tmp_path / "train.json").write_text(json.dumps({"labels": [1]}))
    with pytest.raises(DataMissingError, match=r"train_00"):
        find_photographs([tmp_path / "train.json"])
    with pytest.raises(DataMissingError, match="list of labels"):
        find_photographs([tmp_path / "test.json"])


@pytest.mark.parametrize(
    "content", [b"", b"no list", b"\xff\xfe", b"[1, 2]", b"{}", b'{"labels": 7}', b"null"]
)
def test_a_list_without_labels_is_named(content, sheets):
    sheets.write_bytes(content)
    with pytest.raises(DataMissingError, match=r'expected {"labels".*train\.json'):
        find_photographs([sheets])


def test_a_file_that_is_no_picture_is_named(tmp_path):
    (tmp_path / "a.png").write_bytes(b"no picture")
    with pytest.raises(DataMissingError, match=r"a\.png"):
        read_rgb(find_photographs([tmp_path])[0])


def test_cifar_has_fifty_thousand_pictures_of_32_pixels():
    root = data_root()
    labels = root / "cifar10" / "train.json" if root else None
    if labels is None or not labels.is_file():
        pytest.skip("CIFAR-10 is not here: set INPAINT_DATA to a folder with cifar10/train.json")
    tiles = find_photographs([labels])
    assert len(tiles) == 50_000
    assert tiles[-1] == Tile(labels.with_name("train_48.webp"), 50_000 - 48 * 1024 - 1, 32)
    first = read_rgb(tiles[0])
    assert first.shape == (32, 32, 3)
    # The data set's first picture is a red car: its label says automobile.
    listed = json.loads(labels.read_text())
    assert listed["classes"][listed["labels"][0]] == "automobile"
