from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import gradio as gr
import numpy as np
import pytest
from PIL import Image

from inpaint_bench import load
from inpaint_bench.errors import ImageError, MaskError
from inpaint_bench.ui import guard, inpaint_events, steps
from inpaint_bench.ui.canvas import canvas_pictures, painted_hole
from inpaint_bench.ui.catalogue import catalogue
from inpaint_bench.ui.hole_history import HoleHistory
from inpaint_bench.ui.inpaint_events import InpaintEvents
from inpaint_bench.ui.model_cache import ModelCache
from inpaint_bench.ui.outbox import Outbox
from inpaint_bench.ui.results import build_results
from inpaint_bench.ui.session import photograph
from inpaint_bench.ui.settings import Settings


@pytest.fixture
def events(tmp_path):
    models = ModelCache(3, load)
    entries = {entry.name: entry for entry in catalogue()}
    settings = Settings(max_side=128, results_dir=tmp_path / "results")
    return InpaintEvents(settings, models, Outbox(tmp_path), entries)


def opened(events, **query):
    """Return what opening the page with a query shows, then what it sets the inputs to."""
    answer = events.open_first(SimpleNamespace(query_params=query))
    return answer[:6], answer[6:]


@pytest.fixture
def results(tmp_path):
    with gr.Blocks(analytics_enabled=False):
        return build_results(catalogue(), Outbox(tmp_path), kept=60, count=12)


BRUSHED = (255, 10, 138, 158)
FRESH = HoleHistory()
NOTHING = (None, FRESH)  # on a canvas that was just opened


def compare(events, results, photo, canvas, *wanted):
    """Compare on a canvas that no button has changed."""
    return events.run(results, photo, canvas, HoleHistory(), *wanted)


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
    (photo, canvas, ratio, share, _, notice), inputs = opened(events)
    shown = np.array(Image.open(canvas["background"]))
    assert shown.shape == (512, 512, 3) and canvas["layers"] == [] and len(photo.working) == 128
    assert "No hole yet" in ratio
    assert "shrunk" in notice  # 512 pixels, and this app works at 128
    assert share == (0.0, 128, 128) and set(map(str, inputs)) == {str(gr.skip())}


def test_a_click_on_an_example_opens_it(events):
    name = steps.sample_choices()[1][0]
    clicked = events.click_sample(SimpleNamespace(index=1))
    photo, *_ = events.open_sample(clicked, None, *NOTHING, False, "fast")
    assert photo.name == name


def test_an_upload_that_is_no_photograph_changes_nothing_and_says_so(events, tmp_path, monkeypatch):
    path = tmp_path / "letter.png"
    path.write_text("Dear Sir")
    with pytest.raises(ImageError):
        events.open_upload(str(path), None, *NOTHING, False, "fast")
    shown = []
    monkeypatch.setattr(guard, "warn", shown.append)
    assert guard.guarded(events.open_upload)(str(path), None, *NOTHING, False, "fast") == gr.skip()
    assert len(shown) == 1 and "letter.png" in shown[0]


def test_a_random_hole_is_painted_and_its_seed_shown(events, photo):
    canvas, ratio, share, _, seed = events.draw(photo, *NOTHING, "free_form", "20-30 %", 11, False)
    hole = painted_hole(read(canvas), photo, side=512)
    assert seed == 11 and 0.2 <= hole.mean() == share[0] < 0.3
    assert "20-30 %" in ratio and events.measure(photo, read(canvas), FRESH)[:2] == (ratio, share)
    canvas, ratio, *_ = events.clear(photo, *NOTHING)
    assert canvas["layers"] == [] and "No hole yet" in ratio


def test_a_new_seed_is_drawn_each_time_unless_it_is_fixed(events, photo):
    seeds = {events.draw(photo, *NOTHING, "free_form", "any", 11, True)[-1] for _ in range(5)}
    assert len(seeds) > 1


def test_a_mask_file_replaces_the_hole(events, photo, tmp_path):
    hole = np.zeros((60, 80), bool)
    hole[:6] = True
    Image.fromarray(hole).save(tmp_path / "mask.png")
    mask = str(tmp_path / "mask.png")
    canvas, ratio, *_ = events.open_mask(photo, *NOTHING, mask, "white")
    assert np.array_equal(painted_hole(read(canvas), photo, side=512), hole)
    assert "10.0 %" in ratio


