from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser

import pytest

from inpaint_bench.types import Variant
from inpaint_bench.ui.catalogue import catalogue, default_names, entry_of
from inpaint_bench.ui.hints import Speed
from inpaint_bench.ui.picker import PRESETS, build_picker, picker_markup, preset, ticked_names

ABSENT = replace(
    entry_of(
        Variant(
            "lama-places2-x",
            "lama",
            source="manual",
            file="big.zip",
            page="https://example.org/<x>",
            licence="Apache-2.0 (the weights)",
            provenance="converted",
        )
    ),
    missing="the weights are not on this machine: fetch them",
)


class Boxes(HTMLParser):
    """Collects tick boxes with their names, and whether one can tick them."""

    def __init__(self, text):
        super().__init__()
        self.free, self.greyed = [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if tag == "input":
            (self.greyed if "disabled" in given else self.free).append(given["name"])


def test_every_variant_is_listed_once_and_the_absent_cannot_be_ticked():
    entries = [*catalogue(), ABSENT]
    boxes = Boxes(picker_markup(entries, {}))
    assert sorted(boxes.free + boxes.greyed) == sorted(entry.name for entry in entries)
    assert set(boxes.greyed) == {entry.name for entry in entries if entry.missing}


def test_speed_licence_and_origin_are_told():
    text = picker_markup([*catalogue(), ABSENT], {"telea": Speed(0.012, 256, "kodak-256")})
    assert ">12 ms<" in text and "median on kodak-256 at 256 × 256" in text
    assert 'data-kind="trained here"' in text and "Apache-2.0" in text
    assert "by hand" in text and "<x>" not in text


def test_the_template_holds_nothing_that_gradio_would_evaluate():
    odd = replace(catalogue()[0], title="${1+1} {{value}} `x`")
    template = build_picker([odd], {}).html_template
    assert not {"$", "{", "`"} & set(template)


def test_presets_hold_what_they_say_and_only_what_is_here():
    entries = [*catalogue(), ABSENT]
    here = {entry.name: entry for entry in entries if not entry.missing}
    for name in PRESETS:
        assert preset(name, entries) and set(preset(name, entries)) <= set(here)
    duel = {here[name].variant.architecture for name in preset("duel", entries)}
    assert duel == {"pconv_unet", "deepfill_v2"}
    groups = {here[name].group for name in preset("schools", entries)}
    assert groups == {"Classical", "Learned"}
    assert preset("all", entries) == list(here)


@pytest.mark.parametrize("value", [None, "telea", {"telea": 1}, [["telea"]], ["gone"], []])
def test_what_is_no_list_of_known_names_ticks_nothing(value):
    assert ticked_names(value, {"telea": catalogue()[1]}) == []


def test_absent_models_are_not_run_even_if_a_browser_sends_their_names():
    entries = {entry.name: entry for entry in [*catalogue(), ABSENT]}
    assert ticked_names([ABSENT.name, "telea"], entries) == ["telea"]
    assert build_picker(list(entries.values()), {}).value == default_names(entries.values())
