"""Resizing with holes agrees with torch's, and lets nothing from under a hole through."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional

from inpaint_bench.tiling.resampling import enlarge, resampling_matrix, shrink


def picture(height, width, seed=0):
    return torch.rand(1, 3, height, width, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("size", [(20, 31), (64, 90), (7, 5)])
def test_shrinking_without_a_hole_is_torch_s_antialiased_bilinear(size):
    image = picture(64, 90)
    mean, share = shrink(image, torch.zeros(1, 1, 64, 90), size)
    expected = functional.interpolate(image, size, mode="bilinear", antialias=True)
    torch.testing.assert_close(mean, expected, rtol=0, atol=1e-5)
    torch.testing.assert_close(share, torch.ones(1, 1, *size))


@pytest.mark.parametrize("size", [(100, 131), (64, 90), (30, 40)])
def test_enlarging_is_torch_s_antialiased_bicubic(size):
    small = picture(64, 90, 1)
    expected = functional.interpolate(small, size, mode="bicubic", antialias=True).clamp(0, 1)
    torch.testing.assert_close(enlarge(small, size, 0, size[0]), expected, rtol=0, atol=1e-5)


def test_rows_that_are_enlarged_alone_are_those_of_the_whole():
    small = picture(9, 11)
    whole = enlarge(small, (50, 70), 0, 50)
    torch.testing.assert_close(enlarge(small, (50, 70), 13, 29), whole[..., 13:29, :])


def test_what_lies_under_the_hole_does_not_matter_and_known_colours_do_not_darken():
    image = torch.full((1, 3, 60, 60), 0.75)
    hole = torch.zeros(1, 1, 60, 60)
    hole[..., 20:33, 11:40] = 1
    dirty = torch.where(hole.bool(), torch.rand_like(image), image)
    mean, share = shrink(dirty, hole, (12, 12))
    known = (share > 0.01).expand_as(mean)
    torch.testing.assert_close(mean[known], torch.full_like(mean[known], 0.75))
    assert share.min() < 0.01 and share[..., 0, 0] == pytest.approx(1)
    expected = functional.interpolate(1 - hole, (12, 12), mode="bilinear", antialias=True)
    torch.testing.assert_close(share, expected, rtol=0, atol=1e-5)


def test_large_photographs_are_worked_on_in_strips_with_the_same_result(monkeypatch):
    image, hole = picture(70, 40), (picture(70, 40)[:, :1] > 0.8).float()
    at_once = shrink(image, hole, (13, 9))
    monkeypatch.setattr("inpaint_bench.tiling.resampling._STRIP", 100)
    for one, other in zip(at_once, shrink(image, hole, (13, 9)), strict=True):
        torch.testing.assert_close(one, other)


@pytest.mark.parametrize("kind", ["triangle", "cubic"])
def test_every_pixel_is_a_weighted_mean(kind):
    for source, target in ((7, 3), (3, 7), (5, 5), (1, 4), (4, 1)):
        matrix = resampling_matrix(source, target, kind)
        assert matrix.shape == (target, source)
        torch.testing.assert_close(matrix.sum(1), torch.ones(target))