def test_results_arrive_one_by_one_and_end_in_a_zip(events, results, photo, warnings):
    canvas, *_ = events.draw(photo, *NOTHING, "free_form", "10-20 %", 1, False)
    ticked = ["mean_colour", "telea"]
    first, *between, last = compare(events, results, photo, read(canvas), ticked, 0, 1, True)
    assert "0 of 2" in first[results.status]
    assert [len(update[results.state].outcomes) for update in between] == [1, 2]
    tile = results.tiles.tiles[1]
    assert between[0][tile.picture]["value"].endswith("one__mean_colour.png")
    assert "2 results" in last[results.status]
    assert last[results.archive]["value"].endswith("one__comparison.zip")
    assert not warnings


def test_every_update_goes_to_a_component_that_the_event_may_change(events, results, photo):
    canvas, *_ = events.draw(photo, *NOTHING, "free_form", "10-20 %", 1, False)
    allowed = set(results.components)
    for update in compare(events, results, photo, read(canvas), ["mean_colour"], 0, 1, True):
        assert set(update) <= allowed


@pytest.mark.parametrize("case", ["no hole", "no model", "bad seed", "no photograph"])
def test_what_cannot_run_is_said_and_leaves_earlier_results_alone(
    events, results, photo, warnings, case
):
    canvas, *_ = events.draw(photo, *NOTHING, "free_form", "10-20 %", 1, False)
    updates = events.run(
        results,
        None if case == "no photograph" else photo,
        read(events.clear(photo, *NOTHING)[0] if case == "no hole" else canvas),
        HoleHistory(),
        [] if case == "no model" else ["telea"],
        None if case == "bad seed" else 0,
        1,
        True,
    )
    assert list(updates) == [{results.status: gr.skip()}]
    assert len(warnings) == 1


def test_cancelling_keeps_what_has_come_in(events, results, photo):
    canvas, *_ = events.draw(photo, *NOTHING, "free_form", "10-20 %", 1, False)
    ticked = ["mean_colour", "telea", "navier_stokes"]
    run = compare(events, results, photo, read(canvas), ticked, 0, 1, True)
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
    canvas, *_ = events.draw(photo, *NOTHING, "free_form", "10-20 %", 1, False)
    _, last, _ = compare(events, results, photo, read(canvas), ["telea"], 0, 1, True)
    status = events.cancel(results, last[results.state])[results.status]
    assert "1 result" in status and "cancelled" not in status


def test_a_link_brings_back_photograph_hole_models_and_numbers(events):
    query = {"photo": "coffee", "mask": "rectangle", "ratio": "10-20", "mask_seed": "5"}
    more = {"models": "telea,biharmonic", "seed": "3", "samples": "2", "size": "original"}
    (photo, canvas, ratio, *_), inputs = opened(events, **query, **more)
    assert photo.name == "coffee" and max(photo.working.shape) == 600  # as it is
    assert "10-20 %" in ratio and canvas["layers"]
    ticked = ["telea", "biharmonic"]
    assert inputs == ("rectangle", "10-20 %", 5, False, ticked, 3, 2, "original")


def test_what_a_link_says_and_nobody_knows_is_told_in_one_line(events, warnings):
    (photo, *_), inputs = opened(events, photo="nobody", models="telea,<b>", seed="-1", sort="x")
    assert photo.name == steps.FIRST_SAMPLE and inputs[4] == ["telea"]
    assert len(warnings) == 1
    assert all(part in warnings[0] for part in ("photo=nobody", "seed=-1", "models=<b>"))
    assert "sort" not in warnings[0]  # another page's


def test_the_link_of_a_random_hole_draws_it_again(events):
    (photo, *_), _ = opened(events)
    canvas, *_, seed = events.draw(photo, *NOTHING, "shapes", "20-30 %", 7, False)
    html = events.link(
        photo, read(canvas), FRESH, "shapes", "20-30 %", seed, ["telea"], 0, 1, "fast"
    )
    query = dict(pair.split("=") for pair in html.split("?")[1].split('"')[0].split("&amp;"))
    (_, again, *_), _ = opened(events, **query)
    assert again["layers"] == canvas["layers"]  # paths are made of content
    assert "not random" not in html


