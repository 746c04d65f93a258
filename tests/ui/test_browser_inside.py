"""A student in a real browser: an exercise, masks and gates layer by layer, a clicked pixel."""

from __future__ import annotations

import pytest

from tests.ui.browsing import DESKTOP, MARKS, PHONE, has_text, set_dark, watched, width

pytestmark = MARKS
PICTURES = ("vanilla", "partial-average", "mask", "gate", "flow", "sources")


@pytest.fixture
def open_inside(app, browser):
    """Open the page and set an exercise up: the networks have run and all pictures are there."""
    with watched(app, browser, console=True) as watch:

        def open_at(size, lesson):
            page = watch.open(size)
            page.get_by_role("tab", name="Inside").click()
            has_text(page, "#inside-waiting", "An example")
            first = {name: shown(page, name) for name in PICTURES}
            page.click(f"#try-{lesson}")
            for name, before in first.items():
                changed(page, name, before)
            stages(page)  # the last section
            page.evaluate(_LOAD_ALL)
            for name in PICTURES:  # from now on nothing moves
                page.wait_for_selector(f"#inside-{name} img")
            page.wait_for_timeout(500)
            return page

        yield open_at


def test_an_exercise_shows_masks_gates_sources_and_stages(open_inside):
    page = open_inside(DESKTOP, "attention")
    assert "exercise" not in page.inner_text("#inside-waiting")
    first = known(page), seen(page, "mask"), seen(page, "gate")
    to_layer(page, 6)
    page.wait_for_function(f"{_KNOWN} > {first[0]}")  # the mask grows, layer by layer
    sixth = known(page), seen(page, "mask"), seen(page, "gate")
    assert all(one != other for one, other in zip(first, sixth, strict=True))
    to_layer(page, 12)
    page.wait_for_function(f"{_KNOWN} === 100")

    # The exercise: what is copied at the left edge of the box, and what at its right.
    picture = page.locator("#inside-sources img")
    sources = [seen(page, "sources")]
    for part in (0.36, 0.64):
        loaded(page, "sources")
        box = picture.bounding_box()
        page.mouse.click(box["x"] + part * box["width"], box["y"] + 0.5 * box["height"])
        page.wait_for_function(
            "(before) => !before.includes(document.querySelector('#inside-sources img').src)",
            arg=sources,
        )
        sources.append(seen(page, "sources"))

    page.wait_for_selector("#inside-edge-maps img", state="attached")  # EdgeConnect's edges

    coarse, refined = (one.get_attribute("src") for one in stages(page))
    assert coarse.endswith("coarse.png") and refined.endswith("refined.png")
    page.get_by_role("tab", name="Inpaint").click()
    has_text(page, "#notice", "451x300")  # the exercise's own photograph is there too, with a hole
    has_text(page, "#ratio", "bucket")


def test_a_phone_shows_it_all_without_sideways_scrolling(open_inside):
    page = open_inside(PHONE, "masks")
    assert len(stages(page)) == 2
    assert width(page) <= PHONE[0]
    set_dark(page)
    assert width(page) <= PHONE[0]
    for name in PICTURES:
        box = page.locator(f"#inside-{name} img").bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= PHONE[0]


# Chromium loads pictures when they are scrolled near, and gives them their height then.
_LOAD_ALL = "document.querySelectorAll('img[loading=lazy]').forEach((one) => one.loading = 'eager')"
_KNOWN = (
    "Number([...document.querySelectorAll('#pages .ib-note')].map((one) => one.innerText)"
    ".find((text) => text.startsWith('PConv,'))?.match(/(\\d+) % of the places/)[1])"
)


def known(page):
    return page.evaluate(_KNOWN)


def shown(page, name):
    """Wait for a picture, also one that is still far below what the screen shows."""
    page.wait_for_selector(f"#inside-{name} img", state="attached")
    return seen(page, name)


def changed(page, name, before):
    """Wait until a picture is another one."""
    page.wait_for_function(
        f"(before) => document.querySelector('#inside-{name} img').src !== before", arg=before
    )


def loaded(page, name):
    """Wait until a picture is drawn: while its file is on the way, it has no pixel to click."""
    page.wait_for_function(f"() => document.querySelector('#inside-{name} img').naturalWidth > 0")


def seen(page, name):
    """Return the address of a picture, made of its content."""
    return page.evaluate(f"document.querySelector('#inside-{name} img').src")


def stages(page):
    page.wait_for_function("document.querySelectorAll('#inside-stages img').length === 2")
    return page.locator("#inside-stages img").all()


def to_layer(page, number):
    box = page.locator("#inside-layer input[type=number]")
    box.fill(str(number))
    box.press("Enter")
