"""What the Inside page shows, without a browser: real networks at small width."""

from __future__ import annotations

import threading
from dataclasses import replace

import numpy as np
import pytest
import torch

from inpaint_bench.errors import InpaintBenchError, MaskError, ModelError
from inpaint_bench.models import MODELS
from inpaint_bench.ui.catalogue import catalogue
from inpaint_bench.ui.inside import GATED, PARTIAL, STEPS, look, networks
from inpaint_bench.ui.lessons import LESSONS
from inpaint_bench.ui.session import photograph
from inpaint_bench.ui.workshop import Workshop


@pytest.fixture(scope="module")
def models():
    torch.manual_seed(0)
    return {
        "partial": MODELS["pconv_unet"](width=8, depth=4).eval(),
        "gated": MODELS["deepfill_v2"](width=8).eval(),
    }


@pytest.fixture
def photo(photograph_array):
    return photograph("cat", photograph_array, max_side=256)


@pytest.fixture
def seen(models, photo):
    hole = np.zeros((60, 80), bool)
    hole[20:40, 30:50] = True
    return look(photo, hole, models, {"partial": "partial", "gated": "gated"})


def test_the_slider_goes_from_the_first_layer_to_the_last_whatever_the_depth(seen):
    first, last = seen.known(1), seen.known(STEPS)
    assert "encoder layer 1" in first[1] and "decoder layer 1" in last[1]
    assert "layer 1 of 16" in seen.gate(1)[1] and "layer 16 of 16" in seen.gate(STEPS)[1]
    assert first[0].shape == last[0].shape == (60, 80, 3)
    assert "100 %" in last[1]


def test_the_sources_of_the_middle_are_framed_and_another_pixel_has_others(seen):
    middle, corner = seen.sources(None), seen.sources((22, 32))
    assert middle.shape == (60, 80, 3) and (middle != corner).any()


def test_both_stages_keep_known_pixels(seen):
    coarse, refined = seen.stages()
    for picture in (coarse, refined):
        assert (picture[~seen.hole] == seen.picture[~seen.hole]).all()
    assert (coarse[seen.hole] != refined[seen.hole]).any()


def test_a_page_without_a_photograph_a_hole_or_a_network_says_so(models, photo, seen):
    empty = np.zeros((60, 80), bool)
    with pytest.raises(InpaintBenchError, match="expected a photograph"):
        look(None, empty, models, {})
    with pytest.raises(MaskError):
        look(photo, empty, models, {})
    blind = replace(seen, partial=None, gated=None)
    for ask in (lambda: blind.known(1), lambda: blind.gate(1), blind.flow, blind.stages):
        with pytest.raises(InpaintBenchError, match="choose one"):
            ask()
    assert blind.edge_pictures() == []


def test_a_network_that_takes_too_long_is_given_up(photo):
    waited = threading.Event()

    class Slow:
        def __getitem__(self, name):
            waited.wait(30)

    hole = np.zeros((60, 80), bool)
    hole[20:40, 30:50] = True
    with pytest.raises(ModelError, match="within 1 s"):
        look(photo, hole, Workshop(Slow(), seconds=1), {"partial": "slow"})
    waited.set()


def test_networks_whose_weights_are_here_come_first():
    entries = catalogue()
    for architectures in (PARTIAL, GATED):
        found = networks(entries, architectures)
        by_name = {e.name: e for e in entries}
        assert by_name[found[0][1]].variant.source == "bundled"


@pytest.mark.parametrize("name", LESSONS)
def test_every_exercise_draws_a_hole_that_can_be_filled(name):
    hole = LESSONS[name].exercise.draw(160, 240)
    assert hole.shape == (160, 240) and 0.005 < hole.mean() < 0.7
