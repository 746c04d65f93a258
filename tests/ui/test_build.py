from __future__ import annotations

import json
import re

import gradio as gr
import pytest

from inpaint_bench.ui.build import build, launch_options
from inpaint_bench.ui.catalogue import catalogue
from inpaint_bench.ui.settings import Settings
from inpaint_bench.ui.tab_about import opened as about_opened
from inpaint_bench.ui.tab_leaderboard import opened, shown


@pytest.fixture(scope="module")
def page():
    return build(Settings())


def test_nothing_is_reported_to_anyone(page):
    assert page.analytics_enabled is False
    options = launch_options(Settings())
    assert options["share"] is False and options["allowed_paths"] == []
    assert options["footer_links"] == []


def test_no_event_is_offered_as_an_api(page):
    assert page.fns
    assert {fn.api_visibility for fn in page.fns.values()} == {"private"}


def test_queue_and_uploads_are_bounded(page):
    settings = Settings(max_upload_mb=3, queue_size=7)
    assert build(settings)._queue.max_size == 7
    assert launch_options(settings)["max_file_size"] == 3 * 1024 * 1024
    models = [fn for fn in page.fns.values() if fn.concurrency_id == "models"]
    assert [fn.concurrency_limit for fn in models] == [1]


def test_files_made_for_visitors_are_deleted(page):
    every, after = page.delete_cache
    assert every <= after == Settings().session_seconds


def test_style_sheet_and_theme_fetch_nothing_from_other_hosts():
    options = launch_options(Settings())
    sheet = options["css"] + options["theme"]._get_theme_css() + options["js"]
    sheet = sheet.replace("http://www.w3.org/2000/svg", "")  # a name, not an address
    assert not re.search(r"https?://|@import|@font-face", sheet)


def test_every_learned_variant_has_a_badge_in_the_list_of_models():
    css = launch_options(Settings())["css"]
    for entry in catalogue():
        assert (f'input[name="{entry.name}"]' in css) == (entry.group == "Learned")


def test_an_empty_leaderboard_says_how_to_fill_it(tmp_path):
    settings = Settings(results_dir=tmp_path)
    help_text, box, *rest = opened(settings, {}, None, None, None)
    assert help_text["visible"] and not box["visible"]
    assert rest == [gr.skip()] * 7


def test_the_leaderboard_opens_with_the_first_test_set(results_folder):
    settings = Settings(results_dir=results_folder)
    help_text, box, test_set, bucket, metric, words, table, remarks, plot = opened(
        settings, {}, None, None, None
    )
    assert not help_text["visible"] and box["visible"]
    assert test_set["value"] == "made-up-a" and test_set["choices"] == ["made-up-a", "made-up-b"]
    assert bucket["value"] == "all" and metric["value"] == "l1_hole"
    assert "lower is better" in words and "N masked photographs" in remarks
    assert len(table["data"]) == len(plot.data) == 4
    json.dumps(table)  # nothing in it that JSON cannot hold


def test_choices_that_do_not_exist_fall_back_instead_of_failing(results_folder):
    settings = Settings(results_dir=results_folder)
    bucket, metric, *_ = shown(settings, {}, "made-up-b", "90-99 %", "gone")
    assert bucket["value"] == "all" and metric["value"] == "l1_hole"


def test_the_about_page_names_every_variant():
    cards, metrics = about_opened(catalogue())
    for entry in catalogue():
        assert entry.name in cards
    assert "SSIM" in metrics
