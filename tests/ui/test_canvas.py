from __future__ import annotations

import numpy as np
import pytest

from inpaint_bench.errors import MaskError
from inpaint_bench.ui.canvas import (
    canvas_pictures,
    hatched,
    painted_hole,
    painted_sketch,
    ratio_of,
    read_paint,
)
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


BRUSHED = (0, 194, 255, 230)  # what the editor paints with its second colour


@pytest.fixture
def square():
    return photograph("square", np.zeros((80, 80, 3), np.uint8), max_side=80)


def brushed(square, hole, stroke):
    """Return a canvas of 160x160 with a stroke over pink, as the editor sends it."""
    _, paint = canvas_pictures(square, hole, side=160)
    paint = np.zeros((160, 160, 4), np.uint8) if paint is None else paint
    paint[stroke] = BRUSHED
    return {"layers": [paint]}


def test_a_stroke_over_the_hole_leaves_it_hole_and_is_a_sketch(square):
    hole = np.zeros((80, 80), bool)
    hole[20:60, 20:60] = True
    stroke = np.zeros((160, 160), bool)
    stroke[70:90, 60:100] = True
    value = brushed(square, hole, stroke)
    assert np.array_equal(painted_hole(value, square, side=160), hole)
    sketch = painted_sketch(value, square, side=160)
    assert sketch.any() and not (sketch & ~hole).any()
    assert sketch.sum() < stroke.sum() / 4 / 4  # a line, however wide the brush was


def test_a_stroke_beside_the_hole_is_neither_hole_nor_sketch(square):
    hole = np.zeros((80, 80), bool)
    hole[20:60, 20:60] = True
    stroke = np.zeros((160, 160), bool)
    stroke[10:20, 10:150] = True
    value = brushed(square, hole, stroke)
    assert np.array_equal(painted_hole(value, square, side=160), hole)
    assert painted_sketch(value, square, side=160) is None
    assert painted_sketch(brushed(square, None, stroke), square, side=160) is None


def test_a_stroke_across_the_rim_counts_inside_only(square):
    hole = np.zeros((80, 80), bool)
    hole[20:60, 20:60] = True
    stroke = np.zeros((160, 160), bool)
    stroke[76:84, 10:80] = True
    value = brushed(square, hole, stroke)
    assert (painted_hole(value, square, side=160) != hole).mean() < 0.01  # the corners at the rim
    sketch = painted_sketch(value, square, side=160)
    assert sketch[:, 20:].any() and not sketch[:, :19].any()


def test_a_repainted_sketch_keeps_every_pixel_of_the_hole(square):
    hole = np.zeros((80, 80), bool)
    hole[20:60, 20:60] = True
    strokes = np.zeros((160, 160), bool)
    strokes[70:90, 10:80] = True
    _, paint = canvas_pictures(square, hole, strokes, side=160)
    value = {"layers": [paint]}
    assert np.array_equal(painted_hole(value, square, side=160), hole)
    inside = np.kron(hole, np.ones((2, 2), bool))
    assert np.array_equal(read_paint(value, side=160).strokes, strokes & inside)


def test_a_sketch_stays_connected_on_a_photograph_larger_than_the_canvas():
    from skimage.measure import label

    large = photograph("large", np.zeros((400, 400, 3), np.uint8), max_side=400)
    hole = np.zeros((400, 400), bool)
    hole[50:350, 50:350] = True
    stroke = np.zeros((160, 160), bool)
    for place in range(30, 120):
        stroke[place - 3 : place + 3, place - 3 : place + 3] = True
    sketch = painted_sketch(brushed(large, hole, stroke), large, side=160)
    assert label(sketch, connectivity=2).max() == 1
