"""PatchMatch: what it must restore, whatever the hole."""

from __future__ import annotations

import time

import cv2
import numpy as np
import pytest
import torch

from inpaint_bench.errors import ModelError
from inpaint_bench.masks import draw_mask
from inpaint_bench.models import MODELS
from inpaint_bench.models.patchmatch import PatchMatch


def texture(height, width, seed=0, blur=1.2):
    """Give coloured noise with grains of a few pixels, HxWx3 in [0,1]."""
    noise = np.random.default_rng(seed).random((height, width, 3)).astype(np.float32)
    smooth = cv2.GaussianBlur(noise, (0, 0), blur)
    return (smooth - smooth.min()) / (smooth.max() - smooth.min())


def periodic(height, width, period, seed=1):
    tile = np.random.default_rng(seed).random((period, period, 3)).astype(np.float32)
    rows, columns = np.arange(height) % period, np.arange(width) % period
    return tile[np.ix_(rows, columns)]


def box(height, width, top, bottom, left, right):
    hole = np.zeros((height, width), dtype=bool)
    hole[top:bottom, left:right] = True
    return hole


def fill(image, hole, seed=0, patch=7):
    hidden = np.where(hole[..., None], 0.0, image).astype(np.float32)
    return PatchMatch(patch).fill(hidden, hole, seed)


def as_batch(image, hole):
    return (
        torch.from_numpy(image.transpose(2, 0, 1).copy())[None],
        torch.from_numpy(hole).float()[None, None],
    )


@pytest.mark.parametrize("period", [4, 8, 16])
@pytest.mark.parametrize("where", ["inside", "at the border", "in three places"])
def test_a_periodic_texture_is_restored_almost_exactly(period, where):
    image = periodic(96, 96, period)
    hole = {
        "inside": box(96, 96, 30, 64, 28, 66),
        "at the border": box(96, 96, 60, 96, 0, 40),
        "in three places": box(96, 96, 8, 24, 8, 30)
        | box(96, 96, 50, 60, 60, 90)
        | box(96, 96, 70, 90, 5, 18),
    }[where]
    error = np.abs(fill(image, hole) - image)[hole]
    assert error.mean() < 0.01


def test_stripes_are_continued_through_the_hole():
    image = np.zeros((80, 80, 3), dtype=np.float32)
    image[:, np.arange(80) % 10 < 5] = (0.9, 0.5, 0.1)
    hole = box(80, 80, 20, 60, 20, 60)
    assert np.abs(fill(image, hole) - image)[hole].mean() < 0.01


def test_a_texture_keeps_its_contrast_where_smooth_methods_lose_it():
    image, hole = texture(96, 96), box(96, 96, 28, 68, 28, 68)
    deep = box(96, 96, 38, 58, 38, 58)  # at least ten pixels from anything known
    smooth = MODELS["telea"]().complete(*as_batch(image, hole)).image[0].permute(1, 2, 0).numpy()
    contrast = image[deep].std()
    assert fill(image, hole)[deep].std() > 0.7 * contrast
    assert smooth[deep].std() < 0.5 * contrast


@pytest.mark.parametrize("seed", range(3))
def test_colours_come_from_the_palette_of_the_known_pixels(seed):
    # Two colours only: whatever is not close to one of them is a mixture.
    palette = np.array([(0.9, 0.1, 0.2), (0.1, 0.3, 0.8)], dtype=np.float32)
    image = np.where(texture(64, 64, seed)[..., :1] > 0.5, *palette)
    hole = draw_mask("free_form", 64, 64, seed=seed, ratio=(0.2, 0.3))
    smooth = MODELS["telea"]().complete(*as_batch(image, hole)).image[0].permute(1, 2, 0).numpy()

    def pure(result):
        away = np.abs(result[hole][:, None] - palette).max(axis=2).min(axis=1)
        return (away < 0.05).mean()

    result = fill(image, hole, seed)
    assert pure(result) > 0.7 > 0.3 > pure(smooth)
    assert (result[hole] >= palette.min(axis=0) - 1e-5).all()
    assert (result[hole] <= palette.max(axis=0) + 1e-5).all()


def test_known_pixels_are_not_touched():
    image, hole = texture(40, 52), box(40, 52, 10, 30, 0, 25)
    np.testing.assert_array_equal(fill(image, hole)[~hole], image[~hole])


def test_a_seed_gives_one_picture_and_another_seed_another():
    image, hole = texture(64, 64), box(64, 64, 16, 48, 16, 48)
    first, again, other = (fill(image, hole, seed) for seed in (3, 3, 4))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_without_a_generator_the_seed_is_0():
    image, hole = texture(32, 32), box(32, 32, 8, 20, 8, 20)
    result = MODELS["patchmatch"]().complete(*as_batch(image, hole)).image
    np.testing.assert_array_equal(result[0].permute(1, 2, 0).numpy(), fill(image, hole, 0))


@pytest.mark.parametrize(("share", "worst"), [(0.3, 0.15), (0.6, 0.2), (0.8, 0.35), (0.95, 0.85)])
def test_scattered_holes_that_leave_no_patch_whole_are_filled_from_what_is_known(share, worst):
    # A smooth picture: neighbours of neighbours are still near.
    image = texture(64, 64, blur=6)
    hole = np.random.default_rng(2).random((64, 64)) < share
    result = fill(image, hole)
    mean_colour = np.abs(image[~hole].mean(axis=0) - image)[hole].mean()
    assert np.isfinite(result).all()
    assert np.abs(result - image)[hole].mean() < worst * mean_colour


@pytest.mark.parametrize("size", [(1, 2), (1, 9), (2, 2), (3, 3), (5, 8), (6, 40), (16, 15)])
@pytest.mark.parametrize("kind", ["one missing", "one known", "half", "scattered"])
def test_images_smaller_than_a_patch_and_any_hole_give_colours_in_the_known_range(size, kind):
    height, width = size
    rng = np.random.default_rng(height * 100 + width)
    image = (rng.random((height, width, 3)) * 0.5 + 0.3).astype(np.float32)
    hole = np.zeros(size, dtype=bool)
    if kind == "one missing":
        hole[height // 2, width // 2] = True
    elif kind == "one known":
        hole[:] = True
        hole[0, 0] = False
    elif kind == "half":
        hole[:, width // 2 :] = True
    else:
        hole = rng.random(size) < 0.5
        hole[0, 0], hole[-1, -1] = True, False
    result = fill(image, hole)
    known = image[~hole]
    assert (result[hole] >= known.min(axis=0) - 1e-5).all()
    assert (result[hole] <= known.max(axis=0) + 1e-5).all()


def test_a_quarter_of_a_photograph_of_256x256_takes_seconds():
    image, hole = texture(256, 256, blur=3), box(256, 256, 64, 192, 64, 192)
    start = time.process_time()
    fill(image, hole)
    assert time.process_time() - start < 8.0  # about two on an idle machine


@pytest.mark.parametrize("patch", [1, 4, 17])
def test_a_patch_that_is_none_is_refused(patch):
    with pytest.raises(ModelError, match="odd patch side of 3 to 15"):
        PatchMatch(patch)