def test_a_link_says_what_it_cannot_bring_back(events, photo):
    canvas, *_, seed = events.draw(photo, *NOTHING, "free_form", "20-30 %", 7, False)
    grown, *_ = events.change("grow", photo, read(canvas), FRESH)
    html = events.link(photo, read(grown), FRESH, "free_form", "20-30 %", seed, [], 0, 1, "fast")
    assert "mask" not in html.split("</a>")[0] and "photo=" not in html
    assert "not random" in html and "your own" in html


def test_the_same_hole_is_kept_on_another_photograph_if_asked_for(events, photo):
    canvas, _, share, *_ = events.draw(photo, *NOTHING, "free_form", "20-30 %", 7, False)
    clicked = events.click_sample(SimpleNamespace(index=2))
    _, kept, _, after, *_ = events.open_sample(clicked, photo, read(canvas), FRESH, True, "fast")
    assert kept["layers"] and after[0] == pytest.approx(share[0], abs=0.02)
    assert not events.open_sample(clicked, photo, read(canvas), FRESH, False, "fast")[1]["layers"]


def test_undo_goes_back_through_what_buttons_did_and_forgets_it_with_the_photograph(events, photo):
    drawn, *_, history, _ = events.draw(photo, *NOTHING, "free_form", "20-30 %", 7, False)
    grown, *_, history = events.change("grow", photo, read(drawn), history)
    canvas, *_, history = events.change("invert", photo, read(grown), history)
    shares = []
    for _ in range(2):
        canvas, _, share, history = events.undo(photo, read(canvas), history)
        shares.append(share[0])
    shown = [painted_hole(read(one), photo, side=512).mean() for one in (grown, drawn)]
    assert shares == pytest.approx(shown)
    assert Path(canvas["layers"][0]).read_bytes() == Path(drawn["layers"][0]).read_bytes()
    canvas, *_, history = events.undo(photo, read(canvas), history)
    assert not painted_hole(read(canvas), photo, side=512).any()
    with pytest.raises(MaskError, match="nothing to undo"):
        events.undo(photo, read(canvas), history)
    *_, history, _ = events.show(photo, read(canvas), history)
    with pytest.raises(MaskError, match="nothing to undo"):
        events.undo(photo, None, history)


def test_clicks_quicker_than_the_editor_add_up(events, results, photo):
    drawn, *_, history, _ = events.draw(photo, *NOTHING, "free_form", "10-20 %", 7, False)
    *_, last = events.run(results, photo, None, history, ["mean_colour"], 0, 1, True)
    assert "1 result" in last[results.status]  # a canvas still empty has the hole that was sent
    slow, late = drawn, history
    for _ in range(3):  # the editor shows what it was sent, and what it was first sent
        slow, _, patient, history = events.change("grow", photo, read(slow), history)
        quick, _, hasty, late = events.change("grow", photo, read(drawn), late)
    assert quick["layers"] == slow["layers"] and hasty == patient
    assert events.save_mask(photo, read(drawn), late) == events.save_mask(
        photo, read(slow), HoleHistory()
    )
    brushed = np.zeros((512, 512, 4), np.uint8)
    brushed[200:300, 200:300] = BRUSHED
    *_, share, late = events.change("invert", photo, {"layers": [brushed]}, late)
    hole = painted_hole({"layers": [brushed]}, photo, side=512)
    assert share[0] == pytest.approx(1 - hole.mean())  # a hand is no late editor


def test_a_hole_that_a_hand_has_erased_stays_erased(events, results, photo, warnings):
    *_, drawn, history, _ = events.draw(photo, *NOTHING, "free_form", "10-20 %", 7, False)
    assert (
        events.measure(photo, None, history)[1] == drawn
    )  # the editor is late, no hand is so quick
    history = replace(history, when=history.when - 2.0)
    ratio, share, history = events.measure(photo, None, history)
    assert "No hole" in ratio and share[0] == 0.0
    list(events.run(results, photo, None, history, ["mean_colour"], 0, 1, True))
    assert len(warnings) == 1 and "brush a hole" in warnings[0]


