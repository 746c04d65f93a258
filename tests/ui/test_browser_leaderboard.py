"""A reviewer in a real browser: the question, a cell's pictures, files, links, a private row."""

from __future__ import annotations

import csv
import zipfile
from pathlib import Path

import pytest

from tests.ui.browsing import DESKTOP, MARKS, PHONE, WAIT, set_dark, watched, width

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

ROWS = "#leaderboard .virtual-body [role=row]"

pytestmark = MARKS


@pytest.fixture
def open_board(app, browser):
    """Open the Leaderboard."""
    with watched(app, browser, console=True) as watch:

        def open_at(size=DESKTOP, query="tab=leaderboard"):
            page = watch.open(size, query)
            page.wait_for_selector("#answer .ib-answer")
            page.wait_for_selector(ROWS)
            return page

        yield open_at


def test_which_model_takes_one_click_and_columns_and_plots_are_chosen(open_board):
    page = open_board()
    assert "faces: made-up-a" in page.input_value("#test-set input")
    page.locator("#lb-bucket label", has_text="20-30 %").click()
    _expect(page, "#answer", "Biharmonic is first for holes of 20-30 % on faces")
    assert "Yes, significantly better than all 3 others" in page.inner_text("#answer")
    assert _models(page) == ["Biharmonic", "Navier-Stokes", "Telea", "Mean colour"]
    page.get_by_role("button", name="Choose columns").click()
    page.get_by_label("intervals and ranks in every column").check()
    _expect(page, ROWS, "] ·")
    page.locator("#columns .token", has_text="PSNR ↑ (dB)").locator(".token-remove").click()
    gone = page.locator('#leaderboard th[title="PSNR ↑ (dB)"]')
    sync_api.expect(gone).to_have_count(0, timeout=WAIT)
    for name, drawn in (
        ("Quality over time", ".scatterlayer .trace"),
        ("Do metrics agree?", ".heatmaplayer"),
        ("By picture", ".boxlayer .trace"),
    ):
        page.locator("#lb-plot label", has_text=name).click()
        page.wait_for_selector(f"#ratio-plot {drawn}", state="attached")


def test_a_click_on_a_sorted_and_searched_cell_opens_its_own_pictures(open_board):
    page = open_board(query="tab=leaderboard&set=samples-256&holes=20-30")
    assert _models(page) == ["Telea", "Mean colour"]
    page.locator('#leaderboard th[title="PSNR ↑ (dB)"] .cell-menu-button').click()
    page.get_by_text("Sort ascending").click()
    page.wait_for_function(f"document.querySelector('{ROWS}').innerText.startsWith('Mean')")
    page.locator(ROWS).first.locator("[role=gridcell]").nth(2).click()
    _expect(page, "#cell-head", "Mean colour: L1, hole")
    page.fill("#leaderboard .search-input", "telea")
    sync_api.expect(page.locator(ROWS)).to_have_count(1, timeout=WAIT)
    page.locator(ROWS).first.locator("[role=gridcell]").nth(2).click()
    _expect(page, "#cell-head", "Telea: L1, hole")
    for kind in ("worst", "best"):
        sync_api.expect(page.locator(f"#case-{kind} img")).to_have_count(4, timeout=WAIT)
    _expect(page, "#cell", "as published")
    assert "run --suite quick" in page.inner_text("#cell-commands")
    before = page.inner_text("#cell .ib-case >> nth=0")
    page.click("#next-cases")
    page.wait_for_function(
        f"document.querySelector('#cell .ib-case').innerText !== {before!r} && "
        "document.querySelector('#cell .ib-case').innerText.includes('as published')"
    )


