"""Free-form strokes."""

from __future__ import annotations

import time

import cv2
import numpy as np
import pytest
from scipy import ndimage

from inpaint_bench.errors import MaskError
from inpaint_bench.masks import draw_free_form, hole_ratio


def ratios(size, count=2000, seed=0):
    rng = np.random.default_rng(seed)
    return np.array([hole_ratio(draw_free_form(size, size, rng)) for _ in range(count)])


def test_the_strokes_follow_the_statistics_of_deepfill_v2(check_statistics):
    check_statistics(ratios(256), "deepfill_v2_free_form_256")


@pytest.mark.parametrize("size", [64, 128, 512])
def test_the_share_of_missing_pixels_does_not_depend_on_the_size(size, check_statistics):
    check_statistics(ratios(size), "deepfill_v2_free_form_256")


def test_a_mask_has_one_to_three_strokes():
    rng = np.random.default_rng(1)
    counts = [ndimage.label(draw_free_form(256, 256, rng), np.ones((3, 3)))[1] for _ in range(200)]
    assert set(counts) == {1, 2, 3}


def test_a_disc_of_the_thinnest_published_brush_fits_everywhere_but_no_larger_one():
    rng = np.random.default_rng(2)
    holes = [np.pad(draw_free_form(256, 256, rng), 30, mode="edge") for _ in range(100)]

    def kept(across):
        """Give the least share of a mask that discs inside of it cover."""
        disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (across, across))
        pictures = [hole.astype(np.uint8) for hole in holes]
        opened = [cv2.morphologyEx(picture, cv2.MORPH_OPEN, disc) for picture in pictures]
        return min(o.sum() / p.sum() for o, p in zip(opened, pictures, strict=True))

    # Brushes are 12 to 40 pixels thick.
    assert kept(11) > 0.95 > 0.85 > kept(15)
    assert kept(43) == 0.0


def test_no_side_of_the_image_is_preferred():
    rng = np.random.default_rng(3)
    seen = np.mean([draw_free_form(64, 64, rng) for _ in range(2000)], axis=0)
    assert abs(seen[:, :32].mean() / seen[:, 32:].mean() - 1) < 0.05
    assert abs(seen[:32].mean() / seen[32:].mean() - 1) < 0.05


def test_images_need_not_be_square():
    hole = draw_free_form(40, 200, np.random.default_rng(4))
    assert hole.shape == (40, 200) and hole.dtype == np.bool_ and hole.flags.c_contiguous
    columns = np.mean(
        [draw_free_form(40, 200, np.random.default_rng(n)).any(axis=0) for n in range(200)], axis=0
    )
    assert columns.min() > 0.05


def test_a_size_without_room_for_a_hole_is_refused():
    with pytest.raises(MaskError, match="at least 8x8"):
        draw_free_form(256, 4, np.random.default_rng(0))


def test_training_can_draw_more_than_a_thousand_masks_in_a_second():
    rng = np.random.default_rng(5)
    start = time.process_time()
    for _ in range(500):
        draw_free_form(128, 128, rng)
    assert time.process_time() - start < 0.5
