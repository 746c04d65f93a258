"""Pictures of maps, checked pixel by pixel on maps made by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from inpaint_bench.errors import ImageError
from inpaint_bench.explain import (
    difference_picture,
    flow_picture,
    heat_picture,
    known_picture,
    sources_picture,
)


def test_a_mask_is_light_where_known_and_magenta_where_not():
    known = torch.tensor([[[[1.0, 0.0], [0.0, 1.0]]]])
    shown = known_picture(known, (7, 8), (8, 8))
    assert shown.shape == (7, 8, 3)
    assert tuple(shown[0, 0]) == (235, 238, 243) and tuple(shown[6, 7]) == (235, 238, 243)
    assert tuple(shown[0, 4]) == (227, 37, 133) and tuple(shown[4, 0]) == (227, 37, 133)


def test_heat_rises_with_the_value():
    values = torch.linspace(0, 1, 16).view(1, 1, 4, 4)
    shown = heat_picture(values, (16, 16), (16, 16)).astype(int)
    brightness = shown[::4, ::4].sum(axis=2).ravel()
    assert brightness[0] < brightness[5] < brightness[10] < brightness[15]


def test_equal_pictures_differ_nowhere_and_sizes_must_agree():
    picture = np.random.default_rng(0).integers(0, 256, (9, 9, 3), dtype=np.uint8)
    same = difference_picture(picture, picture)
    assert (same == same[0, 0]).all() and same.max() <= 4  # the darkest colour of the scale
    other = picture.copy()
    other[3, 4] ^= 255
    changed = np.argwhere((difference_picture(picture, other) != same).any(axis=2))
    assert changed.tolist() == [[3, 4]]
    with pytest.raises(ImageError, match="one size"):
        difference_picture(picture, picture[:5])


def test_flow_is_red_for_a_source_to_the_right_and_cyan_to_the_left():
    best = torch.arange(16).view(1, 1, 4, 4).clone()
    best[0, 0, 1, 1] = 7  # row 1, column 3: two to the right
    best[0, 0, 2, 2] = 8  # row 2, column 0: two to the left
    picture = np.full((32, 32, 3), 90, np.uint8)
    shown = flow_picture(picture, best, np.ones((32, 32), bool), (32, 32)).astype(int)
    right, left, still = shown[12, 12], shown[20, 20], shown[2, 2]
    assert right[0] == 255 and right[1] < 20 and right[2] < 20
    assert left[0] < 20 and left[1] > 235 and left[2] > 235
    assert (still == 255).all()


def test_sources_are_framed_where_they_lie():
    best = torch.zeros(1, 2, 4, 4, dtype=torch.long)
    best[0, 0, 1, 1], best[0, 1, 1, 1] = 15, 0
    weights = torch.zeros(1, 2, 4, 4)
    weights[0, :, 1, 1] = torch.tensor([0.9, 0.001])
    picture = np.full((64, 64, 3), 200, np.uint8)
    shown = sources_picture(picture, best, weights, (20, 20), (64, 64))
    changed = (shown != picture).any(axis=2)
    assert changed[40:].any() and changed[:, 40:].any()  # patch 15, below and to the right
    assert not changed[:7, :7].any()  # patch 0 has too little weight
    with pytest.raises(ImageError, match="expected a pixel"):
        sources_picture(picture, best, weights, (64, 3), (64, 64))
