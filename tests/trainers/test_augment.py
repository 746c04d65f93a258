"""Squares are cut, turned, mirrored and recoloured as asked for."""

from __future__ import annotations

import numpy as np
import pytest

from trainers.augment import Augmentation, random_square


def _picture(height: int = 48, width: int = 64) -> np.ndarray:
    """Red grows to the right, green downwards, blue is level."""
    rows, columns = np.mgrid[:height, :width]
    planes = [columns * 255 / (width - 1), rows * 255 / (height - 1), np.full_like(rows, 100)]
    return np.stack(planes, axis=-1).astype(np.uint8)


def _draw(how: Augmentation, size: int = 32, count: int = 40) -> list[np.ndarray]:
    return [random_square(_picture(), size, np.random.default_rng(i), how) for i in range(count)]


def test_without_any_the_same_square_comes_every_time():
    square = _picture(32, 32)
    for seed in range(5):
        rng = np.random.default_rng(seed)
        found = random_square(square, 32, rng, Augmentation(flip=0.0))
        assert np.array_equal(found, square)


def test_half_of_the_squares_are_mirrored():
    mirrored = [square[0, 0, 0] > square[0, -1, 0] for square in _draw(Augmentation(), count=200)]
    assert 0.4 < np.mean(mirrored) < 0.6


def test_a_least_crop_keeps_most_of_the_picture():
    spans = [
        int(square[-1, 0, 1]) - int(square[0, 0, 1])
        for square in _draw(Augmentation(flip=0.0, crop=0.9))
    ]
    assert min(spans) > 0.85 * 255 * 0.97  # green over 0.9 of the height, less a pixel's rounding
    free = [
        int(square[-1, 0, 1]) - int(square[0, 0, 1]) for square in _draw(Augmentation(flip=0.0))
    ]
    assert min(free) < 0.75 * 255


def test_a_rotation_turns_the_gradient_of_red_by_no_more_than_asked():
    angles = []
    for square in _draw(Augmentation(flip=0.0, crop=1.0, rotation=20.0)):
        middle = square[12:20, 12:20].astype(float)  # far from what is mirrored into view
        down, across = np.gradient(middle[..., 0])
        angles.append(np.degrees(np.arctan2(down.mean(), across.mean())))
    assert max(np.abs(angles)) < 25
    assert max(angles) > 8 and min(angles) < -8


def test_colour_jitter_changes_colours_but_no_shapes():
    plain = _draw(Augmentation(flip=0.0), count=1)[0].astype(float)
    jittered = random_square(
        _picture(), 32, np.random.default_rng(0), Augmentation(flip=0.0, jitter=0.2)
    ).astype(float)
    assert np.abs(plain - jittered).mean() > 2
    assert np.corrcoef(plain[..., 0].ravel(), jittered[..., 0].ravel())[0, 1] > 0.9


@pytest.mark.parametrize("how", [Augmentation(), Augmentation(0.5, 0.5, 30.0, 0.3)])
def test_any_size_comes_out_as_asked(how):
    for size in (16, 48, 100):
        square = random_square(_picture(), size, np.random.default_rng(1), how)
        assert square.shape == (size, size, 3) and square.dtype == np.uint8
