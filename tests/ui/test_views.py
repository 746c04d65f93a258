from __future__ import annotations

import numpy as np
import pytest

from inpaint_bench.errors import InpaintBenchError
from inpaint_bench.ui.catalogue import catalogue
from inpaint_bench.ui.comparison import Comparison, Outcome
from inpaint_bench.ui.views import (
    DIFFERENCE,
    INPUT,
    ORIGINAL,
    RESULT,
    STAGE,
    choices,
    close_up,
    picture_of,
    tile_views,
    view_of,
)

NETWORK = "deepfill_v2-scenes128"


@pytest.fixture
def comparison(photograph_array):
    hole = np.zeros((60, 80), bool)
    hole[40:50, 10:30] = True
    filled = photograph_array.copy()
    filled[hole] ^= 0x20
    return Comparison(
        name="cat",
        picture=photograph_array,
        hole=hole,
        variants=("telea", NETWORK, "mean_colour"),
        outcomes={
            "telea": Outcome(picture=filled),
            NETWORK: Outcome(picture=filled, stages={"coarse": filled // 2}),
            "mean_colour": Outcome(error="broken"),
        },
    )


def test_every_result_its_stages_and_its_difference_can_be_looked_at(comparison):
    offered = choices(comparison, {entry.name: entry for entry in catalogue()})
    assert [key for _, key in offered] == [
        ORIGINAL,
        INPUT,
        "telea",
        NETWORK,
        f"{NETWORK}@coarse",
        "telea@difference",
        f"{NETWORK}@difference",
    ]
    for _, key in offered:
        assert picture_of(comparison, key).shape == comparison.picture.shape
    assert picture_of(comparison, ORIGINAL) is comparison.picture


@pytest.mark.parametrize("key", ["mean_colour", "gone", "telea@coarse", "@x"])
def test_a_picture_that_is_not_there_is_refused(comparison, key):
    with pytest.raises(InpaintBenchError, match="choose again"):
        picture_of(comparison, key)


def test_a_difference_is_black_where_pixels_are_known_and_not_in_the_hole(comparison):
    shown, line = view_of(comparison, "telea", DIFFERENCE)
    assert "Difference" in line
    heat = shown.astype(int).sum(axis=2)
    assert heat[comparison.hole].min() > heat[~comparison.hole].max()


def test_stages_are_offered_where_some_result_has_them(comparison):
    assert [view for _, view in tile_views(comparison)] == [RESULT, DIFFERENCE, STAGE]
    shown, line = view_of(comparison, NETWORK, STAGE)
    assert shown is comparison.outcomes[NETWORK].stages["coarse"] and "coarse" in line
    shown, line = view_of(comparison, "telea", STAGE)
    assert shown is comparison.pictures["telea"] and line == "One stage only"
    assert view_of(comparison, "mean_colour", STAGE) == (None, "")


@pytest.mark.parametrize("zoom", [2, 4, 8])
def test_a_close_up_repeats_the_pixels_around_the_middle_of_the_hole(photograph_array, zoom):
    hole = np.zeros((60, 80), bool)
    hole[0:3, 77:80] = True  # in a corner: the window stays inside the picture
    near = close_up(photograph_array, hole, zoom)
    high, wide = 60 // zoom, 80 // zoom
    assert near.shape == (high * zoom, wide * zoom, 3)
    assert np.array_equal(near[::zoom, ::zoom], photograph_array[:high, 80 - wide :])
    assert close_up(photograph_array, hole, 1) is photograph_array
