from __future__ import annotations

import numpy as np
import pytest

from inpaint_bench.errors import MaskError
from inpaint_bench.ui.canvas import canvas_pictures, hatched, painted_hole, ratio_of
from inpaint_bench.ui.session import photograph


@pytest.fixture
def photo(photograph_array):
    return photograph("one", photograph_array, max_side=512)


@pytest.fixture
def hole():
    hole = np.zeros((60, 80), bool)
    hole[10:30, 20:50] = True
    hole[59, 79] = True
    return hole


@pytest.mark.parametrize("side", [80, 160, 512])
def test_a_hole_that_was_painted_by_us_is_read_back_exactly(photo, hole, side):
    _, paint = canvas_pictures(photo, hole, side=side)
    assert np.array_equal(painted_hole({"layers": [paint]}, photo, side=side), hole)


def test_the_photograph_stands_in_the_middle_of_a_square(photo):
    background, paint = canvas_pictures(photo, side=80)
    assert background.shape == (80, 80, 3) and paint is None
    assert np.array_equal(background[10:70], photo.working)
    mat = np.concatenate([background[:10], background[70:]])
    assert (mat == mat[0, 0]).all()


def test_a_small_canvas_gives_a_hole_of_the_photographs_size(photo, hole):
    _, paint = canvas_pictures(photo, hole, side=40)
    found = painted_hole({"layers": [paint]}, photo, side=40)
    assert found.shape == (60, 80)
    assert abs(found.mean() - hole.mean()) < 0.01


def test_paint_on_several_layers_is_one_hole(photo):
    layers = [np.zeros((80, 80, 4), np.uint8) for _ in range(2)]
    layers[0][:20, :, 3] = 158
    layers[1][-20:, :, 3] = 158
    hole = painted_hole({"layers": layers}, photo, side=80)
    assert hole[:10].all() and hole[-10:].all() and not hole[10:-10].any()


def test_paint_beside_the_photograph_is_no_hole(photo):
    layer = np.zeros((80, 80, 4), np.uint8)
    layer[:10] = layer[70:] = 255
    assert not painted_hole({"layers": [layer]}, photo, side=80).any()


def test_what_an_eraser_leaves_at_its_rim_is_no_hole(photo):
    layer = np.full((80, 80, 4), 20, np.uint8)
    assert not painted_hole({"layers": [layer]}, photo, side=80).any()


def test_an_untouched_canvas_has_no_hole(photo):
    assert not painted_hole(None, photo, side=80).any()
    value = {"background": None, "layers": [], "composite": None}
    assert not painted_hole(value, photo, side=80).any()


def test_a_layer_of_another_size_is_refused(photo):
    layer = np.full((60, 80, 4), 255, np.uint8)
    with pytest.raises(MaskError, match="choose the photograph again"):
        painted_hole({"layers": [layer]}, photo, side=80)


def test_the_ratio_of_a_hole_comes_with_its_bucket(photo):
    hole = np.zeros((10, 10), bool)
    assert ratio_of(hole) == (0.0, "")
    hole[:2] = True
    assert ratio_of(hole) == (0.2, "20-30 %")


def test_hatching_covers_missing_pixels_and_nothing_else(photo, hole):
    shown = hatched(photo.working, hole)
    assert np.array_equal(shown[~hole], photo.working[~hole])
    assert set(np.unique(shown[hole])) == {214, 236}
