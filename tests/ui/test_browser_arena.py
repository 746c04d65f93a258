"""A voter in a real browser: a blind pair, an answer, names, the table, the file, the limit."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from inpaint_bench import list_variants
from inpaint_bench.models import MODELS
from tests.ui.browsing import DESKTOP, MARKS, PHONE, has_text, set_dark, watched, width

pytestmark = MARKS
TITLES = tuple(MODELS[variant.architecture].traits.title for variant in list_variants())
PICTURES = ("left", "input", "right")


@pytest.fixture
def open_arena(app, browser):
    """Open the page; the app takes two votes a minute."""
    with watched(app, browser, console=True) as watch:

        def open_at(size):
            page = watch.open(size)
            page.get_by_role("tab", name="Arena").click()
            ready(page)  # the first pair comes by itself
            return page

        yield open_at


def test_names_follow_the_vote_the_table_and_the_file_too_and_haste_is_refused(open_arena):
    page = open_arena(DESKTOP)
    assert not [title for title in TITLES if title in page.inner_text("#arena-line")]
    for side, rating in (("left", 8), ("right", 3)):
        rate(page, side, rating)
    has_text(page, "#arena-standings", "No votes yet")
    before = page.inner_text("#arena-standings")
    page.click("#vote-left")
    page.wait_for_selector(".ib-unveil")
    said = page.inner_text(".ib-unveil")
    assert "You said: left is better" in said
    names = [one.inner_text() for one in page.locator(".ib-unveil strong").all()]
    assert len(set(names)) == 2 and all(name.startswith(TITLES) for name in names)
    page.wait_for_function(
        "(before) => document.querySelector('#arena-standings').innerText !== before", arg=before
    )
    page.wait_for_selector("#arena-standings tbody tr")
    better, worse = (row_of(page, name) for name in names)
    assert int(better[0]) < int(worse[0]) and int(better[2]) > int(worse[2])
    assert (better[4], better[6], worse[6]) == ("1", "8.0 (1)", "3.0 (1)")
    for button in page.locator(".ib-answers button").all():
        assert button.is_disabled()  # one answer a pair

    (vote,) = saved_votes(page)
    assert vote["answer"] == "left" and "session" not in vote and "time" not in vote
    assert (float(vote["natural_left"]), float(vote["natural_right"])) == (8.0, 3.0)

    new_pair(page)
    page.click("#vote-tie")
    has_text(page, "#arena-line", "You said: tie")
    new_pair(page)
    rate(page, "left", 6)
    page.click("#vote-both-bad")
    toast = page.get_by_test_id("toast-body").filter(has_text="at most 2 votes a minute")
    toast.wait_for()
    page.wait_for_timeout(1000)
    assert page.input_value("#natural-left input[type=number]") == "6"  # for another try
    assert "Which of the two" in page.inner_text("#arena-line")  # the pair is still open


def test_answers_pressed_at_once_are_one_vote_and_that_one_is_shown(open_arena):
    page = open_arena(DESKTOP)
    standings = page.inner_text("#arena-standings")
    before = 0 if "No votes" in standings else len(saved_votes(page))
    rate(page, "left", 7)
    page.evaluate(
        "['left', 'right', 'tie'].forEach((one) => document.querySelector('#vote-' + one).click())"
    )
    page.get_by_test_id("toast-body").filter(has_text="one answer a pair").first.wait_for()
    page.wait_for_timeout(1500)
    for button in page.locator(".ib-answers button").all():
        assert button.is_disabled()
    votes = saved_votes(page)
    assert len(votes) == before + 1
    assert f"You said: {votes[-1]['answer']}" in page.inner_text("#arena-line")
    assert float(votes[-1]["natural_left"]) == 7.0
    assert page.input_value("#natural-left input[type=number]") == "0"


def test_a_phone_shows_a_pair_and_its_buttons_without_sideways_scrolling(open_arena):
    page = open_arena(PHONE)
    assert width(page) <= PHONE[0]
    set_dark(page)
    assert width(page) <= PHONE[0]
    for name in PICTURES:
        box = page.locator(f"#arena-{name} img").bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= PHONE[0]
    for button in page.locator(".ib-answers button").all():
        box = button.bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= PHONE[0] and box["height"] >= 32


def rate(page, side, rating):
    box = page.locator(f"#natural-{side} input[type=number]")
    box.fill(str(rating))
    box.press("Tab")


def saved_votes(page):
    with page.expect_download() as download:
        page.click("#arena-export")
    return list(csv.DictReader(Path(download.value.path()).read_text().splitlines()))


def new_pair(page):
    """Ask for a pair and wait until it can be answered."""
    old = {one.get_attribute("src") for one in page.locator(".ib-arena img").all()}
    page.click("#arena-new")
    page.wait_for_function(
        "(old) => [...document.querySelectorAll('.ib-arena img')].filter("
        "(one) => !old.includes(one.getAttribute('src'))).length >= 2",
        arg=list(old),
    )
    ready(page)


def ready(page):
    has_text(page, "#arena-line", "Which of the two")
    page.wait_for_function("!document.querySelector('#vote-tie').disabled")


def row_of(page, name):
    row = page.locator("#arena-standings tbody tr", has_text=name)
    return row.first.locator("td").all_inner_texts()
