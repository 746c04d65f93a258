from __future__ import annotations

import re

import pytest

from inpaint_bench.errors import InpaintBenchError
from inpaint_bench.ui.build import build, launch_options
from inpaint_bench.ui.catalogue import catalogue
from inpaint_bench.ui.settings import Settings
from inpaint_bench.ui.tab_about import opened as about_opened


@pytest.fixture(scope="module")
def page():
    return build(Settings())


def test_nothing_is_reported_to_anyone(page):
    assert page.analytics_enabled is False
    options = launch_options(Settings())
    assert options["share"] is False and options["allowed_paths"] == []
    assert options["footer_links"] == []


def test_only_the_endpoints_for_programs_are_offered_as_an_api(page):
    offered = {fn.api_name for fn in page.fns.values() if fn.api_visibility != "private"}
    assert offered == {"inpaint", "list_variants", "leaderboard"}


def test_a_server_for_mcp_clients_is_off_unless_asked_for(monkeypatch):
    assert launch_options(Settings())["mcp_server"] is False
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(InpaintBenchError, match="requirements-mcp.txt"):
        launch_options(Settings(mcp=True))


def test_queue_and_uploads_are_bounded(page):
    settings = Settings(max_upload_mb=3, queue_size=7)
    assert build(settings)._queue.max_size == 7
    assert launch_options(settings)["max_file_size"] == 3 * 1024 * 1024
    models = [fn for fn in page.fns.values() if fn.concurrency_id == "models"]
    assert {fn.concurrency_limit for fn in models} == {1}
    assert "inpaint" in {fn.api_name for fn in models} and len(models) > 1


def test_files_made_for_visitors_are_deleted(page):
    every, after = page.delete_cache
    assert every <= after == Settings().session_seconds


def test_style_sheet_and_theme_fetch_nothing_from_other_hosts():
    options = launch_options(Settings())
    sheet = options["css"] + options["theme"]._get_theme_css() + options["js"]
    sheet = sheet.replace("http://www.w3.org/2000/svg", "")  # a name, not an address
    assert not re.search(r"https?://|@import|@font-face", sheet)


def test_the_about_page_names_every_variant():
    cards, metrics = about_opened(catalogue())
    for entry in catalogue():
        assert entry.name in cards
    assert "SSIM" in metrics
