"""Listing the pictures of a folder."""

from __future__ import annotations

import pytest

from inpaint_bench.data import list_images
from inpaint_bench.errors import BenchError, DataMissingError


def test_pictures_are_sorted_by_stem_whatever_their_ending(tmp_path):
    for name in ("b.JPEG", "a10.png", "a9.webp", ".hidden.png", "notes.txt"):
        (tmp_path / name).touch()
    assert [file.name for file in list_images(tmp_path)] == ["a10.png", "a9.webp", "b.JPEG"]


def test_folders_with_the_ending_of_a_picture_are_left_out(tmp_path):
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "a.png").touch()
    assert [file.name for file in list_images(tmp_path)] == ["a.png"]


def test_two_files_of_one_stem_are_an_error(tmp_path):
    (tmp_path / "x.png").touch()
    (tmp_path / "x.jpg").touch()
    with pytest.raises(BenchError, match=r"x\.jpg and x\.png"):
        list_images(tmp_path)


def test_an_empty_or_missing_folder_is_an_error(tmp_path):
    with pytest.raises(DataMissingError, match="found none"):
        list_images(tmp_path)
    with pytest.raises(DataMissingError, match="there is none"):
        list_images(tmp_path / "no")
