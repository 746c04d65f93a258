"""`draw_mask`: every generator under a seed and within a range of ratios."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inpaint_bench.errors import MaskError, UnknownNameError
from inpaint_bench.masks import EDGES, MASKS, bucket_label, bucket_labels, draw_mask, hole_ratio

EVERY_BUCKET = ("free_form", "rectangles")


@settings(max_examples=60, deadline=None)
@given(
    name=st.sampled_from(list(MASKS)),
    height=st.integers(0, 62),
    width=st.integers(0, 62),
    seed=st.integers(0, 2**63 - 1),
)
def test_a_mask_has_the_size_asked_for_and_is_neither_empty_nor_full(name, height, width, seed):
    height, width = height + MASKS[name].smallest, width + MASKS[name].smallest
    hole = draw_mask(name, height, width, seed=seed)
    assert hole.shape == (height, width) and hole.dtype == np.bool_
    assert hole.any() and not hole.all()
    np.testing.assert_array_equal(hole, draw_mask(name, height, width, seed=seed))


@settings(max_examples=60, deadline=None)
@given(
    name=st.sampled_from(EVERY_BUCKET),
    bucket=st.integers(0, 5),
    size=st.sampled_from([64, 100, 128]),
    seed=st.integers(0, 2**31),
)
def test_a_mask_drawn_for_a_bucket_falls_into_it(name, bucket, size, seed):
    hole = draw_mask(name, size, size, seed=seed, ratio=(EDGES[bucket], EDGES[bucket + 1]))
    assert bucket_label(hole_ratio(hole)) == bucket_labels()[bucket]


# These have a handful of masks in all: centred squares and grids.
FEW = {"centre": 1, "ntire_expand": 3, "ntire_every_n_lines": 8, "ntire_nearest_neighbour": 3}


@pytest.mark.parametrize("name", MASKS)
def test_another_seed_gives_another_mask(name):
    size = max(128, MASKS[name].smallest)
    holes = {draw_mask(name, size, size, seed=seed).tobytes() for seed in range(40)}
    assert len(holes) == FEW[name] if name in FEW else len(holes) >= 35


@pytest.mark.parametrize("name", MASKS)
def test_every_generator_declares_its_source_and_its_parameters(name):
    generator = MASKS[name]
    assert generator.name == name and generator.title
    assert len(generator.source) > 40 and generator.parameters


@pytest.mark.parametrize("name", [name for name in MASKS if MASKS[name].smallest > 8])
def test_a_mask_smaller_than_the_generator_is_made_for_is_refused(name):
    least = MASKS[name].smallest
    with pytest.raises(MaskError, match=f"at least {least}x{least}.*got {least - 1}x{least}"):
        draw_mask(name, least, least - 1, seed=0)


UNBIASED = ("lama_medium_256", "deepfill_v2_free_form_256", "shapes", "segmentation")


@pytest.mark.parametrize("name", UNBIASED)
@pytest.mark.parametrize("ratio", [(0.1, 0.2), (0.2, 0.3), (0.3, 0.4)])
def test_a_bucket_holds_what_the_generator_itself_draws_there(name, ratio):
    """The first draw of the stream that lies in the bucket, unchanged."""
    for seed in range(3):
        rng = np.random.default_rng(seed)
        draws = (MASKS[name](128, 128, rng) for _ in range(1000))
        first = next(hole for hole in draws if ratio[0] <= hole_ratio(hole) < ratio[1])
        np.testing.assert_array_equal(draw_mask(name, 128, 128, seed=seed, ratio=ratio), first)


def test_the_masks_of_frozen_test_sets_are_still_drawn():
    from inpaint_bench.data.identity import mask_sha256
    from inpaint_bench.data.testset import load_test_set

    frozen = load_test_set("samples-256")
    for item in frozen.items[:12]:
        name, _, seed = item.mask_id.rpartition(":")
        label = bucket_label(item.hole_ratio)
        low = EDGES[bucket_labels().index(label)]
        high = EDGES[bucket_labels().index(label) + 1]
        hole = draw_mask(name, 256, 256, seed=int(seed), ratio=(low, high))
        assert mask_sha256(hole) == item.mask_sha256


def test_without_a_range_the_first_draw_is_taken():
    first = MASKS["free_form"](64, 64, np.random.default_rng(11))
    np.testing.assert_array_equal(draw_mask("free_form", 64, 64, seed=11), first)


@pytest.mark.parametrize("ratio", list(pairwise(EDGES)))
def test_the_centre_box_is_refused_where_it_does_not_fit(ratio):
    if ratio == (0.2, 0.3):
        assert hole_ratio(draw_mask("centre", 64, 64, seed=0, ratio=ratio)) == 0.25
    else:
        with pytest.raises(MaskError, match="no draw of 'centre' at 64x64"):
            draw_mask("centre", 64, 64, seed=0, ratio=ratio)


def test_the_message_of_a_range_that_no_draw_fits_is_one_line_with_what_to_do():
    with pytest.raises(MaskError) as caught:
        draw_mask("rectangle", 64, 64, seed=3, ratio=(0.001, 0.05))
    message = str(caught.value)
    assert "0.1 to 5 %" in message and "seed 3" in message and "ask for another" in message
    assert "400 tries: 1" in message  # and what the draws had instead
    assert "\n" not in message


@pytest.mark.parametrize(
    "ratio", [(0.3, 0.2), (0.2, 0.2), (-0.1, 0.2), (0.5, 1.2), (float("nan"), 0.5)]
)
def test_a_range_that_is_none_is_refused(ratio):
    with pytest.raises(MaskError, match="range"):
        draw_mask("free_form", 64, 64, seed=0, ratio=ratio)


def test_a_negative_seed_and_an_unknown_name_are_refused():
    with pytest.raises(MaskError, match="seed of 0 or more, got -1"):
        draw_mask("free_form", 64, 64, seed=-1)
    with pytest.raises(UnknownNameError, match="Did you mean 'free_form'"):
        draw_mask("free_from", 64, 64, seed=0)
