from __future__ import annotations

from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inpaint_bench.masks import MASKS, bucket_labels
from inpaint_bench.ui.links import SIZES, Setup, read_link, write_link
from inpaint_bench.ui.steps import ANY_RATIO, sample_choices

KNOWN = ("telea", "patchmatch", "deepfill_v2-places2-tf")
SEEDS = st.none() | st.integers(0, 2**31 - 1)
SETUPS = st.builds(
    Setup,
    photo=st.none() | st.sampled_from([name for name, _ in sample_choices()]),
    mask=st.none() | st.sampled_from(list(MASKS)),
    ratio=st.none() | st.sampled_from([ANY_RATIO, *bucket_labels()]),
    mask_seed=SEEDS,
    models=st.none() | st.lists(st.sampled_from(KNOWN), unique=True, min_size=1).map(tuple),
    seed=SEEDS,
    samples=st.none() | st.integers(1, 4),
    size=st.none() | st.sampled_from(SIZES),
)


@given(SETUPS)
def test_every_setup_is_read_back_as_it_was_written(setup):
    query = dict(parse_qsl(write_link(setup).lstrip("?")))
    assert read_link(query, KNOWN) == (setup, [])


@given(st.dictionaries(st.sampled_from(["photo", "models", "seed", "size", "x"]), st.text()))
def test_no_query_makes_it_fail(query):
    setup, unknown = read_link(query, KNOWN)
    assert "x" not in "".join(line.split("=")[0] for line in unknown)
    assert setup.size in (None, *SIZES)


@pytest.mark.parametrize(
    ("key", "text"), [("photo", "../etc"), ("seed", "1e9"), ("samples", "0"), ("ratio", "5-6")]
)
def test_what_is_not_known_is_left_out_and_named(key, text):
    setup, unknown = read_link({key: text}, KNOWN)
    assert setup == Setup() and unknown == [f"{key}={text}"]


def test_known_models_stay_when_others_are_not():
    setup, unknown = read_link({"models": "telea,gone,telea"}, KNOWN)
    assert setup.models == ("telea",) and unknown == ["models=gone"]


def test_long_nonsense_is_cut_short():
    _, unknown = read_link({"photo": "x" * 5000}, KNOWN)
    assert len(unknown[0]) < 60