def test_an_open_cell_closes_with_its_table_and_after_a_refused_click(open_board):
    page = open_board()
    first = page.locator(ROWS).first.locator("[role=gridcell]")
    shown, hidden = "#cell >> visible=true", {"state": "hidden", "timeout": WAIT}
    first.nth(2).click()
    _expect(page, "#cell-head", "Biharmonic: L1, hole")
    page.wait_for_function("document.querySelector('#cell').getBoundingClientRect().top < 200")
    for label in ("20-30 %", "all"):
        page.locator("#lb-bucket label", has_text=label).click()
        page.wait_for_selector("#cell", **hidden)
        first.nth(2).click()
        page.wait_for_selector(shown)
    page.locator("#lb-plot label", has_text="By picture").click()
    page.wait_for_selector("#ratio-plot .boxlayer .trace", state="attached")
    page.wait_for_timeout(1000)
    assert page.locator("#cell").is_visible()  # its number is in the table still
    page.locator("#metric input").click()
    page.get_by_role("option", name="FID").click()
    page.wait_for_function("document.querySelector('#answer').innerText.includes('FID')")
    page.evaluate("window.scrollTo(0, 0)")
    at = page.evaluate("window.scrollY")
    page.locator(ROWS, has_text="Telea").locator("[role=gridcell]").nth(2).click()
    page.get_by_test_id("toast-body").filter(has_text="one value for all").wait_for()
    page.wait_for_selector("#cell", **hidden)
    page.wait_for_timeout(1000)
    assert abs(page.evaluate("window.scrollY") - at) < 400  # no further than to the cell itself


def test_a_view_comes_back_from_its_link(open_board):
    page = open_board()
    page.locator("#lb-bucket label", has_text="10-20 %").click()
    page.locator("#lb-plot label", has_text="By picture").click()
    page.wait_for_function(
        "document.querySelector('#lb-link a').href.includes('holes=10-20') && "
        "document.querySelector('#lb-link a').href.includes('plot=spread')"
    )
    page.click("#lb-copy")
    page.wait_for_selector("#lb-link .is-copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    again = open_board(query=copied.partition("?")[2])
    _expect(again, "#answer", "holes of 10-20 %")
    sync_api.expect(again.locator("#lb-plot input:checked")).to_have_value("spread", timeout=WAIT)


def test_tables_are_downloaded_and_a_zip_of_results_gets_a_private_row(
    open_board, measured_results, tmp_path
):
    archive = tmp_path / "mine.zip"
    with zipfile.ZipFile(archive, "w") as bundle:
        for picture in (measured_results[0] / "outputs" / "telea").iterdir():
            bundle.write(picture, picture.name)
    page = open_board(query="tab=leaderboard&set=samples-256")
    rows = list(csv.DictReader(_save(page, "#save-csv").read_text().splitlines()))
    assert {row["variant"] for row in rows} == {"mean_colour", "telea"}
    assert {"l1_hole", "psnr", "seconds"} == {row["metric"] for row in rows}
    assert r"\toprule" in _save(page, "#save-latex").read_text()
    page.get_by_role("button", name="Add my method").click()
    page.set_input_files("#own-zip input[type=file]", archive)
    page.fill("#own-name input, #own-name textarea", "mine")
    page.wait_for_selector("#own-zip .file-preview")
    page.click("#own-start")
    _expect(page, "#own-status", "mine has a row")
    sync_api.expect(page.locator(ROWS)).to_have_count(3, timeout=WAIT)
    assert "mine" in _models(page)
    stranger = open_board(query="tab=leaderboard&set=samples-256")
    assert sorted(_models(stranger)) == ["Mean colour", "Telea"]


def test_a_phone_reads_answer_table_and_pictures_without_sideways_scrolling(open_board):
    page = open_board(PHONE, "tab=leaderboard&set=samples-256&holes=30-40")
    assert width(page) <= PHONE[0]
    cell = page.locator(ROWS).first.locator("[role=gridcell]").nth(2)
    box = cell.bounding_box()
    assert box["x"] + box["width"] < PHONE[0]  # the number that is ranked by is in sight
    heading = page.locator("#leaderboard thead th").nth(2).bounding_box()
    assert abs(heading["x"] - box["x"]) <= 1 and abs(heading["width"] - box["width"]) <= 1
    cell.click()
    sync_api.expect(page.locator("#case-worst img")).to_have_count(4, timeout=WAIT)
    for name in ("Suite, mask type", "Choose columns", "What each metric", "Add my method"):
        page.get_by_role("button", name=name).click()
    page.wait_for_timeout(500)
    assert width(page) <= PHONE[0]
    set_dark(page)
    assert width(page) <= PHONE[0]


def _expect(page, place, text):
    sync_api.expect(page.locator(place).first).to_contain_text(text, timeout=WAIT)


def _models(page):
    return [row.inner_text().split("\n")[0] for row in page.locator(ROWS).all()]


def _save(page, button):
    with page.expect_download() as download:
        page.click(button)
    return Path(download.value.path())
