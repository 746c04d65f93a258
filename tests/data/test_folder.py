"""Listing the pictures of a folder."""

from __future__ import annotations

import os

import pytest

from inpaint_bench.data import list_images
from inpaint_bench.data.sources import FolderImages
from inpaint_bench.errors import BenchError, DataMissingError, ImageError
from inpaint_bench.masks import MaskFolder


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


def test_a_name_that_is_no_text_is_refused_with_what_to_do(tmp_path):
    (tmp_path / "a.png").write_bytes(b"")
    place = os.path.join(os.fsencode(tmp_path), b"bad\xff.png")
    try:
        with open(place, "wb"):
            pass
    except OSError:
        pytest.skip("this file system takes names in UTF-8 alone")
    with pytest.raises(BenchError, match="expected a name in UTF-8, got .*rename the file"):
        list_images(tmp_path)
    with pytest.raises(BenchError, match="expected a name in UTF-8, got .*rename the file"):
        MaskFolder(tmp_path)


def test_a_link_to_nothing_is_a_broken_photograph_and_no_more(tmp_path):
    (tmp_path / "gone.png").symlink_to(tmp_path / "nowhere.png")
    images = FolderImages(tmp_path)
    assert images.ids == ["gone"] and len(images.sha256("gone")) == 64
    with pytest.raises(ImageError, match="gone.png"):
        images.read("gone")
