"""A real browser looks at results: differences, stages, a pair from near, the zip, a busy app."""

from __future__ import annotations

import io
import json
import time
import zipfile

import numpy as np
import pytest
from gradio_client import Client, handle_file
from PIL import Image

from tests.ui.browsing import DESKTOP, MARKS, PHONE, has_text, set_dark, tick, watched, width
from tests.ui.serving import serve

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

NETWORK = "deepfill_v2-scenes128"

pytestmark = MARKS


@pytest.fixture(scope="module")
def app(tmp_path_factory, made_up_results):
    """Address of an app in which one visitor may wait and no model may take long."""
    with serve(
        tmp_path_factory.mktemp("app"),
        INPAINT_BENCH_RESULTS_DIR=str(made_up_results),
        INPAINT_BENCH_MAX_SIDE="128",
        INPAINT_BENCH_QUEUE_SIZE="8",
    ) as address:
        yield address


@pytest.fixture(scope="module")
def open_results(app, browser):
    """Open the app at a size and compare Telea with a network."""
    with watched(app, browser) as watch:

        def open_at(size):
            page = watch.open(size, f"models=telea,{NETWORK}")
            page.click("#draw-hole")
            has_text(page, "#ratio", "20-30 %")
            tick(page, "telea", NETWORK)
            page.click("#run")
            has_text(page, "#status", "2 results")
            return page

        yield open_at


@pytest.fixture(scope="module")
def compared(open_results):
    """A page with both results, which the tests look at one after another."""
    return open_results(DESKTOP)


def test_all_tiles_show_differences_and_stages_at_a_click(compared):
    page = compared
    results = pictures(page)
    page.locator("#tile-view label", has_text="Difference").click()
    expect(page.locator(".ib-view")).to_have_count(2)
    wait_for_other(page, results)
    differences = pictures(page)
    assert set(differences).isdisjoint(results)
    page.locator("#tile-view label", has_text="First stage").click()
    expect(page.locator(".ib-view", has_text="Stage: coarse")).to_have_count(1)
    expect(page.locator(".ib-view", has_text="One stage only")).to_have_count(1)
    wait_for_other(page, differences)
    stages = pictures(page)
    assert stages[0] == results[0] and stages[1] not in (*results, *differences)
    page.locator("#tile-view label", has_text="Result").click()
    expect(page.locator(".ib-view")).to_have_count(0)
    wait_for_other(page, stages)
    assert pictures(page) == results


def test_a_pair_is_chosen_with_the_keyboard_and_looked_at_from_near(compared):
    page = compared
    page.wait_for_function("document.querySelectorAll('#slider-view img').length === 2")
    first = pair(page)
    box = page.locator("#pair-left input")
    box.focus()
    box.fill("coarse")
    page.keyboard.press("Enter")
    wait_for_other_pair(page, first)
    second = pair(page)
    assert second[1] == first[1]
    page.locator("#pair-zoom input").nth(1).focus()
    page.keyboard.press("Space")
    wait_for_other_pair(page, second)
    assert set(pair(page)).isdisjoint(second)


def test_the_zip_holds_results_stages_metrics_and_settings(compared):
    page = compared
    with page.expect_download() as download:
        page.click("#save-zip")
    with zipfile.ZipFile(download.value.path()) as archive:
        names = archive.namelist()
        said = json.loads(archive.read("comparison.json"))
        hole = np.array(Image.open(io.BytesIO(archive.read("hole.png")))) == 255
    assert f"stages/astronaut__{NETWORK}__coarse.png" in names and "metrics.csv" in names
    assert [row["variant"] for row in said["results"]] == ["telea", NETWORK]
    assert said["hole_ratio"] == pytest.approx(hole.mean())
    assert len(said["results"][1]["weights_sha256"]) == 64


def test_a_phone_shows_results_without_sideways_scrolling(open_results):
    page = open_results(PHONE)
    page.locator("#tile-view label", has_text="First stage").click()
    expect(page.locator(".ib-view")).to_have_count(2)
    page.locator("#pair-zoom label", has_text="4×").click()
    assert width(page) <= PHONE[0]
    set_dark(page)
    assert width(page) <= PHONE[0]
    assert page.locator(".ib-tile:visible img").count() == 3
    for picture in page.locator(".ib-tile:visible img").all():
        assert picture.get_attribute("alt")


def test_a_visitor_of_a_full_app_is_told_that_it_is_busy(compared, app, tmp_path):
    page = compared
    pixels = np.random.default_rng(0).integers(0, 256, (700, 700, 3), dtype=np.uint8)
    hole = np.zeros((700, 700), np.uint8)
    hole[100:500, 100:500] = 255
    Image.fromarray(pixels).save(tmp_path / "photo.png")
    Image.fromarray(hole).save(tmp_path / "mask.png")
    files = [handle_file(tmp_path / name) for name in ("photo.png", "mask.png")]
    clients = [
        Client(app, verbose=False, httpx_kwargs={"timeout": 60}) for _ in range(12)
    ]  # one runs, eight wait
    jobs = [client.submit(*files, "patchmatch", 0, api_name="/inpaint") for client in clients]
    end = time.monotonic() + 60
    while time.monotonic() < end and not any(job.done() and job.exception() for job in jobs):
        time.sleep(0.05)
    page.click("#run")
    expect(page.get_by_test_id("toast-body").filter(has_text="busy")).to_be_visible()
    assert "2 results" in page.inner_text("#status")  # what was there stays


def expect(locator):
    return sync_api.expect(locator)


def pictures(page):
    """Return the addresses of the results' pictures; an address stands for a content."""
    return [
        picture.get_attribute("src") for picture in page.locator(".ib-tile:visible img").all()[1:]
    ]


def wait_for_other(page, before):
    sources = "[...document.querySelectorAll('.ib-tile img')].map((one) => one.src)"
    page.wait_for_function(
        f"(before) => !before.every((one) => {sources}.some((src) => src.endsWith(one)))",
        arg=before,
    )


def pair(page):
    return [one.get_attribute("src") for one in page.locator("#slider-view img").all()]


def wait_for_other_pair(page, before):
    page.wait_for_function(
        "(before) => [...document.querySelectorAll('#slider-view img')]"
        ".some((one, i) => !one.src.endsWith(before[i]))",
        arg=before,
    )
