"""What the About page says of every variant: its facts, and its model card where it has one."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from html import escape
from pathlib import Path

from inpaint_bench.types import Variant
from inpaint_bench.ui.catalogue import GROUPS, Entry, count_parameters
from inpaint_bench.ui.markup import badge

__all__ = ["card_pictures", "card_text", "fact_cards", "facts"]

_FRONT_MATTER = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)
_PICTURE = re.compile(r"!\[([^\]]*)\]\(([^)]*)\)")


def facts(entry: Entry) -> list[tuple[str, str]]:
    """Return (heading, text) of everything that is known about a variant."""
    variant = entry.variant
    learned = variant.source != "none"
    return [
        ("Name", variant.name),
        ("Family", entry.family),
        ("Training data", variant.trained_on or ("not stated" if learned else "")),
        (
            "Trained at",
            f"{variant.resolution} × {variant.resolution}" if variant.resolution else "",
        ),
        (
            "Parameters",
            _count(count_parameters(variant)) if learned else "none: nothing is learned",
        ),
        ("Weights", _weights(variant)),
        ("Licence", variant.licence),
        ("Paper", entry.paper),
    ]


def fact_cards(entries: Iterable[Entry]) -> str:
    """Return a card of facts for every variant, by group."""
    entries, parts = list(entries), []
    for group in GROUPS:
        cards = "".join(_card(entry) for entry in entries if entry.group == group)
        if cards:
            parts.append(f'<h2>{group}</h2><div class="ib-cards">{cards}</div>')
    return "".join(parts)


def card_text(variant: Variant, folder: Path) -> str:
    """Return a variant's model card as Markdown; empty if it has none.

    Front matter is for machines and left out; `card_pictures` gives the pictures.
    """
    return _PICTURE.sub("", _FRONT_MATTER.sub("", _read_card(variant, folder)))


def card_pictures(variant: Variant, folder: Path) -> str:
    """Return the pictures of a variant's model card as HTML that needs no other file."""
    figures = []
    for caption, name in _PICTURE.findall(_read_card(variant, folder)):
        path = folder / Path(name).name
        if path.suffix in (".png", ".webp") and path.is_file():
            data = base64.b64encode(path.read_bytes()).decode("ascii")
            alt = escape(caption, quote=True)
            figures.append(
                f'<figure><img alt="{alt}" src="data:image/{path.suffix[1:]};base64,{data}">'
                f"<figcaption>{alt}</figcaption></figure>"
            )
    return f'<div class="ib-figures">{"".join(figures)}</div>' if figures else ""


def _read_card(variant: Variant, folder: Path) -> str:
    path = folder / Path(variant.card).name
    return path.read_text(encoding="utf-8") if variant.card and path.is_file() else ""


def _card(entry: Entry) -> str:
    rows = "".join(
        f"<div><dt>{heading}</dt><dd>{escape(text)}</dd></div>"
        for heading, text in facts(entry)
        if text
    )
    provenance = badge(entry.variant.provenance)
    return f"<article><h3>{escape(entry.title)} {provenance}</h3><dl>{rows}</dl></article>"


def _weights(variant: Variant) -> str:
    if variant.source == "none":
        return ""
    place = {
        "bundled": "bundled",
        "hub": f"downloaded from {variant.repo}",
        "url": f"from {variant.url}",
        "manual": f"downloaded by hand from {variant.page}",
        "file": f"from {variant.file}",
    }[variant.source]
    size = f", {variant.size / 1e6:.1f} MB" if variant.size else ""
    return f"{place}{size}"


def _count(parameters: int) -> str:
    if parameters >= 1e6:
        return f"{parameters / 1e6:.2f} million"
    return f"{parameters:,}"
