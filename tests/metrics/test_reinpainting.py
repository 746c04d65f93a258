"""Re-inpainting self-consistency."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from inpaint_bench.errors import BenchError, MaskError, UnknownNameError
from inpaint_bench.metrics.reinpainting import Setting, patch_masks, reinpainting_consistency

SETTING = Setting(second_model="telea", distance="l1")


def hole_of(height=64, width=80):
    hole = np.zeros((height, width), dtype=bool)
    hole[10:40, 20:60] = True
    return hole


@settings(max_examples=20, deadline=None)
@given(st.integers(32, 90), st.integers(32, 90), st.floats(0.1, 0.7), st.integers(0, 1000))
def test_second_masks_cover_the_ratio_of_known_pixels_and_never_the_first_hole(
    height, width, ratio, seed
):
    hole = hole_of(height, width)
    masks = patch_masks(hole, replace(SETTING, ratio=ratio, seed=seed))
    assert masks.shape == (10, height, width) and masks.dtype == np.bool_
    assert not (masks & hole).any()
    share = masks.sum(axis=(1, 2)) / (~hole).sum()
    patch = (min(height, width) // 16) ** 2 / (~hole).sum()
    assert (share >= ratio - 1e-9).all() and (share <= ratio + patch + 1e-9).all()


def test_second_masks_are_the_same_for_every_method_and_differ_among_themselves():
    one, other = (patch_masks(hole_of(), SETTING) for _ in "ab")
    np.testing.assert_array_equal(one, other)
    assert len({mask.tobytes() for mask in one}) == 10
    assert not np.array_equal(one, patch_masks(hole_of(), replace(SETTING, seed=1)))


def test_a_second_model_that_gives_the_picture_back_finds_it_consistent():
    result = torch.rand(2, 3, 64, 80)
    hole = torch.from_numpy(hole_of()).expand(2, 1, 64, 80).float()
    found = reinpainting_consistency(result, hole, lambda image, again: image, SETTING)
    assert found.tolist() == [0.0, 0.0] and found.dtype == torch.float64


def test_the_score_is_the_mean_distance_over_the_masks():
    result = torch.rand(2, 3, 64, 80)
    hole = torch.from_numpy(hole_of()).expand(2, 1, 64, 80).float()
    seen = []

    def grey(image, again):
        seen.append(again)
        return torch.where(again > 0, torch.full_like(image, 0.5), image)

    found = reinpainting_consistency(result, hole, grey, SETTING)
    assert len(seen) == 10 and seen[0].shape == (2, 1, 64, 80)
    masks = torch.from_numpy(patch_masks(hole_of(), SETTING))
    expected = torch.stack(
        [((result - 0.5).abs() * mask).mean(dim=(1, 2, 3)) for mask in masks]
    ).mean(dim=0)
    torch.testing.assert_close(found, 100.0 * expected.double(), rtol=1e-5, atol=1e-6)


def test_a_result_that_fits_its_surroundings_beats_one_that_does_not():
    """A patch of the hole's content leaks into what the second model fills beside it."""
    from inpaint_bench import inpaint, load

    telea = load("telea")
    rows = torch.linspace(0.2, 0.8, 64).view(1, 1, 64, 1)
    good = rows.expand(1, 3, 64, 64).clone()
    hole = torch.zeros(1, 1, 64, 64)
    hole[..., 16:48, 16:48] = 1
    bad = torch.where(hole > 0, torch.rand(1, 3, 64, 64), good)

    def again(image, mask):
        return inpaint(telea, image, mask)

    setting = replace(SETTING, masks=4)
    scores = [reinpainting_consistency(x, hole, again, setting).item() for x in (good, bad)]
    assert scores[0] < scores[1]


def test_the_setting_says_everything_the_number_depends_on():
    words = replace(SETTING, second_model="lama-places2", seed=3).describe()
    for said in ("lama-places2", "L1", "10", "40%", "1/16", "seed 3"):
        assert said in words


@pytest.mark.parametrize(
    "change", [{"masks": 0}, {"ratio": 0.0}, {"ratio": 1.0}, {"patches": 1}, {"seed": -1}]
)
def test_settings_that_are_none_are_refused(change):
    with pytest.raises(BenchError, match="expected 1 or more masks"):
        replace(SETTING, **change)


def test_a_distance_that_looks_at_the_first_hole_or_at_no_truth_is_refused():
    for name in ("l1_hole", "tv"):
        with pytest.raises(BenchError, match="expected a distance of whole pictures"):
            replace(SETTING, distance=name)
    with pytest.raises(UnknownNameError):
        replace(SETTING, distance="nope")


def test_a_hole_that_leaves_nothing_known_is_refused():
    with pytest.raises(MaskError, match="leaves too few"):
        patch_masks(np.ones((32, 32), dtype=bool), SETTING)
