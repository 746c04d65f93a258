"""Boxes around holes hold every missing pixel, once, and are few."""

from __future__ import annotations

import pytest
import torch

from inpaint_bench.tiling.boxes import find_boxes, largest_share


def holes(*boxes, size=(300, 400)):
    missing = torch.zeros(1, 1, *size, dtype=torch.bool)
    for top, left, bottom, right in boxes:
        missing[..., top:bottom, left:right] = True
    return missing


def corners(box):
    return box.top, box.left, box.bottom, box.right


def test_holes_far_apart_get_a_tight_box_each_the_largest_first():
    missing = holes((10, 20, 15, 28), (200, 300, 260, 390))
    found = [corners(box) for box in find_boxes(missing, 64)]
    assert found == [(200, 300, 260, 390), (10, 20, 15, 28)]


def test_small_holes_that_fit_into_half_a_window_share_a_box():
    missing = holes((100, 100, 104, 104), (110, 120, 112, 122))
    assert [corners(box) for box in find_boxes(missing, 64)] == [(100, 100, 112, 122)]


@pytest.mark.parametrize("seed", range(5))
def test_scattered_pixels_are_all_in_few_boxes(seed):
    generator = torch.Generator().manual_seed(seed)
    missing = torch.rand(1, 1, 500, 300, generator=generator) > 0.999
    left = missing.clone()
    boxes = find_boxes(missing, 128)
    for box in boxes:
        left[box.cut] = False
    assert not left.any()
    assert len(boxes) <= 3 * (500 // 64 + 1) * (300 // 64 + 1)


def test_the_largest_share_is_that_of_the_densest_square():
    strokes = holes((0, 100, 300, 108))
    assert largest_share(strokes, 32) == pytest.approx(8 / 32)
    assert largest_share(holes((50, 50, 150, 150)), 32) == 1
