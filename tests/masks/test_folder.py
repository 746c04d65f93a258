"""Folders of masks."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from inpaint_bench.errors import DataMissingError, MaskError
from inpaint_bench.imaging import square_mask
from inpaint_bench.masks import MaskFolder, draw_mask, hole_ratio
from inpaint_bench.masks.folder import CONTACT_SHEET


@pytest.fixture
def folder(tmp_path):
    """Write the masks `a` (60x90), `b` (64x64) and things that are no masks."""
    sizes = {"b": (64, 64), "a": (60, 90)}
    holes = {name: draw_mask("free_form", *size, seed=1) for name, size in sizes.items()}
    for name, hole in holes.items():
        Image.fromarray(hole.astype(np.uint8) * 255).save(tmp_path / f"{name}.png")
    (tmp_path / "notes.txt").write_text("no mask")
    (tmp_path / ".a.png").write_bytes(b"half written")
    Image.new("RGB", (10, 10)).save(tmp_path / CONTACT_SHEET)
    (tmp_path / "more").mkdir()
    return tmp_path, holes


def test_ids_are_sorted_stems_of_the_masks_alone(folder):
    masks = MaskFolder(folder[0])
    assert masks.ids == ["a", "b"] and len(masks) == 2


def test_a_mask_at_its_own_size_comes_back_as_it_is(folder):
    path, holes = folder
    masks = MaskFolder(str(path))
    np.testing.assert_array_equal(masks.read("a", 60, 90), holes["a"])
    np.testing.assert_array_equal(masks.read_whole("b"), holes["b"])


def test_black_can_mean_missing(folder):
    path, holes = folder
    np.testing.assert_array_equal(MaskFolder(path, hole="black").read("b", 64, 64), ~holes["b"])


def test_squares_are_cut_like_the_photographs_of_a_test_set(folder):
    path, holes = folder
    np.testing.assert_array_equal(MaskFolder(path).read("a", 32, 32), square_mask(holes["a"], 32))


@pytest.mark.parametrize("size", [(30, 45), (120, 180), (20, 90), (90, 20), (7, 9)])
def test_any_other_size_is_covered_without_distortion(folder, size):
    hole = MaskFolder(folder[0]).read("a", *size)
    assert hole.shape == size and hole.dtype == np.bool_
    if size[0] * 90 == size[1] * 60:  # the same shape: nothing is cut off
        assert abs(hole_ratio(hole) - hole_ratio(folder[1]["a"])) < 0.03


def test_a_centred_disc_stays_a_centred_disc(tmp_path):
    y, x = np.mgrid[:100, :100] - 49.5
    Image.fromarray((y * y + x * x < 900).astype(np.uint8) * 255).save(tmp_path / "disc.png")
    hole = MaskFolder(tmp_path).read("disc", 50, 80)
    np.testing.assert_array_equal(hole, hole[::-1, ::-1])
    across, down = hole.any(axis=0).sum(), hole.any(axis=1).sum()
    assert abs(across - 48) <= 1 and abs(down - 48) <= 1  # 60 of 100, scaled by 80 / 100


def test_a_folder_that_is_missing_or_holds_no_masks_says_so(tmp_path):
    with pytest.raises(DataMissingError, match="no folder"):
        MaskFolder(tmp_path / "nowhere")
    with pytest.raises(DataMissingError, match="expected masks"):
        MaskFolder(tmp_path)


def test_two_files_of_one_stem_are_refused(folder):
    path, holes = folder
    Image.fromarray(holes["b"]).save(path / "b.bmp")
    with pytest.raises(MaskError, match="b.bmp and b.png"):
        MaskFolder(path)


def test_an_unknown_id_and_an_unknown_polarity_are_refused(folder):
    with pytest.raises(MaskError, match="no mask 'c'"):
        MaskFolder(folder[0]).read("c", 8, 8)
    with pytest.raises(MaskError, match="'white' or 'black', got 'red'"):
        MaskFolder(folder[0], hole="red")


def test_a_folder_with_the_ending_of_a_mask_is_left_alone(folder):
    path, _ = folder
    before = MaskFolder(path).ids
    (path / "more.png").mkdir()
    assert MaskFolder(path).ids == before
