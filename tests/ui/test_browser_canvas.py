"""A real browser makes holes, takes them to other photographs, draws a sketch, follows a link."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.ui.browsing import DESKTOP, MARKS, PHONE, watched, width

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

PASTE = """async () => {
  const canvas = Object.assign(document.createElement("canvas"), { width: 120, height: 80 });
  canvas.getContext("2d").fillRect(10, 10, 60, 40);
  const blob = await new Promise((done) => canvas.toBlob(done, "image/png"));
  const carrier = new DataTransfer();
  carrier.items.add(new File([blob], "pasted.png", { type: "image/png" }));
  document.dispatchEvent(new ClipboardEvent("paste", { clipboardData: carrier, bubbles: true }));
}"""
DROP = """async (place) => {
  const canvas = Object.assign(document.createElement("canvas"), { width: 120, height: 80 });
  canvas.getContext("2d").fillRect(10, 10, 60, 40);
  const blob = await new Promise((done) => canvas.toBlob(done, "image/png"));
  const carrier = new DataTransfer();
  carrier.items.add(new File([blob], "dropped.png", { type: "image/png" }));
  return ["dragenter", "dragover", "drop"].map((kind) => {
    const said = { dataTransfer: carrier, bubbles: true, cancelable: true };
    return !document.querySelector(place).dispatchEvent(new DragEvent(kind, said));
  });
}"""

pytestmark = MARKS


@pytest.fixture
def open_page(app, browser):
    """Open the app at a size, or by a link."""
    with watched(app, browser) as watch:
        yield lambda size=DESKTOP, query="": watch.open(size, query)


def test_a_newcomer_has_a_saved_comparison_of_three_models_after_three_clicks(open_page):
    page = open_page()
    page.click("#draw-hole")
    _share(page, above=0.0)  # the hole is seen, with the best models of its bucket, then
    page.wait_for_selector("#advice .ib-advice")
    assert "Best on photographs: Biharmonic" in page.inner_text("#advice")
    page.click("#run")
    page.wait_for_function("document.querySelector('#status h2')?.innerText === '3 results'")
    with zipfile.ZipFile(_save(page, "#save-zip")) as archive:
        assert len([name for name in archive.namelist() if name.startswith("results/")]) == 3


def test_a_hole_is_changed_saved_and_taken_to_another_photograph(open_page):
    page = open_page()
    page.click("#draw-hole")
    drawn = _share(page, above=0.0)
    page.click("#grow-hole")
    grown = _share(page, above=drawn)
    page.click("#invert-hole")
    inverted = f"{_SHARE} < {100 - grown + 0.2} && {_SHARE} > {100 - grown - 0.2}"
    page.wait_for_function(inverted)
    page.click("#undo-hole")
    page.wait_for_function(f"{_SHARE} === {grown}")
    page.keyboard.press("Control+z")  # the editor itself has nothing to undo
    page.wait_for_function(f"{_SHARE} === {drawn}")
    page.click("#grow-hole")
    page.wait_for_function(f"{_SHARE} === {grown}")
    page.click("#invert-hole")
    page.wait_for_function(inverted)
    mask = np.array(Image.open(_save(page, "#save-mask")))
    assert mask.shape == (512, 512)  # the photograph's own size, not the copy's
    assert abs(100 * (mask > 0).mean() - (100 - grown)) < 0.2
    page.locator("#keep-hole input").check()
    page.locator("#samples button.thumbnail-item").nth(1).click()
    page.wait_for_function("!document.querySelector('#notice').innerText.includes('512x512')")
    assert abs(_share(page, above=0.0) - (100 - grown)) < 2.0


def test_a_mask_that_cannot_be_saved_is_not_the_one_before(open_page):
    page = open_page(query="?mask=centre&mask_seed=0")
    _share(page, above=8.0)
    _save(page, "#save-mask")
    page.click("#clear-hole")
    page.wait_for_function(f"{_SHARE} === 0")
    saved = []
    page.on("download", lambda download: saved.append(download))
    page.click("#save-mask")
    page.get_by_test_id("toast-body").first.wait_for()
    page.wait_for_timeout(1000)
    assert saved == []


def test_clicks_in_quick_succession_add_up(open_page):
    page = open_page(query="?mask=centre&mask_seed=0")
    shares = [_share(page, above=8.0)]
    for _ in range(3):  # the editor has put each hole on before the next click
        page.click("#grow-hole")
        shares.append(_share(page, above=shares[-1]))
        page.wait_for_timeout(1500)
    quick = open_page(query="?mask=centre&mask_seed=0")
    _share(quick, above=8.0)
    for _ in range(3):
        quick.click("#grow-hole")
        quick.wait_for_timeout(100)
    quick.wait_for_function(f"{_SHARE} === {shares[3]}")
    for _ in range(2):
        quick.click("#undo-hole")
        quick.wait_for_timeout(100)
    quick.wait_for_function(f"{_SHARE} === {shares[1]}")
    mask = np.array(Image.open(_save(quick, "#save-mask"))) > 0
    assert abs(100 * mask.mean() - shares[1]) < 0.1


def test_a_hole_that_was_erased_by_hand_does_not_come_back(open_page, tmp_path):
    page, mask = open_page(), np.zeros((512, 512), np.uint8)
    mask[240:272, 240:272] = 255
    Image.fromarray(mask).save(tmp_path / "mask.png")
    page.get_by_text("Mask file").click()
    with page.expect_file_chooser() as chooser:
        page.click("#upload-mask")
    chooser.value.set_files(tmp_path / "mask.png")
    _share(page, above=0.0)
    page.click("#canvas button[aria-label=Erase]")
    page.wait_for_timeout(1500)  # a hand that is quicker is not taken for one
    for y in (-20, 0, 20):
        _stroke(page, -40, y, 40, y, wait=False)
    page.wait_for_function("document.querySelector('#ratio').innerText.includes('No hole')")
    page.click("#run")
    page.get_by_text("brush a hole").first.wait_for()


def test_a_brush_stroke_is_sent_once_measured_undone_and_done_again(open_page):
    page, uploads = open_page(), []
    page.on("request", lambda asked: uploads.append(asked) if "/upload" in asked.url else None)
    _stroke(page, -80, 0, 80, 0)
    first = _share(page, above=0.0)
    page.locator(".ib-models input[name=patchmatch]").check()
    page.wait_for_timeout(2000)
    assert len(uploads) <= 9  # three pictures a stroke, and room for a second look
    _stroke(page, -80, 100, 80, 100)
    both = _share(page, above=first + 0.5)
    page.click("#canvas button[aria-label=Undo]")
    page.wait_for_function(f"{_SHARE} === {first}")
    page.click("#canvas button[aria-label=Redo]")
    page.wait_for_function(f"{_SHARE} === {both}")
    page.click("#clear-hole")
    page.wait_for_function("document.querySelector('#ratio').innerText.includes('No hole')")


def test_the_second_brush_draws_in_the_hole_and_takes_nothing_of_it(open_page):
    page = open_page(query="?mask=centre&mask_seed=0")
    whole = _share(page, above=8.0)
    page.click("#canvas button[aria-label=Color]")
    page.click("#canvas menu.swatch button[title*=sketch]")
    with page.expect_response(lambda answer: "/upload" in answer.url):  # to be measured
        _stroke(page, -90, 0, 90, 0, wait=False)
    mask = np.array(Image.open(_save(page, "#save-mask"))) > 0
    assert mask[256, 200:312].all()  # the stroke lies in the middle, and is hole
    assert abs(_share(page, above=0.0) - whole) < 0.3


def test_a_link_brings_the_comparison_back(open_page):
    page = open_page()
    page.locator("#samples button.thumbnail-item").nth(2).click()
    page.wait_for_function("document.querySelector('#notice').innerText.includes('600x400')")
    page.click("#preset-all")
    page.locator(".ib-models input[name=telea]").uncheck()
    page.click("#draw-hole")
    share = _share(page, above=0.0)
    page.click("#copy-link")
    page.wait_for_selector("#link .is-copied")
    address = page.evaluate("navigator.clipboard.readText()")
    ticked = _ticked(page)
    again = open_page(query=address)
    assert _share(again, above=0.0) == share
    assert "600x400" in again.inner_text("#notice")
    assert _ticked(again) == ticked and "telea" not in ticked


def test_a_link_with_nonsense_says_so_once_and_models_are_ticked_by_keyboard(open_page):
    page = open_page(query="?photo=nobody&models=telea,gone&seed=-1")
    toast = page.get_by_test_id("toast-body")
    sync_api.expect(toast).to_have_count(1)
    assert "photo=nobody" in toast.inner_text() and _ticked(page) == ["telea"]
    page.locator(".ib-models input[name=telea]").focus()
    page.keyboard.press("Space")
    assert _ticked(page) == []
    absent = page.locator(".ib-models .is-missing input")
    assert absent.count() and all(box.is_disabled() for box in absent.all())


def test_a_pasted_picture_and_one_from_the_camera_are_opened(open_page):
    page = open_page()
    before = page.inner_text("#notice")
    page.evaluate(PASTE)
    page.wait_for_function(f"document.querySelector('#notice').innerText !== {before!r}")
    page.get_by_text("Camera or clipboard").click()
    page.get_by_text("Click to Access Webcam").click()
    page.wait_for_function("document.querySelector('#camera video')?.videoWidth > 0")
    page.locator("#camera button[aria-label='capture photo']").click()
    page.wait_for_function("document.querySelector('#notice').innerText.includes('shrunk')")


@pytest.mark.parametrize("place", ["#canvas canvas", "#ratio", "#upload-photo"])
def test_a_picture_that_is_dropped_is_opened_also_on_the_canvas(open_page, place):
    page = open_page()
    before = page.inner_text("#notice")
    page.wait_for_timeout(1500)  # the editor listens by then
    assert page.evaluate(DROP, place)[1:] == [True, True]
    page.wait_for_function(f"document.querySelector('#notice').innerText !== {before!r}")
    assert page.locator("#canvas.border_focus").count() == 0


@pytest.mark.parametrize("size", [(700, 900), (820, 1000), (900, 900), (1000, 900), DESKTOP])
def test_the_canvas_is_about_as_high_as_it_is_wide(open_page, size):
    box = open_page(size).locator("#canvas").bounding_box()
    assert 0.8 < box["width"] / box["height"] < 1.4


def test_a_refused_compare_does_not_bring_results_into_sight_later(open_page):
    page = open_page((1280, 700), "?models=mean_colour")
    page.click("#draw-hole")
    _share(page, above=0.0)
    page.click("#run")
    page.wait_for_function("document.querySelector('#status h2')?.innerText === '1 result'")
    page.wait_for_timeout(1500)  # it has scrolled
    page.locator(".ib-models input[name=mean_colour]").uncheck()
    page.click("#run")
    page.get_by_test_id("toast-body").first.wait_for()
    page.evaluate("window.scrollTo(0, 0)")
    page.evaluate("document.querySelector('#stop').click()")
    page.wait_for_timeout(2000)
    page.evaluate("document.querySelector('#status h2').append(' ')")
    page.wait_for_timeout(1500)
    assert page.evaluate("window.scrollY") < 50


def test_a_phone_shows_the_whole_list_without_sideways_scrolling(open_page):
    page = open_page(PHONE)
    page.locator(".ib-models summary").click()
    for accordion in ("Random hole: kind", "Mask file", "Size, samples"):
        page.get_by_text(accordion).click()
    assert width(page) <= PHONE[0]


_SHARE = "parseFloat(document.querySelector('#ratio strong')?.innerText || '0')"


def _share(page, above):
    """Return the missing share in percent once it has passed a bound."""
    page.wait_for_function(f"{_SHARE} > {above}")
    return page.evaluate(_SHARE)


def _stroke(page, x, y, to_x, to_y, wait=True):
    """Brush from one place to another, in pixels from the middle; wait for another share."""
    before = page.inner_text("#ratio")
    box = page.locator("#canvas canvas").first.bounding_box()
    x0, y0 = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x0 + x, y0 + y)
    page.mouse.down()
    page.mouse.move(x0 + to_x, y0 + to_y, steps=4)
    page.mouse.up()
    if wait:
        page.wait_for_function(f"document.querySelector('#ratio').innerText !== {before!r}")


def _ticked(page):
    return [box.get_attribute("name") for box in page.locator(".ib-models input:checked").all()]


def _save(page, button):
    with page.expect_download() as download:
        page.click(button)
    return io.BytesIO(Path(download.value.path()).read_bytes())
