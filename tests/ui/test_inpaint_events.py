from __future__ import annotations

from types import SimpleNamespace

import gradio as gr
import numpy as np
import pytest
from PIL import Image

from inpaint_bench import load
from inpaint_bench.errors import ImageError, InpaintBenchError
from inpaint_bench.ui import guard, inpaint_events, steps
from inpaint_bench.ui.canvas import painted_hole
from inpaint_bench.ui.catalogue import catalogue
from inpaint_bench.ui.inpaint_events import InpaintEvents
from inpaint_bench.ui.model_cache import ModelCache
from inpaint_bench.ui.outbox import Outbox
from inpaint_bench.ui.results import build_results
from inpaint_bench.ui.session import photograph
from inpaint_bench.ui.settings import Settings
from inpaint_bench.ui.slider import INPUT, ORIGINAL, pair


@pytest.fixture
def events(tmp_path):
    models = ModelCache(3, load)
    return InpaintEvents(Settings(max_side=128), models, Outbox(tmp_path))


@pytest.fixture
def results(tmp_path):
    with gr.Blocks(analytics_enabled=False):
        return build_results(catalogue(), Outbox(tmp_path), kept=60)


def read(canvas):
    """Return a canvas's value as an event gets it: with pictures instead of paths."""
    return {"layers": [np.array(Image.open(path)) for path in canvas["layers"]]}


@pytest.fixture
def warnings(monkeypatch):
    said = []
    monkeypatch.setattr(inpaint_events, "warn", said.append)
    return said


@pytest.fixture
def photo(photograph_array):
    return photograph("one", photograph_array, max_side=128)


def test_the_page_opens_with_a_photograph_and_no_hole(events):
    photo, canvas, ratio, notice = events.open_first()
    shown = np.array(Image.open(canvas["background"]))
    assert shown.shape == (512, 512, 3) and canvas["layers"] == [] and len(photo.working) == 128
    assert "No hole yet" in ratio
    assert "shrunk" in notice  # 512 pixels, and this app works at 128


def test_a_click_on_an_example_opens_it(events):
    name = steps.sample_choices()[1][0]
    photo, *_ = events.open_sample(SimpleNamespace(index=1))
    assert photo.name == name


def test_an_upload_that_is_no_photograph_changes_nothing_and_says_so(events, tmp_path, monkeypatch):
    path = tmp_path / "letter.png"
    path.write_text("Dear Sir")
    with pytest.raises(ImageError):
        events.open_upload(str(path))
    shown = []
    monkeypatch.setattr(guard, "warn", shown.append)
    assert guard.guarded(events.open_upload)(str(path)) == gr.skip()
    assert len(shown) == 1 and "letter.png" in shown[0]


def test_a_random_hole_is_painted_and_its_seed_shown(events, photo):
    canvas, ratio, seed = events.draw(photo, "free_form", "20-30 %", 11, False)
    hole = painted_hole(read(canvas), photo, side=512)
    assert seed == 11 and 0.2 <= hole.mean() < 0.3
    assert "20-30 %" in ratio and "20-30 %" in events.measure(read(canvas), photo)
    canvas, ratio = events.clear(photo)
    assert canvas["layers"] == [] and "No hole yet" in ratio


def test_a_new_seed_is_drawn_each_time_unless_it_is_fixed(events, photo):
    seeds = {events.draw(photo, "free_form", "any", 11, True)[2] for _ in range(5)}
    assert len(seeds) > 1


def test_a_mask_file_replaces_the_hole(events, photo, tmp_path):
    hole = np.zeros((60, 80), bool)
    hole[:6] = True
    Image.fromarray(hole).save(tmp_path / "mask.png")
    canvas, ratio = events.open_mask(str(tmp_path / "mask.png"), "white", photo)
    assert np.array_equal(painted_hole(read(canvas), photo, side=512), hole)
    assert "10.0 %" in ratio


