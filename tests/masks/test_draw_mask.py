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
    height=st.integers(8, 70),
    width=st.integers(8, 70),
    seed=st.integers(0, 2**63 - 1),
)
def test_a_mask_has_the_size_asked_for_and_is_neither_empty_nor_full(name, height, width, seed):
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


@pytest.mark.parametrize("name", [name for name in MASKS if name != "centre"])
def test_another_seed_gives_another_mask(name):
    holes = {draw_mask(name, 64, 64, seed=seed).tobytes() for seed in range(20)}
    assert len(holes) >= 19


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
