"""The Arena page: two results without names, one answer, and what all answers add up to."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import gradio as gr

from inpaint_bench.bench.votes import ANSWERS, VoteStore
from inpaint_bench.ui import markup
from inpaint_bench.ui.arena_events import EXAMPLE, OWN, ArenaEvents
from inpaint_bench.ui.catalogue import Entry, usable
from inpaint_bench.ui.guard import guarded, on, opened
from inpaint_bench.ui.settings import Settings
from inpaint_bench.ui.tab_inpaint import Current
from inpaint_bench.ui.vote_log import start_log

__all__ = ["build_arena"]

_INTRO = (
    "Two methods fill the same hole; which ones, you learn after your answer. Scores are those of "
    "Bradley and Terry: 400 points more are odds of ten to one. Naturalness goes from 1 to 10; "
    "0 leaves it out."
)
_TITLES = {"left": "Left is better", "right": "Right is better", "tie": "Tie"}
_SAVE = "() => window.inpaintBench.save('#arena-file')"
_ABOUT_TABLE = (
    "A place by a metric is among the methods of this table, measured on the example photographs; "
    "in brackets, by how many places people put the method lower (+) or higher (−). Intervals are "
    "shown from ten votes on."
)


def build_arena(settings: Settings, entries: list[Entry], current: Current, tab: gr.Tab) -> None:
    """Lay the page out and wire it.

    Args:
        current: the Inpaint page's photograph, canvas and events.
        tab: this page, whose first pair and table are made when it is looked at.
    """
    store = VoteStore(Path(settings.votes_file), per_minute=settings.votes_per_minute)
    names = tuple(entry.name for entry in usable(entries))
    by_name, log = {e.name: e for e in entries}, start_log(settings)
    events = ArenaEvents(current.events, by_name, names, store, log)
    match = gr.State(None, time_to_live=settings.session_seconds)
    seen = gr.Textbox(label="Pair", visible="hidden", elem_id="arena-pair")
    gr.HTML(markup.note(_INTRO))
    with gr.Row(elem_classes="ib-arena-head", equal_height=True):
        source = gr.Radio([EXAMPLE, OWN], value=EXAMPLE, label="Photograph", elem_id="arena-source")
        start = gr.Button("New pair", variant="primary", elem_id="arena-new", min_width=160)
    pictures = _build_pictures()
    line = gr.HTML(elem_id="arena-line")
    ratings, buttons = _build_answers()
    gr.HTML('<h2 class="ib-step">What the votes say</h2>')
    table = gr.HTML(elem_id="arena-standings")
    gr.HTML(markup.note(_ABOUT_TABLE))
    export = gr.Button(
        "Save votes as CSV", size="sm", elem_id="arena-export", scale=0, min_width=160
    )
    file = gr.DownloadButton("Votes", elem_id="arena-file", visible="hidden")
    shown = gr.on(
        [start.click, opened(tab).change],
        guarded(events.new_pair),
        [source, *current.now, match],
        [match, seen, *pictures, line],
        api_visibility="private",
        show_progress="minimal",
        show_progress_on=line,
        concurrency_limit=settings.runs_at_once,
        concurrency_id="models",
    )
    now = partial(on, step=events.voted, inputs=match, outputs=[line, *buttons])
    now(shown.then)
    for answer, button in zip(ANSWERS, buttons, strict=True):
        voted = button.click(
            guarded(partial(_vote, events, answer)),
            [match, seen, *ratings],
            ratings,
            api_visibility="private",
            show_progress="hidden",
            concurrency_limit=1,
            concurrency_id="votes",
        )
        now(voted.then)
        voted.success(events.table, None, table, api_visibility="private", show_progress="hidden")
    on(tab.select, events.table, None, table)
    on(export.click, events.export, None, file, clears=True).success(js=_SAVE)


def _vote(events: ArenaEvents, answer: str, *given: Any) -> tuple[int, int]:
    return events.vote(*given, answer)


def _build_pictures() -> list[gr.Image]:
    with gr.Row(elem_classes="ib-arena"):
        return [
            gr.Image(
                label=label,
                interactive=False,
                format="png",
                buttons=["fullscreen"],
                elem_id=elem_id,
                min_width=240,
            )
            for label, elem_id in (
                ("Left", "arena-left"),
                ("Input", "arena-input"),
                ("Right", "arena-right"),
            )
        ]


def _build_answers() -> tuple[list[gr.Slider], list[gr.Button]]:
    with gr.Row():
        ratings = [
            gr.Slider(0, 10, value=0, step=1, label=label, elem_id=elem_id, min_width=200)
            for label, elem_id in (
                ("How natural is the left one?", "natural-left"),
                ("How natural is the right one?", "natural-right"),
            )
        ]
    with gr.Row(elem_classes="ib-answers"):
        buttons = [
            gr.Button(
                _TITLES.get(answer, answer.capitalize()),
                interactive=False,
                elem_id=f"vote-{answer.replace(' ', '-')}",
                min_width=120,
            )
            for answer in ANSWERS
        ]
    return ratings, buttons
