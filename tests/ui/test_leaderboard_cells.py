from __future__ import annotations

from dataclasses import replace

import gradio as gr
import numpy as np
import pytest
from PIL import Image

from inpaint_bench import load
from inpaint_bench.errors import BenchError
from inpaint_bench.ui.catalogue import catalogue
from inpaint_bench.ui.leaderboard_cells import build_cell
from inpaint_bench.ui.leaderboard_choice import choose
from inpaint_bench.ui.leaderboard_link import View
from inpaint_bench.ui.outbox import Outbox
from inpaint_bench.ui.settings import Settings

ENTRIES = {entry.name: entry for entry in catalogue()}


class Models:
    def __getitem__(self, name):
        return load(name)


@pytest.fixture
def settings(measured_results):
    return Settings(results_dir=measured_results[1])


@pytest.fixture
def panel(settings, tmp_path):
    with gr.Blocks():
        return build_cell(settings, ENTRIES, Outbox(tmp_path / "outbox"), Models())


@pytest.fixture
def view(settings):
    return choose(settings.results_dir, View(bucket="20-30 %", metric="l1_hole")).view


@pytest.fixture
def of_a_set(results_folder, tmp_path):
    """Return a panel and a view that is judged by FID."""
    with gr.Blocks():
        settings = Settings(results_dir=results_folder)
        panel = build_cell(settings, ENTRIES, Outbox(tmp_path), Models())
    return panel, choose(results_folder, View(metric="fid")).view


def click(title, column):
    return gr.SelectData(None, {"index": [0, column], "value": "", "row_value": [title, 1]})


def test_a_cell_opens_its_pictures_one_after_the_other(panel, view):
    first, *rest = panel.show(panel.clicked(view, (), click("Telea", 2)), ())
    assert "Telea: L1, hole" in first[panel.head] and "20-30 %" in first[panel.head]
    assert "being made" in first[panel.texts[0]]
    assert "run --suite quick" in first[panel.commands]
    worst, best = rest  # two methods dispute nothing
    assert "as published" in worst[panel.texts[0]] and "as published" in best[panel.texts[1]]
    shown = worst[panel.pictures[0]]["value"]
    assert [caption for _, caption in shown] == ["Input", "Telea", "Truth", "Error"]
    result, truth = (np.array(Image.open(path)).astype(int) for path, _ in shown[1:3])
    error = np.array(Image.open(shown[3][0]))
    assert (error[(result == truth).all(axis=2)].max(axis=0) < 20).all()  # black where equal
    assert "three methods" in first[panel.texts[2]]


def test_a_column_of_another_metric_opens_that_metric(panel, view, settings):
    chosen = choose(settings.results_dir, view)
    at = 5 + [name for name in chosen.measures if name != "l1_hole"].index("psnr")
    cell = panel.clicked(view, (), click("Mean colour", at))
    assert (cell.metric, cell.variant) == ("psnr", "mean_colour")
    assert "Mean colour: PSNR" in next(panel.show(cell, ()))[panel.head]


def test_a_column_that_is_no_metric_opens_the_one_that_is_ranked_by(panel, view):
    assert panel.clicked(view, (), click("Telea", 0)).metric == "l1_hole"


def test_the_next_pictures_are_others_and_after_the_last_come_the_first(panel, view):
    cell, texts = panel.clicked(view, (), click("Telea", 2)), []
    for _ in range(6):
        texts.append(next(panel.show(cell, ()))[panel.texts[0]])
        cell = panel.next(cell)
    assert texts[5] == texts[0] and len(set(texts)) == 5


def test_missing_weights_are_told_in_place_of_pictures(panel, view):
    entry = replace(ENTRIES["telea"], missing="weights fetch telea")
    without = replace(panel, entries={"telea": entry})
    _, worst, best = without.show(panel.clicked(view, (), click("Telea", 2)), ())
    assert "weights fetch telea" in worst[panel.texts[0]] and panel.pictures[0] not in worst
    assert "No pictures, as above" in best[panel.texts[1]]


def test_a_row_of_an_older_table_is_told(panel, view):
    with pytest.raises(BenchError, match="click it again"):
        panel.clicked(view, (), click("Gone", 2))
    with pytest.raises(BenchError, match="forgotten"):
        panel.clicked(None, (), click("Telea", 2))
    assert panel.next(None) is None and list(panel.show(None, ())) == []


def test_a_metric_of_a_set_is_told_to_have_no_pictures(of_a_set, monkeypatch):
    said = []
    monkeypatch.setattr("inpaint_bench.ui.leaderboard_cells.warn", said.append)
    panel, view = of_a_set
    (update,) = panel.show(panel.clicked(view, (), click("Telea", 2)), ())
    assert "one value for all" in said[0] and update == {panel.head: ""}


def test_a_refused_click_closes_the_panel_and_says_why(panel, view, monkeypatch):
    said = []
    monkeypatch.setattr("inpaint_bench.ui.leaderboard_cells.warn", said.append)
    cell, head = panel.opened(view, (), click("Telea", 2))
    assert cell.variant == "telea" and head == gr.skip() and said == []
    assert panel.opened(view, (), click("Gone", 2)) == (None, "")
    assert panel.opened(None, (), click("Telea", 2)) == (None, "")
    assert "click it again" in said[0] and "forgotten" in said[1]


def test_a_click_on_a_metric_of_a_set_opens_nothing(of_a_set, monkeypatch):
    said = []
    monkeypatch.setattr("inpaint_bench.ui.leaderboard_cells.warn", said.append)
    panel, view = of_a_set
    assert panel.opened(view, (), click("Telea", 2)) == (None, "")
    assert "one value for all" in said[0]


def test_a_cell_is_closed_once_the_table_does_not_show_its_number(results_folder, tmp_path):
    with gr.Blocks():
        settings = Settings(results_dir=results_folder)
        panel = build_cell(settings, ENTRIES, Outbox(tmp_path), Models())

    def seen(**changes):
        return choose(results_folder, replace(View("", "", "made-up-a"), **changes)).view

    cell = panel.clicked(seen(metric="psnr"), (), click("Telea", 2))
    stays, closed = (gr.skip(), gr.skip()), (None, "")
    assert panel.kept(None, seen(), ()) == stays
    assert panel.kept(cell, None, ()) == closed
    for changes, told in (
        ({"plot": "spread", "intervals": True}, stays),
        ({"metric": "l1_hole", "columns": ("psnr",)}, stays),
        ({"metric": "l1_hole", "columns": ("ssim",)}, closed),
        ({"metric": "psnr", "bucket": "20-30 %"}, closed),
        ({"metric": "psnr", "test_set": "made-up-b"}, closed),
    ):
        assert panel.kept(cell, seen(**changes), ()) == told, changes
