"""Total variation and Dice against loops and numbers worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from inpaint_bench.metrics import METRICS, dice, dice_hole, total_variation, total_variation_hole


def test_total_variation_adds_up_the_differences_of_neighbours():
    picture = np.random.default_rng(0).random((3, 7, 9))
    total = 0.0
    for channel in picture:
        for y in range(7):
            for x in range(9):
                if x + 1 < 9:
                    total += abs(channel[y, x + 1] - channel[y, x])
                if y + 1 < 7:
                    total += abs(channel[y + 1, x] - channel[y, x])
    found = total_variation(torch.from_numpy(picture)[None])
    assert found.item() == pytest.approx(100.0 * total / (3 * 7 * 9), rel=1e-12)


def test_in_the_hole_only_pairs_in_the_hole_grown_by_one_count():
    picture = np.random.default_rng(1).random((3, 8, 8))
    hole = np.zeros((8, 8), dtype=bool)
    hole[3:5, 2:6] = True
    grown = np.zeros_like(hole)
    grown[2:6, 1:7] = True
    total = 0.0
    for channel in picture:
        for y, x in np.argwhere(grown):
            if x + 1 < 8 and grown[y, x + 1]:
                total += abs(channel[y, x + 1] - channel[y, x])
            if y + 1 < 8 and grown[y + 1, x]:
                total += abs(channel[y + 1, x] - channel[y, x])
    found = total_variation_hole(
        torch.from_numpy(picture)[None], torch.from_numpy(hole)[None, None].float()
    )
    assert found.item() == pytest.approx(100.0 * total / (3 * 8 * 8), rel=1e-12)


def test_flat_pictures_have_none_and_stripes_have_the_most():
    flat = torch.full((1, 3, 10, 10), 0.4)
    assert total_variation(flat).item() == 0.0
    stripes = torch.zeros(1, 3, 10, 10)
    stripes[..., ::2] = 1.0
    assert total_variation(stripes).item() == pytest.approx(90.0)


def test_total_variation_does_not_look_at_the_truth():
    result, hole = torch.rand(2, 3, 16, 16), torch.ones(2, 1, 16, 16)
    for name in ("tv", "tv_hole"):
        assert not METRICS[name].needs_truth
        one, other = (METRICS[name].compute(result, torch.rand(2, 3, 16, 16), hole) for _ in "ab")
        assert torch.equal(one, other)


def test_dice_of_black_and_white_pictures_is_the_overlap_of_two_sets():
    a, b = torch.zeros(2, 1, 1, 4, 4)
    a[..., :2], b[..., 1:3] = 1.0, 1.0
    assert dice(a, b).item() == pytest.approx(2 * 4 / (8 + 8))
    assert dice(a, a).item() == 1.0 and dice(a, 1 - a).item() == 0.0
    assert dice(0 * a, 0 * a).item() == 1.0


def test_dice_of_grey_levels_follows_the_formula_and_is_not_one_for_equal_pictures():
    rng = np.random.default_rng(2)
    a, b = rng.random((2, 1, 3, 9, 9))
    hole = rng.random((1, 1, 9, 9)) < 0.5
    expected = 2 * (a * b).sum() / (a.sum() + b.sum())
    assert dice(*map(torch.from_numpy, (a, b))).item() == pytest.approx(expected, rel=1e-12)
    inside = np.broadcast_to(hole, a.shape)
    expected = 2 * (a * b)[inside].sum() / (a[inside].sum() + b[inside].sum())
    found = dice_hole(*map(torch.from_numpy, (a, b, hole.astype(float))))
    assert found.item() == pytest.approx(expected, rel=1e-12)
    grey = torch.full((1, 3, 8, 8), 0.5)
    assert dice(grey, grey).item() == pytest.approx(0.5)
