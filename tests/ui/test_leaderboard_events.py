from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import gradio as gr
import pytest

from inpaint_bench.errors import BenchError
from inpaint_bench.ui.catalogue import catalogue
from inpaint_bench.ui.leaderboard_events import CONTROLS, VIEWS, LeaderboardEvents
from inpaint_bench.ui.leaderboard_link import View
from inpaint_bench.ui.outbox import Outbox
from inpaint_bench.ui.settings import Settings

ENTRIES = {entry.name: entry for entry in catalogue()}


@pytest.fixture
def events(results_folder, tmp_path):
    return LeaderboardEvents(
        Settings(results_dir=results_folder), ENTRIES, Outbox(tmp_path / "outbox")
    )


def shown(values):
    return dict(zip((*CONTROLS, *VIEWS), values, strict=True))


def chosen(**changes):
    """Values of the controls as the page sends them."""
    said = {**dict.fromkeys(CONTROLS, ""), "columns": None, "intervals": False, **changes}
    return [said[name] for name in CONTROLS]


def test_a_tab_that_is_selected_again_leaves_what_is_shown(events):
    first, again = events.selected((), None), events.opened((), None)
    assert shown(first[2:])["view"] == shown(again[2:])["view"]
    assert events.selected((), View(bucket="10-20 %")) == gr.skip()


def test_an_empty_leaderboard_says_how_to_fill_it(tmp_path):
    events = LeaderboardEvents(Settings(results_dir=tmp_path), {}, Outbox(tmp_path))
    help_text, box, *rest = events.opened((), None)
    assert help_text["visible"] and not box["visible"]
    assert rest == [gr.skip()] * (len(CONTROLS) + len(VIEWS))


def test_the_leaderboard_opens_with_an_answer_a_table_and_a_plot(events):
    help_text, box, *rest = events.opened((), None)
    page = shown(rest)
    assert not help_text["visible"] and box["visible"]
    assert page["test_set"]["value"] == "made-up-a" and page["bucket"]["value"] == "all"
    assert "Biharmonic" in page["answer"] and "lower is better" in page["conventions"]
    assert "N masked photographs" in page["remarks"]
    assert len(page["table"]["data"]) == len(page["plot"].data) == 4
    json.dumps(page["table"])  # nothing in it that JSON cannot hold


def test_a_choice_changes_the_table_and_the_link(events):
    page = shown(events.shown(None, (), *chosen(metric="psnr", bucket="20-30 %")))
    assert page["view"].metric == "psnr"
    assert "holes=20-30&amp;by=psnr" in page["link"]
    assert "PSNR" in page["answer"]


def test_another_suite_brings_its_columns_and_forgets_the_old_ones(events):
    same = shown(events.shown(View(suite=""), (), *chosen(columns=["ssim"])))
    other = shown(events.shown(View(suite="lama_table"), (), *chosen(columns=["ssim"])))
    assert "value" not in same["columns"] and same["view"].columns == ("ssim",)
    assert "psnr" in other["columns"]["value"]


def test_a_link_opens_the_page_where_it_points(events, monkeypatch):
    said = []
    monkeypatch.setattr("inpaint_bench.ui.leaderboard_events.warn", said.append)
    query = {"tab": "leaderboard", "set": "made-up-b", "by": "ssim", "plot": "spread"}
    tabs, _, _, *rest = events.linked(SimpleNamespace(query_params=query))
    page = shown(rest)
    assert tabs["selected"] == "leaderboard" and page["view"].test_set == "made-up-b"
    assert page["plot"].data[0].type == "box" and said == []
    events.linked(SimpleNamespace(query_params={**query, "by": "beauty"}))
    assert "beauty" in said[0]
    assert events.linked(SimpleNamespace(query_params={"photo": "coffee"})) == gr.skip()


def test_another_plot_is_drawn_and_no_control_is_given_what_it_has(events):
    """A choice that was made since must not be undone by the answer to the one before."""
    before = shown(events.opened((), View(test_set="made-up-a"))[2:])["view"]
    choices = [getattr(before, name) for name in CONTROLS]
    choices[CONTROLS.index("plot")] = "agreement"
    choices[CONTROLS.index("columns")] = list(before.columns or ())
    found = events.shown(before, (), *choices)
    page = shown(found)
    assert page["plot"].data[0].type == "heatmap" and "plot=agreement" in page["link"]
    assert page["view"].plot == "agreement" and "Spearman" in page["plot_words"]
    for update in found[: len(CONTROLS)]:
        assert update == gr.skip() or "value" not in update


def test_tables_are_saved_under_the_test_sets_name(events):
    view = shown(events.opened((), View(columns=("psnr",)))[2:])["view"]
    path = events.save("csv", view, ())
    assert path.endswith("made-up-a.csv")
    assert Path(path).read_text(encoding="utf-8").startswith("test_set,")
    assert events.save("latex", view, ()).endswith(".tex")
    with pytest.raises(BenchError, match="open the Leaderboard again"):
        events.save("csv", None, ())


def test_what_papers_report_is_shown_apart_and_ranked_nowhere(measured_results, tmp_path):
    events = LeaderboardEvents(Settings(results_dir=measured_results[1]), ENTRIES, Outbox(tmp_path))
    page = shown(events.opened((), View(suite="user_study"))[2:])
    assert "104 users" in page["reported"]
    assert "Not measured here and not ranked" in page["reported"]
    assert {row[0] for row in page["table"]["data"]} == {"Telea", "Mean colour"}


def test_adding_a_method_is_explained_with_the_sets_own_names(measured_results, tmp_path):
    events = LeaderboardEvents(Settings(results_dir=measured_results[1]), ENTRIES, Outbox(tmp_path))
    page = shown(events.opened((), None)[2:])
    assert "astronaut__free_form_0.png" in page["how_to_add"]
    assert "score --testset samples-256" in page["how_to_add"]
    assert "Or here: zip the 72 pictures" in page["how_to_add"]


def test_where_no_upload_can_be_measured_it_says_why(events):
    how = shown(events.opened((), None)[2:])["how_to_add"]
    assert "made-up-a is no frozen test set" in how
