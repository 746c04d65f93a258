from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from inpaint_bench.errors import ImageError, MaskError
from inpaint_bench.ui.session import fit_hole, open_photograph, photograph, resize_hole


def test_a_photograph_within_the_limit_is_used_as_it_is(photograph_array):
    photo = photograph("one", photograph_array, max_side=80)
    assert photo.working is photo.original
    assert photo.notice == ""


def test_a_larger_photograph_is_shrunk_to_the_limit_and_the_notice_says_so(photograph_array):
    photo = photograph("one", photograph_array, max_side=40)
    assert photo.working.shape == (30, 40, 3)
    assert photo.original.shape == (60, 80, 3)
    assert "80x60" in photo.notice and "40x30" in photo.notice


def test_metadata_and_place_of_an_upload_are_left_behind(tmp_path, photograph_array):
    path = tmp_path / "Straße <b> 1.jpg"
    exif = Image.Exif()
    exif[0x010E] = "secret place"
    Image.fromarray(photograph_array).save(path, exif=exif)
    photo = open_photograph(path, max_side=512)
    assert photo.name == "Stra-e-b-1"
    assert photo.original.shape == (60, 80, 3)


def test_a_rotated_upload_stands_upright(tmp_path, photograph_array):
    path = tmp_path / "turned.png"
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by 90 degrees
    Image.fromarray(photograph_array).save(path, exif=exif)
    assert open_photograph(path, max_side=512).original.shape == (80, 60, 3)


def test_a_file_that_is_no_photograph_is_named_without_its_folder(tmp_path):
    path = tmp_path / "letter.png"
    path.write_bytes(b"Dear Sir")
    with pytest.raises(ImageError) as caught:
        open_photograph(path, max_side=512)
    assert "letter.png" in str(caught.value)
    assert str(tmp_path) not in str(caught.value)


def test_a_photograph_of_a_hundred_megapixels_is_refused(tmp_path):
    path = tmp_path / "huge.png"
    Image.new("1", (10_000, 10_000)).save(path)
    with pytest.raises(ImageError, match="megapixels"):
        open_photograph(path, max_side=512)


def test_a_strip_that_is_too_thin_is_refused():
    with pytest.raises(ImageError, match="16 pixels"):
        photograph("strip", np.zeros((20, 4000, 3), np.uint8), max_side=512)


def test_a_mask_of_the_original_size_follows_the_shrunk_photograph(photograph_array):
    photo = photograph("one", photograph_array, max_side=40)
    hole = np.zeros((60, 80), bool)
    hole[:30] = True
    fitted = fit_hole(hole, photo)
    assert fitted.shape == (30, 40)
    assert fitted[:15].all() and not fitted[15:].any()


def test_a_mask_of_another_size_is_refused_with_both_sizes(photograph_array):
    photo = photograph("one", photograph_array, max_side=512)
    with pytest.raises(MaskError, match=r"80x60.*64x64"):
        fit_hole(np.ones((64, 64), bool), photo)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 60), st.integers(0, 60), st.data())
def test_growing_a_hole_and_shrinking_it_back_changes_nothing(height, width, down, right, data):
    seed = data.draw(st.integers(0, 999))
    hole = np.random.default_rng(seed).random((height, width)) < 0.5
    grown = resize_hole(hole, (height + down, width + right))
    assert np.array_equal(resize_hole(grown, (height, width)), hole)


def test_the_working_size_can_be_changed_and_the_rest_stays(photograph_array):
    photo = photograph("one", photograph_array, max_side=40)
    assert photo.at(40) is photo
    large = photo.at(512)
    assert large.working is photo.original and large.at(4000) is large
    assert large.at(40).working.shape == (30, 40, 3) and large.name == "one"