def test_results_arrive_one_by_one_and_end_in_a_zip(events, results, photo, warnings):
    canvas, *_ = events.draw(photo, "free_form", "10-20 %", 1, False)
    ticked = (["mean_colour", "telea"], [])
    first, *between, last = events.run(results, photo, read(canvas), 0, True, *ticked)
    assert "0 of 2" in first[results.status]
    assert [len(update[results.state].outcomes) for update in between] == [1, 2]
    tile = results.tiles.tiles[1]
    assert between[0][tile.picture]["value"].endswith("one__mean_colour.png")
    assert "2 results" in last[results.status]
    assert last[results.archive]["value"].endswith("one__comparison.zip")
    assert not warnings


def test_every_update_goes_to_a_component_that_the_event_may_change(events, results, photo):
    canvas, *_ = events.draw(photo, "free_form", "10-20 %", 1, False)
    allowed = set(results.components)
    for update in events.run(results, photo, read(canvas), 0, True, ["mean_colour"]):
        assert set(update) <= allowed


@pytest.mark.parametrize("case", ["no hole", "no model", "bad seed", "no photograph"])
def test_what_cannot_run_is_said_and_leaves_earlier_results_alone(
    events, results, photo, warnings, case
):
    canvas, *_ = events.draw(photo, "free_form", "10-20 %", 1, False)
    updates = events.run(
        results,
        None if case == "no photograph" else photo,
        read(events.clear(photo)[0] if case == "no hole" else canvas),
        None if case == "bad seed" else 0,
        True,
        [] if case == "no model" else ["telea"],
    )
    assert list(updates) == [{results.status: gr.skip()}]
    assert len(warnings) == 1


def test_cancelling_keeps_what_has_come_in(events, results, photo):
    canvas, *_ = events.draw(photo, "free_form", "10-20 %", 1, False)
    run = events.run(
        results, photo, read(canvas), 0, True, ["mean_colour", "telea", "navier_stokes"]
    )
    next(run)
    comparison = next(run)[results.state]
    updates = events.cancel(results, comparison)
    assert "1 of 3 results" in updates[results.status] and "cancelled" in updates[results.status]
    texts = [updates[tile.text] for tile in results.tiles.tiles[1:4]]
    assert "is-done" in texts[0]
    assert all("is-cancelled" in text for text in texts[1:])
    assert updates[results.archive]["interactive"]
    assert events.cancel(results, None) == {results.status: gr.skip()}


def test_cancelling_what_is_complete_takes_nothing_back(events, results, photo):
    canvas, *_ = events.draw(photo, "free_form", "10-20 %", 1, False)
    _, last, _ = events.run(results, photo, read(canvas), 0, True, ["telea"])
    status = events.cancel(results, last[results.state])[results.status]
    assert "1 result" in status and "cancelled" not in status


def test_the_slider_shows_any_two_pictures(events, results, photo):
    canvas, *_ = events.draw(photo, "free_form", "10-20 %", 1, False)
    *_, last, _ = events.run(results, photo, read(canvas), 0, True, ["mean_colour", "telea"])
    comparison = last[results.state]
    left, right = pair(comparison, ORIGINAL, "telea")
    assert left is comparison.picture and right is comparison.pictures["telea"]
    assert pair(comparison, INPUT, "mean_colour")[0].shape == photo.working.shape
    assert all(path.endswith(".png") for path in results.slider.show(comparison, INPUT, "telea"))
    with pytest.raises(InpaintBenchError):
        pair(comparison, ORIGINAL, "biharmonic")
    with pytest.raises(InpaintBenchError):
        pair(None, ORIGINAL, INPUT)


def test_the_pair_under_the_slider_stays_as_it_was_chosen(events, results, photo):
    canvas, *_ = events.draw(photo, "free_form", "10-20 %", 1, False)
    _, first, second, _ = events.run(
        results, photo, read(canvas), 0, True, ["mean_colour", "telea"]
    )
    slider = results.slider
    assert first[slider.right]["value"] == "mean_colour"
    assert "value" not in second[slider.right] and slider.view not in second
    assert len(second[slider.right]["choices"]) == 4
