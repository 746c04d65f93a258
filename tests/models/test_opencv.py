"""What Telea and Navier-Stokes share: both are OpenCV's, at 8 bits."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch

from inpaint_bench.errors import ModelError
from inpaint_bench.imaging import to_tensor, to_uint8
from inpaint_bench.models import MODELS

FLAGS = {"telea": cv2.INPAINT_TELEA, "navier_stokes": cv2.INPAINT_NS}


@pytest.fixture(params=list(FLAGS))
def name(request):
    return request.param


def photograph(height=40, width=56, seed=0):
    """Give a smooth random picture as HxWx3 uint8."""
    noise = np.random.default_rng(seed).random((height, width, 3)).astype(np.float32)
    smooth = cv2.GaussianBlur(noise, (0, 0), 3)
    smooth = (smooth - smooth.min()) / (smooth.max() - smooth.min())
    return (smooth * 255).astype(np.uint8)


def hole_of(size, *boxes):
    hole = np.zeros(size, dtype=bool)
    for top, bottom, left, right in boxes:
        hole[top:bottom, left:right] = True
    return hole


def fill(name, picture, hole, **options):
    image = to_tensor(picture)
    missing = torch.from_numpy(hole).float()[None, None]
    return MODELS[name](**options).complete(image, missing).image


@pytest.mark.parametrize("radius", [1, 3, 8])
def test_the_result_is_opencvs_own(name, radius):
    picture, hole = photograph(), hole_of((40, 56), (5, 17, 20, 31), (30, 40, 0, 9))
    hidden = np.where(hole[..., None], 0, picture).astype(np.uint8)
    expected = cv2.inpaint(hidden, hole.astype(np.uint8), radius, FLAGS[name])
    result = fill(name, picture, hole, radius=radius)
    np.testing.assert_array_equal(to_uint8(result), expected)


def test_three_pixels_are_the_usual_radius(name):
    picture, hole = photograph(), hole_of((40, 56), (5, 17, 20, 31))
    assert torch.equal(fill(name, picture, hole), fill(name, picture, hole, radius=3))


def test_an_even_colour_is_continued(name):
    # OpenCV's Telea rounds upwards at every step: it drifts by a level in a few pixels.
    tolerance = {"telea": 6, "navier_stokes": 1}[name]
    picture = np.full((32, 32, 3), (200, 30, 90), dtype=np.uint8)
    hole = hole_of((32, 32), (0, 20, 8, 32))
    assert np.abs(to_uint8(fill(name, picture, hole)).astype(int) - picture).max() <= tolerance


def test_a_large_hole_at_the_border_is_filled_to_the_corner(name):
    picture = np.clip(photograph(48, 48), 100, 255)
    hole = hole_of((48, 48), (0, 40, 0, 30))
    assert to_uint8(fill(name, picture, hole))[:40, :30].min() >= 95


@pytest.mark.parametrize("size", [(1, 12), (12, 1), (2, 9), (1, 3)])
def test_images_of_one_line_give_the_same_result_every_time(name, size):
    picture = np.clip(photograph(*size), 60, 255)
    hole = np.zeros(size, dtype=bool)
    hole.reshape(-1)[1::2] = True
    results = [fill(name, picture, hole) for _ in range(5)]
    assert all(torch.equal(results[0], other) for other in results)
    assert to_uint8(results[0]).min() >= 55


@pytest.mark.parametrize("radius", [0, 0.5, -3, 101, float("nan")])
def test_a_radius_that_is_none_is_refused(name, radius):
    with pytest.raises(ModelError, match="radius of 1 to 100 pixels"):
        MODELS[name](radius=radius)
