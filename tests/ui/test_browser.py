"""A real browser uses the real app: uploads, brushes, compares, saves, sorts the leaderboard."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.ui.browsing import DESKTOP, MARKS, PHONE, WAIT, has_text, set_dark, tick, watched, width

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

pytestmark = MARKS


@pytest.fixture
def open_page(app, browser):
    """Open the app at a size."""
    with watched(app, browser) as watch:
        yield watch.open


@pytest.fixture
def upload(tmp_path):
    """A photograph as a PNG file, and its pixels."""
    rows, columns = np.indices((96, 128))
    noise = np.random.default_rng(5).integers(0, 40, (96, 128))
    pixels = np.stack([rows + noise, columns + noise, (rows + columns) // 2 + noise], axis=-1)
    path = tmp_path / "my photo.png"
    Image.fromarray(pixels.astype(np.uint8)).save(path)
    return path, pixels.astype(np.uint8)


def test_a_visitor_uploads_brushes_compares_and_saves(open_page, upload):
    path, pixels = upload
    page = open_page(DESKTOP)
    sync_api.expect(page.locator("#run")).to_be_in_viewport()
    _choose_file(page, "#upload-photo", path)
    _brush(page)
    assert "bucket" in page.inner_text("#ratio")
    tick(page, "mean_colour", "telea", "navier_stokes")
    _compare(page, "3 results")
    sync_api.expect(page.locator("#status")).to_be_in_viewport()
    sync_api.expect(page.locator("#stop")).to_be_in_viewport()

    done = page.locator(".ib-tile:has(.is-done)")
    assert [t.split()[0] for t in done.locator("h3").all_inner_texts()] == [
        "Mean",
        "Telea",
        "Navier-Stokes",
    ]
    with zipfile.ZipFile(_save(page, "#save-zip")) as archive:
        hole = np.array(Image.open(io.BytesIO(archive.read("hole.png")))) == 255
        assert len([name for name in archive.namelist() if name.startswith("results/")]) == 3
    assert 0.005 < hole.mean() < 0.6
    middle = np.argwhere(hole).mean(axis=0) / hole.shape  # it was brushed there
    assert np.abs(middle - 0.5).max() < 0.1
    for number in range(3):
        saved = _save(page, done.nth(number).get_by_text("Save PNG"))
        result = np.array(Image.open(saved))
        assert saved.name.startswith("my-photo__")
        assert np.array_equal(result[~hole], pixels[~hole])
        assert not np.array_equal(result[hole], pixels[hole])
    page.locator("#slider").scroll_into_view_if_needed()
    sync_api.expect(page.locator("#slider-view img")).to_have_count(2)
    page.wait_for_function("document.querySelector('#slider-view img').clientHeight > 100")


def test_the_leaderboard_is_sorted_and_searched(open_page):
    page = open_page(DESKTOP)
    page.get_by_role("tab", name="Leaderboard").click()
    rows = page.locator("#leaderboard .virtual-body [role=row]")
    sync_api.expect(rows).to_have_count(4, timeout=WAIT)
    assert _models(rows) == ["Biharmonic", "Navier-Stokes", "Telea", "Mean colour"]
    _sort(page, "PSNR ↑ (dB)", "Sort ascending")
    assert _models(rows) == ["Mean colour", "Telea", "Navier-Stokes", "Biharmonic"]
    _sort(page, "PSNR ↑ (dB)", "Sort descending")
    assert _models(rows) == ["Biharmonic", "Navier-Stokes", "Telea", "Mean colour"]
    page.fill("#leaderboard .search-input", "telea")
    sync_api.expect(rows).to_have_count(1)
    assert page.locator("#ratio-plot .scatterlayer .trace").count() == 3
    assert "made up: no weights" in page.inner_text("#remarks")


def test_bad_input_is_answered_in_words_and_loses_nothing(open_page, tmp_path):
    page = open_page(DESKTOP)
    letter = tmp_path / "letter.png"
    letter.write_text("Dear Sir")
    _choose_file(page, "#upload-photo", letter, wait=False)
    _expect_message(page, "letter.png")
    Image.new("1", (10_000, 10_000)).save(tmp_path / "huge.png")
    _choose_file(page, "#upload-photo", tmp_path / "huge.png", wait=False)
    _expect_message(page, "megapixels")
    page.click("#run")
    _expect_message(page, "brush a hole")
    page.click("#draw-hole")
    has_text(page, "#ratio", "20-30 %")
    page.get_by_text("Mask file").click()
    Image.new("1", (30, 30), 1).save(tmp_path / "mask.png")
    _choose_file(page, "#upload-mask", tmp_path / "mask.png", wait=False)
    _expect_message(page, "30x30")
    assert "20-30 %" in page.inner_text("#ratio")


def test_a_comparison_can_be_cancelled(open_page):
    page = open_page(DESKTOP, "?size=original")  # 512x512 takes PatchMatch some seconds
    page.click("#draw-hole")
    has_text(page, "#ratio", "20-30 %")
    tick(page, "mean_colour", "patchmatch")
    page.click("#run")
    page.wait_for_selector(".is-done")
    page.click("#stop")
    page.wait_for_function("document.querySelector('#status').innerText.includes('cancelled')")
    assert page.locator(".is-running, .is-waiting").count() == 0
    tick(page, "mean_colour")
    _compare(page, "1 result")  # and the app works on


def test_a_phone_needs_no_sideways_scrolling(open_page):
    page = open_page(PHONE)
    page.click("#draw-hole")
    has_text(page, "#ratio", "20-30 %")
    tick(page, "mean_colour", "telea")
    _compare(page, "2 results")
    assert width(page) <= PHONE[0]
    set_dark(page)
    assert width(page) <= PHONE[0]
    for name, there in (("Leaderboard", "#leaderboard .virtual-body"), ("About", "#cards dl")):
        page.get_by_role("tab", name=name).click()
        page.wait_for_selector(there)
        assert width(page) <= PHONE[0]


def _choose_file(page, button, path, wait=True):
    with page.expect_file_chooser() as chooser:
        page.click(button)
    before = page.inner_text("#notice")
    chooser.value.set_files(path)
    if wait:  # the first photograph is larger than the limit and says so, ours is not
        page.wait_for_function(f"document.querySelector('#notice').innerText !== {before!r}")
        page.wait_for_timeout(1500)


def _brush(page):
    box = page.locator("#canvas canvas").first.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x - 50, y - 30)
    page.mouse.down()
    page.mouse.move(x + 40, y + 20, steps=4)
    page.mouse.up()
    page.wait_for_function("document.querySelector('#ratio').innerText.includes('Your hole')")


def _compare(page, end):
    page.click("#run")
    page.wait_for_function(f"document.querySelector('#status h2')?.innerText.startsWith({end!r})")


def _save(page, button):
    with page.expect_download() as download:
        (page.locator(button) if isinstance(button, str) else button).click()
    path = Path(download.value.path())
    return path.rename(path.with_name(download.value.suggested_filename))


def _models(rows):
    return [row.inner_text().split("\n")[0] for row in rows.all()]


def _sort(page, heading, action):
    page.locator(f'#leaderboard th[title="{heading}"] .cell-menu-button').click()
    page.get_by_text(action).click()
    page.wait_for_timeout(300)


def _expect_message(page, text):
    message = page.get_by_test_id("toast-body").filter(has_text=text)
    sync_api.expect(message).to_be_visible(timeout=WAIT)
    message.get_by_role("button").first.click()
