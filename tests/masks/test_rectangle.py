"""Rectangular holes."""

from __future__ import annotations

import numpy as np
import pytest

from inpaint_bench.errors import MaskError
from inpaint_bench.masks import draw_centre, draw_rectangle, draw_rectangles, hole_ratio


def bounds(hole):
    """Give the box around the missing pixels: top, bottom, left, right (exclusive)."""
    rows, columns = np.flatnonzero(hole.any(axis=1)), np.flatnonzero(hole.any(axis=0))
    return rows[0], rows[-1] + 1, columns[0], columns[-1] + 1


def test_the_box_follows_the_statistics_of_deepfill_v2(check_statistics):
    rng = np.random.default_rng(0)
    ratios = np.array([hole_ratio(draw_rectangle(256, 256, rng)) for _ in range(2000)])
    check_statistics(ratios, "deepfill_v2_bbox_256")


@pytest.mark.parametrize("size", [(256, 256), (64, 64), (96, 160), (9, 8)])
def test_the_box_is_one_solid_rectangle_of_the_published_sides(size):
    height, width = size
    rng = np.random.default_rng(1)
    for _ in range(50):
        hole = draw_rectangle(height, width, rng)
        top, bottom, left, right = bounds(hole)
        assert hole.shape == size and hole[top:bottom, left:right].all()
        assert height // 2 - 2 * (height // 16) <= bottom - top <= height // 2
        assert width // 2 - 2 * (width // 16) <= right - left <= width // 2


def test_the_box_lies_anywhere_in_the_image():
    rng = np.random.default_rng(2)
    seen = np.mean([draw_rectangle(64, 64, rng) for _ in range(400)], axis=0)
    assert seen.min() < 0.05 < 0.5 < seen.max()
    assert abs(seen[:, :32].mean() - seen[:, 32:].mean()) < 0.03
    assert abs(seen[:32].mean() - seen[32:].mean()) < 0.03


def test_several_boxes_reach_from_small_to_large_holes_and_touch_the_border():
    rng = np.random.default_rng(3)
    holes = [draw_rectangles(128, 96, rng) for _ in range(300)]
    ratios = [hole_ratio(hole) for hole in holes]
    assert min(ratios) < 0.1 and max(ratios) > 0.6
    assert any(hole[0].any() or hole[-1].any() for hole in holes)


@pytest.mark.parametrize("size", [(64, 64), (63, 31), (8, 8)])
def test_the_centre_is_always_the_same_box_around_the_middle(size):
    hole = draw_centre(*size, np.random.default_rng(4))
    top, bottom, left, right = bounds(hole)
    assert (bottom - top, right - left) == (size[0] // 2, size[1] // 2)
    assert abs(top - (size[0] - bottom)) <= 1 and abs(left - (size[1] - right)) <= 1
    np.testing.assert_array_equal(hole, draw_centre(*size, np.random.default_rng(5)))


@pytest.mark.parametrize("draw", [draw_centre, draw_rectangle, draw_rectangles])
def test_a_size_without_room_for_a_hole_is_refused(draw):
    with pytest.raises(MaskError, match="at least 8x8 pixels, got 40x7"):
        draw(7, 40, np.random.default_rng(0))
