from __future__ import annotations

import os
import time

import numpy as np
import pytest
from PIL import Image

from inpaint_bench.ui.outbox import Outbox


@pytest.mark.parametrize("channels", [3, 4])
def test_a_picture_is_written_as_png_without_loss_or_metadata(tmp_path, channels):
    picture = np.random.default_rng(1).integers(0, 256, (20, 30, channels), dtype=np.uint8)
    path = Outbox(tmp_path).png("cat__telea", picture)
    assert path.endswith("/cat__telea.png")
    with Image.open(path) as read:
        assert read.format == "PNG" and read.info == {}
        assert np.array_equal(np.array(read), picture)


def test_a_hole_is_white_where_pixels_are_missing(tmp_path):
    hole = np.eye(8, dtype=bool)
    with Image.open(Outbox(tmp_path).png("hole", hole)) as read:
        assert np.array_equal(np.array(read) == 255, hole)


def test_a_file_that_is_there_is_made_young_and_not_written_again(tmp_path):
    outbox = Outbox(tmp_path)
    path = outbox.put("a.zip", b"content")
    os.utime(path, (1.0, 1.0))
    number = os.stat(path).st_ino
    assert outbox.put("a.zip", b"content") == path
    assert os.stat(path).st_ino == number
    assert time.time() - os.stat(path).st_mtime < 60.0
    assert outbox.put("a.zip", b"other") != path
    assert [file.name for file in tmp_path.rglob("*.tmp")] == []


def test_pictures_of_equal_bytes_and_other_shapes_are_different_files(tmp_path):
    outbox, pixels = Outbox(tmp_path), np.arange(48, dtype=np.uint8)
    paths = [outbox.png("one", pixels.reshape(shape)) for shape in ((4, 4, 3), (2, 8, 3))]
    assert paths[0] != paths[1]
    assert outbox.png("one", pixels.reshape(4, 4, 3)) == paths[0]
    with Image.open(paths[1]) as read:
        assert read.size == (8, 2)
