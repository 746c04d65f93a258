"""Edges of the known part against scikit-image, and against what must not matter."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from skimage import data
from skimage.color import rgb2gray
from skimage.feature import canny

from inpaint_bench.imaging import to_tensor
from inpaint_bench.layers.canny import canny_edges, luminance


@pytest.fixture(scope="module")
def photo():
    return np.ascontiguousarray(data.astronaut()[100:228, 150:310])


def holes(height, width):
    hole = torch.zeros(1, 1, height, width)
    hole[..., 30:70, 40:90] = 1
    hole[..., 100:, :20] = 1
    return hole


def test_grey_is_that_of_scikit_image(photo):
    ours = luminance(to_tensor(photo))[0, 0].numpy()
    np.testing.assert_allclose(ours, rgb2gray(photo), atol=1e-6)


def test_edges_are_those_of_the_reference_data_loader(photo):
    hole = holes(*photo.shape[:2])
    ours = canny_edges(luminance(to_tensor(photo)), hole)[0, 0].numpy() > 0.5
    theirs = canny(rgb2gray(photo), sigma=2, mask=hole[0, 0].numpy() == 0)
    assert theirs.sum() > 300
    np.testing.assert_array_equal(ours, theirs)
    whole = canny_edges(luminance(to_tensor(photo)))[0, 0].numpy() > 0.5
    np.testing.assert_array_equal(whole, canny(rgb2gray(photo), sigma=2))


def test_what_lies_under_the_hole_does_not_matter(photo):
    grey, hole = luminance(to_tensor(photo)), holes(*photo.shape[:2])
    expected = canny_edges(grey, hole)
    for filler in (0.0, 1.0):
        assert torch.equal(canny_edges(torch.where(hole > 0, filler, grey), hole), expected)
    assert not (expected * hole).any()


def test_the_outline_of_a_hole_is_no_edge():
    hole = holes(128, 160)
    assert not canny_edges(torch.where(hole > 0, 0.0, 0.7), hole).any()


def test_pictures_of_a_batch_do_not_mix(photo):
    grey = luminance(to_tensor(photo))
    both = torch.cat([grey, grey.flip(3)])
    hole = torch.cat([holes(*photo.shape[:2]), torch.zeros(1, 1, *photo.shape[:2])])
    together = canny_edges(both, hole)
    assert torch.equal(together[1:], canny_edges(both[1:], hole[1:]))
    assert together.shape == (2, 1, *photo.shape[:2])


def test_a_picture_without_known_pixels_has_no_edges():
    assert not canny_edges(torch.rand(1, 1, 16, 16), torch.ones(1, 1, 16, 16)).any()
