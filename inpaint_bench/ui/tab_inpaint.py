"""The Inpaint page: choose a photograph, make a hole, tick models, compare."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import gradio as gr

from inpaint_bench.masks import MASKS, bucket_labels
from inpaint_bench.ui import markup
from inpaint_bench.ui.canvas import BRUSH
from inpaint_bench.ui.catalogue import GROUPS, Entry, default_names
from inpaint_bench.ui.comparison import Models
from inpaint_bench.ui.guard import on
from inpaint_bench.ui.inpaint_events import InpaintEvents
from inpaint_bench.ui.outbox import Outbox
from inpaint_bench.ui.results import Results, build_results
from inpaint_bench.ui.settings import Settings
from inpaint_bench.ui.steps import ANY_RATIO, sample_choices, thumbnail

__all__ = ["Current", "build_inpaint"]


@dataclass(frozen=True, eq=False)
class Current:
    """What other pages need to work on the visitor's photograph and hole.

    Attributes:
        photo: state that holds the `Photograph`.
        canvas: the editor whose paint is the hole.
        shown: components that another photograph changes, in the order of `events.show`.
        events: of the page.
    """

    photo: gr.State
    canvas: gr.ImageEditor
    shown: list[Any]
    events: InpaintEvents


@dataclass(frozen=True, eq=False)
class _Photo:
    state: gr.State
    samples: gr.Gallery
    upload: gr.UploadButton
    canvas: gr.ImageEditor
    ratio: gr.HTML
    notice: gr.HTML

    @property
    def shown(self) -> list[Any]:
        """What a change of photograph changes."""
        return [self.state, self.canvas, self.ratio, self.notice]


@dataclass(frozen=True, eq=False)
class _Hole:
    draw: gr.Button
    clear: gr.Button
    generator: gr.Dropdown
    bucket: gr.Dropdown
    seed: gr.Number
    fresh: gr.Checkbox
    polarity: gr.Radio
    file: gr.UploadButton


@dataclass(frozen=True, eq=False)
class _Models:
    ticks: list[gr.CheckboxGroup]
    seed: gr.Number
    scored: gr.Checkbox
    run: gr.Button
    stop: gr.Button
    waiting: gr.HTML


def build_inpaint(
    settings: Settings, entries: list[Entry], models: Models, outbox: Outbox, page: gr.Blocks
) -> Current:
    """Lay the page out and wire it; return what it shares with other pages.

    Args:
        entries: every variant that can be ticked.
        models: gives them by name.
        outbox: where files for browsers are written.
        page: the app, for what happens when it opens.
    """
    with gr.Row(elem_classes="ib-workbench"):
        with gr.Column(scale=6, min_width=320, elem_classes="ib-photo"):
            photo = _build_photo(settings)
        with gr.Column(scale=5, min_width=300, elem_classes="ib-controls"):
            hole = _build_hole()
            chosen = _build_models(entries)
    results = build_results(entries, outbox, kept=settings.session_seconds)
    events = InpaintEvents(settings=settings, models=models, outbox=outbox)
    _wire_photo(page, photo, events)
    _wire_hole(photo, hole, events)
    _wire_run(photo, chosen, results, events, settings)
    return Current(photo.state, photo.canvas, photo.shown, events)


def _build_photo(settings: Settings) -> _Photo:
    state = gr.State(None, time_to_live=settings.session_seconds)
    with gr.Row(elem_classes="ib-pick"):
        samples = gr.Gallery(
            value=[(thumbnail(name), title) for name, title in sample_choices()],
            label="Example photographs",
            show_label=False,
            columns=len(sample_choices()),
            rows=1,
            object_fit="cover",
            allow_preview=False,
            interactive=False,
            format="jpeg",
            buttons=[],
            elem_id="samples",
            elem_classes="ib-samples",
            scale=5,
            min_width=240,
        )
        upload = gr.UploadButton(
            "Upload a photograph",
            file_types=["image"],
            elem_id="upload-photo",
            scale=1,
            min_width=170,
        )
    canvas = gr.ImageEditor(
        label="Photograph; brush over what is to be filled",
        show_label=False,
        height="clamp(320px, 96vw, 660px)",
        canvas_size=(settings.canvas_side, settings.canvas_side),
        type="numpy",
        image_mode="RGBA",
        format="png",
        sources=(),
        transforms=(),
        layers=False,
        brush=gr.Brush(default_size=24, colors=[BRUSH], color_mode="fixed"),
        eraser=gr.Eraser(default_size=24),
        buttons=[],
        elem_id="canvas",
    )
    ratio = gr.HTML(markup.ratio_line(0.0), elem_id="ratio")
    notice = gr.HTML(elem_id="notice")
    return _Photo(state, samples, upload, canvas, ratio, notice)


def _build_hole() -> _Hole:
    with gr.Column(elem_classes="ib-panel"):
        gr.HTML(markup.section(1, "Make a hole"))
        gr.HTML(markup.note("Brush on the photograph, or"))
        with gr.Row():
            draw = gr.Button("Random hole", elem_id="draw-hole", min_width=120)
            clear = gr.Button("Clear", elem_id="clear-hole", min_width=90)
        with gr.Accordion("Random hole: kind, ratio, seed", open=False):
            with gr.Row():
                names = [(name.replace("_", " "), name) for name in MASKS]
                generator = gr.Dropdown(
                    names, value="free_form", label="Kind", elem_id="generator", min_width=120
                )
                bucket = gr.Dropdown(
                    [ANY_RATIO, *bucket_labels()],
                    value="20-30 %",
                    label="Missing",
                    elem_id="bucket",
                    min_width=120,
                )
            with gr.Row(equal_height=True):
                seed = gr.Number(0, label="Seed", precision=0, minimum=0, min_width=100)
                fresh = gr.Checkbox(True, label="New seed each time", min_width=140)
        with gr.Accordion("Mask file", open=False):
            polarity = gr.Radio(
                [("white", "white"), ("black", "black")],
                value="white",
                label="In the file, the hole is",
                elem_id="polarity",
            )
            file = gr.UploadButton("Upload a mask", file_types=["image"], elem_id="upload-mask")
    return _Hole(draw, clear, generator, bucket, seed, fresh, polarity, file)


def _build_models(entries: list[Entry]) -> _Models:
    chosen = default_names(entries)
    ticks = []
    with gr.Column(elem_classes="ib-panel"):
        gr.HTML(markup.section(2, "Choose models"))
        for group in GROUPS:
            members = [(e.title, e.name) for e in entries if e.group == group]
            if members:
                names = [name for _, name in members]
                ticks.append(
                    gr.CheckboxGroup(
                        members,
                        value=[name for name in names if name in chosen],
                        label=group,
                        elem_classes=["ib-models", *["is-wide"] * (group != GROUPS[0])],
                    )
                )
        with gr.Accordion("Seed and scores", open=False):
            seed = gr.Number(0, label="Seed of stochastic models", precision=0, minimum=0)
            scored = gr.Checkbox(
                True,
                label="Score against what is under the brush",
                info="Means something where the picture under your hole is what you want back.",
            )
        with gr.Row(elem_classes="ib-run"):
            run = gr.Button("Compare", variant="primary", elem_id="run", scale=3, min_width=140)
            stop = gr.Button("Cancel", elem_id="stop", scale=1, min_width=90)
        waiting = gr.HTML(elem_id="waiting")
    return _Models(ticks, seed, scored, run, stop, waiting)


def _wire_photo(page: gr.Blocks, photo: _Photo, events: InpaintEvents) -> None:
    on(page.load, events.open_first, None, photo.shown)
    on(photo.samples.select, events.open_sample, None, photo.shown)
    on(photo.upload.upload, events.open_upload, photo.upload, photo.shown)
    on(photo.canvas.input, events.measure, [photo.canvas, photo.state], photo.ratio)


def _wire_hole(photo: _Photo, hole: _Hole, events: InpaintEvents) -> None:
    shown = [photo.canvas, photo.ratio]
    chosen = [photo.state, hole.generator, hole.bucket, hole.seed, hole.fresh]
    on(hole.draw.click, events.draw, chosen, [*shown, hole.seed])
    on(hole.clear.click, events.clear, photo.state, shown)
    on(photo.canvas.clear, events.clear, photo.state, shown)
    on(hole.file.upload, events.open_mask, [hole.file, hole.polarity, photo.state], shown)


def _wire_run(
    photo: _Photo, chosen: _Models, results: Results, events: InpaintEvents, settings: Settings
) -> None:
    run = partial(events.run, results)
    started = chosen.run.click(
        run,
        [photo.state, photo.canvas, chosen.seed, chosen.scored, *chosen.ticks],
        results.components,
        api_visibility="private",
        show_progress="minimal",
        show_progress_on=chosen.waiting,
        concurrency_limit=settings.runs_at_once,
        concurrency_id="models",
    )
    chosen.stop.click(
        partial(events.cancel, results),
        results.state,
        results.components,
        cancels=[started],
        api_visibility="private",
        show_progress="hidden",
        concurrency_limit=None,
    )
    pair = [results.state, results.slider.left, results.slider.right]
    on(results.slider.left.input, results.slider.show, pair, results.slider.view)
    on(results.slider.right.input, results.slider.show, pair, results.slider.view)
