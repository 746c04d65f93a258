"""Hole ratios and their buckets."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from inpaint_bench.errors import MaskError
from inpaint_bench.masks import EDGES, bucket_label, bucket_labels, hole_ratio

LABELS = ["1-10 %", "10-20 %", "20-30 %", "30-40 %", "40-50 %", "50-60 %"]
shares = st.floats(0.0, 1.0)
edge_lists = st.lists(
    st.integers(0, 1000).map(lambda n: n / 1000), min_size=2, max_size=9, unique=True
).map(sorted)


def test_the_buckets_are_those_of_the_papers():
    assert EDGES == (0.01, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6)
    assert bucket_labels() == LABELS


@pytest.mark.parametrize(
    ("ratio", "label"),
    [
        (0.0, "<1 %"),
        (0.009, "<1 %"),
        (0.01, "1-10 %"),
        (0.0999, "1-10 %"),
        (0.1, "10-20 %"),
        (0.2, "20-30 %"),
        (0.599, "50-60 %"),
        (0.6, "50-60 %"),
        (0.6001, ">60 %"),
        (1.0, ">60 %"),
    ],
)
def test_a_bucket_owns_its_lower_edge_and_the_last_one_both(ratio, label):
    assert bucket_label(ratio) == label


def test_custom_edges_are_written_without_needless_zeros():
    assert bucket_labels((0.0, 0.125, 0.5)) == ["0-12.5 %", "12.5-50 %"]
    assert bucket_label(0.07, (0.05, 0.07, 0.29)) == "7-29 %"


@given(ratio=shares, edges=edge_lists)
def test_every_ratio_has_exactly_one_place(ratio, edges):
    label = bucket_label(ratio, edges)
    if edges[0] <= ratio <= edges[-1]:
        assert label in bucket_labels(edges)
    else:
        assert label[0] == ("<" if ratio < edges[0] else ">")


@given(ratio=shares, edges=edge_lists)
def test_a_label_says_the_edges_between_which_the_ratio_lies(ratio, edges):
    label = bucket_label(ratio, edges)
    if label[0] not in "<>":
        low, high = (float(part) / 100 for part in label.removesuffix(" %").split("-"))
        assert low - 1e-12 <= ratio <= high + 1e-12


@given(first=shares, second=shares, edges=edge_lists)
def test_a_larger_ratio_never_falls_into_a_lower_bucket(first, second, edges):
    low, high = sorted((first, second))
    order = [f"<{100 * edges[0]:.10g} %", *bucket_labels(edges), f">{100 * edges[-1]:.10g} %"]
    assert order.index(bucket_label(low, edges)) <= order.index(bucket_label(high, edges))


@given(missing=st.integers(0, 35))
def test_the_ratio_is_the_share_of_missing_pixels_whatever_holds_them(missing):
    hole = (np.arange(35) < missing).reshape(5, 7)
    expected = missing / 35
    assert hole_ratio(hole) == expected
    assert hole_ratio(hole.astype(np.float32)) == expected
    assert hole_ratio(torch.from_numpy(hole)) == expected
    assert hole_ratio(torch.from_numpy(hole).float()[None, None]) == expected


@pytest.mark.parametrize("edges", [(), (0.5,), (0.2, 0.1), (0.1, 0.1), (-0.1, 0.5), (0.5, 1.5)])
def test_edges_that_are_none_are_refused(edges):
    with pytest.raises(MaskError, match="ascending bucket edges"):
        bucket_label(0.3, edges)


@pytest.mark.parametrize("ratio", [-0.1, 1.1, float("nan")])
def test_a_ratio_outside_of_0_to_1_is_refused(ratio):
    with pytest.raises(MaskError, match="hole ratio"):
        bucket_label(ratio)


def test_a_hole_without_pixels_is_refused():
    with pytest.raises(MaskError, match="pixels"):
        hole_ratio(np.zeros((0, 4), dtype=bool))
