"""The Inside page: what two networks do with the visitor's photograph and hole, step by step."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import gradio as gr
from gradio.events import Dependency

from inpaint_bench.ui import markup
from inpaint_bench.ui.catalogue import Entry
from inpaint_bench.ui.guard import guarded, on, opened
from inpaint_bench.ui.inside import EDGES, GATED, PARTIAL, STEPS, networks
from inpaint_bench.ui.inside_events import InsideEvents
from inpaint_bench.ui.lessons import LESSONS
from inpaint_bench.ui.settings import Settings
from inpaint_bench.ui.tab_inpaint import Current

__all__ = ["build_inside"]

_ROUNDS = 20
_MATH = [{"left": "$$", "right": "$$", "display": True}]
_INTRO = (
    "The photograph and the hole are those of the Inpaint page. Look at your own, or set up the "
    "exercise of a section: it brings its own photograph and hole."
)


@dataclass(frozen=True, eq=False)
class _View:
    """A section: the button of its exercise, and how it is brought up to date."""

    button: gr.Button
    show: Callable[..., Any]
    inputs: Any
    outputs: Any


@dataclass(frozen=True, eq=False)
class _Page:
    """What more than one event touches."""

    seen: gr.State
    chosen: list[gr.Dropdown]
    start: gr.Button
    shown: gr.Image
    waiting: gr.HTML


def build_inside(settings: Settings, entries: list[Entry], current: Current, tab: gr.Tab) -> None:
    """Lay the page out and wire it.

    Args:
        current: the Inpaint page's photograph, canvas and events.
        tab: this page, which shows an example when it is first looked at.
    """
    events = InsideEvents(current.events)
    page = _build_head(settings, entries)
    views = [
        _build_rules(page, events),
        _build_layers(page, events),
        _build_attention(page, events),
        _build_stages(page, events),
        _build_edges(page, events),
    ]
    looked = {
        "fn": guarded(events.look),
        "inputs": [*current.now, *page.chosen],
        "outputs": [page.seen, page.shown, page.waiting],
        "api_visibility": "private",
        "show_progress": "minimal",
        "show_progress_on": page.waiting,
        "concurrency_limit": settings.runs_at_once,
        "concurrency_id": "models",
    }
    _show_all(page.start.click(**looked), views)
    _show_all(opened(tab).change(**{**looked, "fn": guarded(events.first_look)}), views)
    for name, view in zip(LESSONS, views, strict=True):
        set_up = view.button.click(
            guarded(partial(events.set_up, name)),
            current.now,
            current.shown,
            api_visibility="private",
            show_progress="hidden",
            show_progress_on=page.waiting,  # not on the canvas: see `guard`
        )
        _show_all(set_up.then(**looked), views)


def _show_all(done: Dependency, views: list[_View]) -> None:
    """Bring every section up to date once the networks have run."""
    for view in views:
        done.success(
            guarded(view.show),
            view.inputs,
            view.outputs,
            api_visibility="private",
            show_progress="hidden",
        )


def _build_head(settings: Settings, entries: list[Entry]) -> _Page:
    seen = gr.State(None, time_to_live=settings.session_seconds)
    gr.HTML(markup.note(_INTRO))
    with gr.Row(elem_classes="ib-workbench"):
        with gr.Column(scale=1, min_width=220):
            shown = gr.Image(
                label="Photograph with its hole hatched",
                show_label=False,
                interactive=False,
                format="png",
                buttons=[],
                height=220,
                elem_id="inside-input",
            )
        with gr.Column(scale=3, min_width=300, elem_classes="ib-panel"):
            edges = [*networks(entries, EDGES), ("none", "")]
            with gr.Row():
                chosen = [
                    _network("PConv network", networks(entries, PARTIAL), "inside-partial"),
                    _network("DeepFill v2 network", networks(entries, GATED), "inside-gated"),
                    _network("Network of edges", edges, "inside-edges"),
                ]
            start = gr.Button("Look inside", variant="primary", elem_id="look-inside")
            waiting = gr.HTML(elem_id="inside-waiting")
    return _Page(seen, chosen, start, shown, waiting)


def _network(label: str, choices: list[tuple[str, str]], elem_id: str) -> gr.Dropdown:
    value = choices[0][1] if choices else None
    return gr.Dropdown(choices, value=value, label=label, elem_id=elem_id, min_width=200)


@contextmanager
def _section(name: str) -> Iterator[gr.Button]:
    """Lay out a lesson's words; what is laid out inside comes beside them.

    Gives the button that sets its exercise up.
    """
    lesson = LESSONS[name]
    with gr.Row(elem_classes="ib-panel ib-lesson"):
        with gr.Column(scale=4, min_width=300):
            gr.HTML(f'<h2 class="ib-step">{lesson.title}</h2>')
            gr.Markdown(lesson.text, latex_delimiters=_MATH, elem_classes="ib-prose")
            gr.Markdown(f"**Try this.** {lesson.exercise.task}", elem_classes="ib-prose ib-try")
            button = gr.Button("Set it up", size="sm", elem_id=f"try-{name}")
        with gr.Column(scale=6, min_width=300):
            yield button


def _picture(label: str, elem_id: str) -> gr.Image:
    return gr.Image(
        label=label,
        interactive=False,
        format="png",
        buttons=["fullscreen"],
        elem_id=elem_id,
        min_width=200,
    )


def _build_rules(page: _Page, events: InsideEvents) -> _View:
    with _section("rules") as button:
        count = gr.Slider(1, _ROUNDS, value=4, step=1, label="Rounds", elem_id="inside-rounds")
        with gr.Row():
            vanilla = _picture("Vanilla convolution", "inside-vanilla")
            partially = _picture("Partial convolution", "inside-partial-average")
    inputs, outputs = [page.seen, count], [vanilla, partially]
    on(count.input, events.rounds, inputs, outputs)
    return _View(button, events.rounds, inputs, outputs)


def _build_layers(page: _Page, events: InsideEvents) -> _View:
    with _section("masks") as button:
        step = gr.Slider(1, STEPS, value=2, step=1, label="Layer", elem_id="inside-layer")
        with gr.Row():
            with gr.Column(min_width=200):
                mask = _picture("Mask of partial convolution", "inside-mask")
                of_mask = gr.HTML()
            with gr.Column(min_width=200):
                gate = _picture("Mean gate", "inside-gate")
                of_gate = gr.HTML()
    inputs, outputs = [page.seen, step], [mask, of_mask, gate, of_gate]
    on(step.input, events.layer, inputs, outputs)
    return _View(button, events.layer, inputs, outputs)


def _build_attention(page: _Page, events: InsideEvents) -> _View:
    with _section("attention") as button, gr.Row():
        flow = _picture("Where patches copy from", "inside-flow")
        sources = _picture("Sources of one pixel: click", "inside-sources")
    on(sources.select, events.clicked, page.seen, sources, every=True)
    return _View(button, events.attention, page.seen, [flow, sources])


def _build_stages(page: _Page, events: InsideEvents) -> _View:
    with _section("stages") as button:
        view = gr.ImageSlider(
            label="Coarse and refined",
            show_label=False,
            interactive=False,
            format="png",
            max_height=420,
            buttons=["fullscreen"],
            elem_id="inside-stages",
        )
    return _View(button, events.stages, page.seen, view)


def _build_edges(page: _Page, events: InsideEvents) -> _View:
    with _section("edges") as button:
        said = gr.HTML()
        gallery = gr.Gallery(
            label="Edges",
            show_label=False,
            interactive=False,
            format="png",
            columns=3,
            elem_id="inside-edge-maps",
            elem_classes="ib-pictures",
        )
    return _View(button, events.edges, page.seen, [gallery, said])
