from __future__ import annotations

import gradio as gr
import numpy as np
import pytest
from PIL import Image

from inpaint_bench import load
from inpaint_bench.errors import InpaintBenchError
from inpaint_bench.ui.catalogue import catalogue
from inpaint_bench.ui.comparison import Comparison, compare
from inpaint_bench.ui.model_cache import ModelCache
from inpaint_bench.ui.outbox import Outbox
from inpaint_bench.ui.results import build_results
from inpaint_bench.ui.views import DIFFERENCE, INPUT, ORIGINAL, STAGE, picture_of

NETWORK = "deepfill_v2-scenes128"


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    with gr.Blocks(analytics_enabled=False):
        outbox = Outbox(tmp_path_factory.mktemp("outbox"))
        return build_results(catalogue(), outbox, kept=60, count=4)


@pytest.fixture(scope="module")
def steps():
    """A comparison as it grows."""
    rows, columns = np.indices((60, 80))
    picture = np.stack([rows * 4, columns * 3, rows + columns], axis=-1).astype(np.uint8)
    hole = np.zeros((60, 80), bool)
    hole[20:40, 30:60] = True
    plan = Comparison("one", picture, hole, ("telea", NETWORK), scored=True)
    return [plan, *compare(plan, ModelCache(10**9, load))]


def read(path):
    return np.array(Image.open(path))


def test_the_view_can_be_chosen_once_everything_is_there(results, steps):
    assert results.start(steps[0])[results.view]["interactive"] is False
    closed = results.close(steps[-1])[results.view]
    assert closed["interactive"] is True and closed["value"] == "result"
    assert [view for _, view in closed["choices"]] == ["result", DIFFERENCE, STAGE]
    nothing = results.close(steps[0])  # cancelled before the first result
    assert results.view not in nothing and results.archive not in nothing


@pytest.mark.parametrize("view", [DIFFERENCE, STAGE])
def test_tiles_show_another_view_and_keep_their_captions(results, steps, view):
    shown = results.show(steps[-1], view)
    assert set(shown) <= set(results.tiles.components)
    tile = results.tiles.tiles[2]
    key = f"{NETWORK}@{'coarse' if view == STAGE else view}"
    path = shown[tile.picture]["value"]
    assert path.endswith(f"one__{NETWORK}__{view}.png")
    assert np.array_equal(read(path), picture_of(steps[-1], key))
    assert shown[tile.download]["value"] == path
    assert "ib-view" in shown[tile.text] and "is-done" in shown[tile.text]


def test_a_model_of_one_stage_shows_its_result_and_says_so(results, steps):
    shown, tile = results.show(steps[-1], STAGE), results.tiles.tiles[1]
    assert shown[tile.picture]["value"].endswith("one__telea.png")
    assert "One stage only" in shown[tile.text] and "is-dull" in shown[tile.text]


def test_the_slider_shows_any_two_pictures(results, steps):
    paths = results.slider.show(steps[-1], INPUT, f"{NETWORK}@coarse", 1)
    for path, key in zip(paths, (INPUT, f"{NETWORK}@coarse"), strict=True):
        assert np.array_equal(read(path), picture_of(steps[-1], key))
    near = results.slider.show(steps[-1], ORIGINAL, "telea", 4)
    assert [read(path).shape for path in near] == [(60, 80, 3)] * 2
    with pytest.raises(InpaintBenchError, match="choose again"):
        results.slider.show(steps[-1], ORIGINAL, "biharmonic", 1)


def test_the_pair_under_the_slider_stays_as_it_was_chosen(results, steps):
    slider = results.slider
    first, second = (results.progress(step) for step in steps[1:])
    assert first[slider.right]["value"] == "telea" and first[slider.zoom] == 1
    assert "value" not in second[slider.right] and slider.view not in second
    keys = [key for _, key in second[slider.right]["choices"]]
    assert keys[:4] == [ORIGINAL, INPUT, "telea", NETWORK]


def test_without_a_comparison_there_is_nothing_to_look_at(results):
    with pytest.raises(InpaintBenchError, match="run one first"):
        results.show(None, DIFFERENCE)
    with pytest.raises(InpaintBenchError, match="run one first"):
        results.slider.show(None, ORIGINAL, INPUT, 1)


def test_every_update_goes_to_a_component_of_the_section(results, steps):
    allowed = set(results.components)
    for updates in (
        results.start(steps[0]),
        *(results.progress(step) for step in steps[1:]),
        results.close(steps[-1]),
    ):
        assert set(updates) <= allowed
