"""The About page: every variant with its card, and the conventions that numbers follow."""

from __future__ import annotations

from functools import partial

import gradio as gr

from inpaint_bench.ui.cards import card_pictures, card_text, fact_cards
from inpaint_bench.ui.catalogue import Entry
from inpaint_bench.ui.guard import on
from inpaint_bench.ui.settings import Settings

__all__ = ["build_about", "conventions", "opened"]

_ABOUT = """
Inpaint Bench runs image-inpainting methods side by side on the same photographs and holes, and
measures them on frozen test sets, by how much of the picture is missing. What you upload is used
for your session alone and deleted from the server after about an hour.
"""
_RULES = """
- **Hole**: a missing pixel; no model sees what is under it. Known pixels come back bit for bit.
- **Mask ratio**: share of missing pixels; a bucket owns its lower edge (20 % is in 20-30 %).
- **Time**: in the model alone, one picture at a time, 32-bit floats; loading is left out.
- **This app** fills by a faster copy of most networks, within 2/255 of the one measured on
  photographs; flat, drawn pictures can differ by more.
- **Averages**: the mean over all records of a test set and bucket; N is their number.
- **Intervals**: 95 % bootstrap over photographs; the masks of one photograph are drawn together.
- **Ranks**: 1 + the number of methods that are significantly better, for all pairs at once; those
  that cannot be told apart share a place. Numbers of papers stand apart and have none.
- **Error maps**: mean absolute difference over the channels; a quarter of the range and more is
  the lightest colour, so that two of them can be compared.
"""


def build_about(settings: Settings, entries: list[Entry], tab: gr.Tab) -> None:
    """Lay the page out; parameters are counted when it is first looked at."""
    gr.Markdown(_ABOUT, elem_classes="ib-prose")
    cards = gr.HTML(elem_id="cards")
    with_card = [entry for entry in entries if card_text(entry.variant, settings.cards_dir)]
    if with_card:
        gr.HTML("<h2>Model cards</h2>")
        for entry in with_card:
            with gr.Accordion(entry.title, open=False) as card:
                gr.Markdown(card_text(entry.variant, settings.cards_dir), elem_classes="ib-prose")
                pictures = gr.HTML()
            shown = partial(card_pictures, entry.variant, settings.cards_dir)
            on(card.expand, shown, None, pictures)
    gr.HTML("<h2>Conventions</h2>")
    gr.Markdown(_RULES, elem_classes="ib-prose")
    metrics = gr.Markdown(elem_classes="ib-prose", elem_id="metric-definitions")
    on(tab.select, partial(opened, entries), None, [cards, metrics])


def opened(entries: list[Entry]) -> tuple[str, str]:
    """Return the cards of all variants and the definitions of all metrics."""
    return fact_cards(entries), conventions()


def conventions() -> str:
    """Return the definition of every metric as a Markdown list."""
    from inpaint_bench.bench.run_info import describe_metric
    from inpaint_bench.bench.words import direction
    from inpaint_bench.metrics import METRICS, SET_METRICS

    lines = []
    for name in (*METRICS, *SET_METRICS):
        about = describe_metric(name)
        unit = f" in {about['unit']}" if about["unit"] else ""
        better = direction(about).lower()
        definition, source = (str(about[key]).rstrip(".") for key in ("definition", "reference"))
        lines.append(f"- **{about['title']}**{unit}, {better}: {definition}. Source: {source}.")
    return "\n".join(lines)