def test_another_photograph_comes_with_its_own_hole_while_the_editor_is_late(events, photo):
    drawn, *_, history, _ = events.draw(photo, *NOTHING, "free_form", "10-20 %", 7, False)
    clicked = events.click_sample(SimpleNamespace(index=2))
    other, canvas, _, share, history, _ = events.open_sample(
        clicked, photo, None, history, True, "fast"
    )
    assert share[0] > 0.0  # the hole that was sent is taken along, though none is shown yet
    *_, again, _ = events.resize(other, read(drawn), history, "fast")
    assert again == share
    bare, *_, history, _ = events.open_sample(clicked, other, read(canvas), history, False, "fast")
    assert not events.hole(bare, read(canvas), history).any()


def test_original_size_is_bounded_and_keeps_the_hole(events, tmp_path):
    Image.new("RGB", (3000, 1500), "green").save(tmp_path / "large.png")
    photo, *_ = events.open_upload(str(tmp_path / "large.png"), None, *NOTHING, False, "fast")
    canvas, _, share, *_ = events.draw(photo, *NOTHING, "free_form", "20-30 %", 7, False)
    large, after, notice = events.resize(photo, read(canvas), FRESH, "original")
    assert photo.working.shape == (64, 128, 3) and large.working.shape == (512, 1024, 3)
    assert after[0] == pytest.approx(share[0], abs=0.01) and "1024x512" in notice


def test_a_saved_mask_has_the_photographs_own_size_and_opens_again(events, tmp_path):
    (photo, *_), _ = opened(events)
    canvas, _, share, *_ = events.draw(photo, *NOTHING, "free_form", "20-30 %", 7, False)
    path = events.save_mask(photo, read(canvas), FRESH)
    assert path.endswith("astronaut__hole.png")
    assert np.array(Image.open(path)).shape == photo.original.shape[:2] == (512, 512)
    again, _, reread, _ = events.open_mask(photo, *NOTHING, path, "white")
    assert reread == share and again["layers"] == canvas["layers"]


def test_advice_names_the_best_of_the_bucket_and_what_is_far_from_training(
    events, results_folder, photo
):
    assert events.advise((0.0, 60, 80), ["telea"]) == ""
    text = events.advise((0.15, 60, 80), ["telea"])
    assert "<strong>Biharmonic</strong> 6.50 %" in text and "made-up-a, N = 3" in text
    large = events.advise((0.15, 900, 1200), ["pconv_unet-scenes128"])
    assert "learnt at 128 × 128" in large and "1200 × 900" in large
    assert "60%" in events.advise((0.7, 60, 80), []).replace(" ", "")


def test_samples_of_a_stochastic_model_differ_and_each_has_its_tile(events, results, photo):
    canvas, *_ = events.draw(photo, *NOTHING, "free_form", "20-30 %", 1, False)
    *_, last = compare(events, results, photo, read(canvas), ["patchmatch"], 0, 2, False)
    assert "2 results" in last[results.status]


def test_a_sketch_is_run_beside_no_sketch(events, results, photo, monkeypatch):
    import torch

    from inpaint_bench.models import MODELS
    from inpaint_bench.types import Variant
    from inpaint_bench.ui.catalogue import entry_of

    torch.manual_seed(0)
    name = "deepfill_v2_sketch"
    entries = {name: entry_of(Variant(name, name, provenance="trained here"))}
    events = InpaintEvents(
        events.settings, {name: MODELS[name](width=8).eval()}, events.outbox, entries
    )
    monkeypatch.setitem(results.tiles.entries, name, entries[name])
    monkeypatch.setitem(results.slider.entries, name, entries[name])
    hole = np.zeros((60, 80), bool)
    hole[10:50, 10:70] = True
    strokes = np.zeros((512, 512), bool)
    strokes[250:260, 100:400] = True
    _, paint = canvas_pictures(photo, hole, strokes, side=512)
    *_, before, last = compare(events, results, photo, {"layers": [paint]}, [name], 0, 1, False)
    pictures = before[results.state].pictures
    assert list(pictures) == [name, f"{name}+sketch"]
    without, with_it = pictures.values()
    assert (without != with_it).any() and (without[~hole] == with_it[~hole]).all()
