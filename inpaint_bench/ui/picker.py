"""The list of models that a visitor ticks, by family, with origin, speed and licence of each.

Gradio's own group of tick boxes has one line of text an option and cannot grey one out; this is
a component of HTML whose value is the list of ticked names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

import gradio as gr

from inpaint_bench.types import Variant
from inpaint_bench.ui.catalogue import Entry, default_names, usable
from inpaint_bench.ui.hints import Speed
from inpaint_bench.ui.markup import badge, short_seconds

__all__ = ["PRESETS", "build_picker", "picker_markup", "preset", "ticked_names"]

PRESETS = {
    "duel": "PConv vs DeepFill",
    "schools": "Classical vs learned",
    "all": "All",
}
_DUEL = ("pconv_unet", "deepfill_v2")
_SCHOOLS = ("telea", "patchmatch")
_HOW_TO_GET = (
    "<p>Whoever runs this app gets one with <code>python -m inpaint_bench weights fetch NAME"
    "</code>; where it says by hand, <code>weights import NAME FILE</code> takes the download. "
    "Then the app is started again.</p>"
)
_SCRIPT = Path(__file__).with_name("picker.js")


def preset(name: str, entries: Sequence[Entry]) -> list[str]:
    """Return the variants of one of `PRESETS`, of those whose weights are here."""
    here = usable(entries)
    if name == "duel":
        return [entry.name for entry in here if entry.variant.architecture in _DUEL]
    if name == "schools":
        first = [entry.name for entry in here if entry.name in _SCHOOLS]
        return list(dict.fromkeys([*first, *default_names(entries)]))
    return [entry.name for entry in here]


def ticked_names(value: object, entries: Mapping[str, Entry]) -> list[str]:
    """Return the variants in a picker's value, in the catalogue's order.

    Args:
        value: as a browser sent it; what is no name of a usable variant is left out.
    """
    wanted = {str(name) for name in value} if isinstance(value, list) else set()
    return [name for name, entry in entries.items() if name in wanted and not entry.missing]


def build_picker(entries: Sequence[Entry], speeds: Mapping[str, Speed]) -> gr.HTML:
    """Lay the list out with what is ticked at first."""
    return gr.HTML(
        default_names(entries),
        html_template=_literal(picker_markup(entries, speeds)),
        js_on_load=_SCRIPT.read_text(encoding="utf-8"),
        elem_id="models",
        elem_classes="ib-models",
    )


def picker_markup(entries: Sequence[Entry], speeds: Mapping[str, Speed]) -> str:
    """Return the list as HTML: a group a family, then what is not on this machine."""
    here = usable(entries)
    families = dict.fromkeys(entry.family for entry in here)
    parts = []
    for family in families:
        options = "".join(_option(e, speeds.get(e.name)) for e in here if e.family == family)
        short = ' class="is-short"' * (family == "classical")
        parts.append(f"<fieldset{short}><legend>{escape(family)}</legend>{options}</fieldset>")
    absent = [entry for entry in entries if entry.missing]
    if absent:
        options = "".join(_option(entry, None) for entry in absent)
        head = f"{len(absent)} more whose weights are not on this machine"
        body = f"{_HOW_TO_GET}<fieldset><legend>To be fetched</legend>{options}</fieldset>"
        parts.append(f"<details><summary>{head}</summary>{body}</details>")
    return "".join(parts)


def _option(entry: Entry, speed: Speed | None) -> str:
    variant, facts = entry.variant, []
    if speed is not None:
        size = f" at {speed.size} × {speed.size}" if speed.size else ""
        told = f"median on {speed.test_set}{size}"
        facts.append(f'<span title="{escape(told)}">{short_seconds(speed.seconds)}</span>')
    licence = variant.licence.split(" (")[0]
    if licence:
        facts.append(f'<span title="{escape(variant.licence)}">{escape(licence)}</span>')
    if entry.missing:
        facts = _absent(variant)
    known = (variant.name, variant.licence, variant.trained_on, entry.missing)
    tip = escape("; ".join(filter(None, known)))
    origin = f"{badge(variant.provenance)} " if variant.provenance != "classical" else ""
    return (
        f'<label title="{tip}"{" class=is-missing" * bool(entry.missing)}>'
        f'<input type="checkbox" name="{escape(variant.name)}"'
        f"{' disabled' * bool(entry.missing)}>"
        f"<b>{escape(entry.title)}</b><small>{origin}{' · '.join(facts)}</small></label>"
    )


def _absent(variant: Variant) -> list[str]:
    """Return what a person needs to know to get weights that are not here."""
    facts = [f"<code>{escape(variant.name)}</code>"]
    if variant.size:
        facts.append(f"{variant.size / 1e6:.0f} MB")
    if variant.source == "manual":
        page = escape(variant.page)
        facts.append(f'by hand, from <a href="{page}" target="_blank" rel="noopener">there</a>')
    return facts


def _literal(markup: str) -> str:
    """Return HTML that Gradio's template engines take as it is."""
    return markup.replace("$", "&#36;").replace("{", "&#123;").replace("`", "&#96;")
