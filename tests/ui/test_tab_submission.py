from __future__ import annotations

import zipfile

import gradio as gr
import pytest

from inpaint_bench.ui.leaderboard_choice import choose
from inpaint_bench.ui.leaderboard_link import View
from inpaint_bench.ui.settings import Settings
from inpaint_bench.ui.tab_submission import build_submission


@pytest.fixture
def settings(measured_results):
    return Settings(results_dir=measured_results[1])


@pytest.fixture
def panel(settings):
    with gr.Blocks():
        return build_submission(settings)


@pytest.fixture
def said(monkeypatch):
    lines = []
    monkeypatch.setattr("inpaint_bench.ui.tab_submission.warn", lines.append)
    return lines


@pytest.fixture
def archive(measured_results, tmp_path):
    path = tmp_path / "results.zip"
    with zipfile.ZipFile(path, "w") as bundle:
        for picture in (measured_results[0] / "outputs" / "telea").iterdir():
            bundle.write(picture, picture.name)
    return str(path)


def test_a_zip_becomes_a_row_of_this_visitor_alone(panel, settings, archive):
    view = choose(settings.results_dir, View()).view
    *steps, last = panel.measure(view, (), archive, " mine ")
    assert any("Measuring" in step.get(panel.status, "") for step in steps)
    (own,) = last[panel.own]
    assert own.name == "mine" and "mine has a row" in last[panel.status]
    assert last[panel.start]["interactive"] and not last[panel.stop]["interactive"]
    mine = choose(settings.results_dir, view, [own]).results
    assert "mine" in mine.variants
    assert "mine" not in choose(settings.results_dir, view).results.variants
    assert mine.ranking("psnr").ranks["mine"] == mine.ranking("psnr").ranks["telea"]


def test_what_cannot_be_measured_is_told_and_the_page_works_on(panel, settings, archive, said):
    view = choose(settings.results_dir, View()).view
    *_, last = panel.measure(view, (), None, "mine")
    assert "upload it first" in said[0] and last[panel.start]["interactive"]
    *_, last = panel.measure(view, (), archive, "telea")
    assert "'telea' is a variant" in said[1] and "telea" in last[panel.status]
    *_, last = panel.measure(view, ("row",) * 5, archive, "mine")
    assert "at most 5 rows" in said[2]


def test_stopping_is_told(panel):
    stopped = panel.stopped()
    assert "Stopped" in stopped[panel.status] and stopped[panel.start]["interactive"]
