"""The Inpaint page's components, laid out; `tab_inpaint` wires them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from inpaint_bench.masks import MASKS, bucket_labels
from inpaint_bench.ui import markup
from inpaint_bench.ui.canvas import BRUSH, SKETCH_BRUSH
from inpaint_bench.ui.catalogue import Entry, usable
from inpaint_bench.ui.hints import Speed
from inpaint_bench.ui.hole_history import HoleHistory
from inpaint_bench.ui.hole_tools import TOOLS
from inpaint_bench.ui.links import FAST, ORIGINAL
from inpaint_bench.ui.picker import PRESETS, build_picker
from inpaint_bench.ui.runs import MOST_SAMPLES
from inpaint_bench.ui.settings import Settings
from inpaint_bench.ui.steps import ANY_RATIO, sample_choices, thumbnail

__all__ = ["HolePanel", "ModelPanel", "PhotoPanel", "build_hole", "build_models", "build_photo"]

_BRUSH_SIZE = 24


@dataclass(frozen=True, eq=False)
class PhotoPanel:
    """Where a photograph is chosen and brushed.

    Attributes:
        state: the visitor's `Photograph`.
        clicked: state with the example that was clicked last.
        history: state with what buttons have made of the hole.
        share: state with the missing share, height and width of what is inpainted.
        measure: a hidden button that the page's script presses when a stroke has ended.
    """

    state: gr.State
    clicked: gr.State
    history: gr.State
    share: gr.State
    samples: gr.Gallery
    upload: gr.UploadButton
    camera: gr.Image
    canvas: gr.ImageEditor
    measure: gr.Button
    ratio: gr.HTML
    advice: gr.HTML
    notice: gr.HTML

    @property
    def now(self) -> list[Any]:
        """What says which photograph and hole are meant."""
        return [self.state, self.canvas, self.history]

    @property
    def painted(self) -> list[Any]:
        """What another hole changes."""
        return [self.canvas, self.ratio, self.share, self.history]

    @property
    def shown(self) -> list[Any]:
        """What another photograph changes."""
        return [self.state, *self.painted, self.notice]


@dataclass(frozen=True, eq=False)
class HolePanel:
    """What makes and changes holes.

    Attributes:
        tools: buttons by the name of what they do to the hole.
        undo: takes back what any of the buttons did.
        file: a hidden button that hands the saved mask to the browser.
    """

    draw: gr.Button
    clear: gr.Button
    tools: Mapping[str, gr.Button]
    undo: gr.Button
    keep: gr.Checkbox
    generator: gr.Dropdown
    bucket: gr.Dropdown
    seed: gr.Number
    fresh: gr.Checkbox
    save: gr.Button
    file: gr.DownloadButton
    polarity: gr.Radio
    upload: gr.UploadButton


@dataclass(frozen=True, eq=False)
class ModelPanel:
    """What runs, and how."""

    presets: Mapping[str, gr.Button]
    picker: gr.HTML
    size: gr.Radio
    samples: gr.Radio
    seed: gr.Number
    scored: gr.Checkbox
    run: gr.Button
    stop: gr.Button
    waiting: gr.HTML
    copy: gr.Button
    link: gr.HTML


def build_photo(settings: Settings, entries: Sequence[Entry]) -> PhotoPanel:
    """Lay out examples, uploads and the canvas."""
    state = gr.State(None, time_to_live=settings.session_seconds)
    clicked, share = gr.State(None), gr.State((0.0, 0, 0))
    history = gr.State(HoleHistory())
    with gr.Row(elem_classes="ib-pick"):
        samples = _build_samples()
        upload = gr.UploadButton(
            "Upload a photograph",
            file_types=["image"],
            elem_id="upload-photo",
            scale=1,
            min_width=170,
        )
    with gr.Accordion("Camera or clipboard", open=False, elem_id="camera-box"):
        gr.HTML(markup.note("Or paste a picture anywhere on this page, or drop one on it."))
        camera = gr.Image(
            label="Picture from the camera or the clipboard",
            show_label=False,
            sources=["webcam", "clipboard"],
            type="filepath",
            image_mode=None,
            format="png",
            buttons=[],
            height=300,
            elem_id="camera",
        )
    colours = [BRUSH, *[SKETCH_BRUSH] * any(entry.sketch for entry in entries)]
    canvas = gr.ImageEditor(
        label="Photograph; brush over what is to be filled",
        show_label=False,
        height="var(--ib-canvas)",
        canvas_size=(settings.canvas_side, settings.canvas_side),
        type="numpy",
        image_mode="RGBA",
        format="png",
        sources=(),
        transforms=(),
        layers=False,
        brush=gr.Brush(default_size=_BRUSH_SIZE, colors=colours, color_mode="fixed"),
        eraser=gr.Eraser(default_size=_BRUSH_SIZE),
        buttons=[],
        elem_id="canvas",
        elem_classes=["has-sketch"] * (len(colours) > 1),
    )
    measure = gr.Button("Measure the hole", elem_id="measure", visible="hidden")
    ratio = gr.HTML(markup.ratio_line(0.0), elem_id="ratio")
    advice = gr.HTML(elem_id="advice")
    notice = gr.HTML(elem_id="notice")
    states = (state, clicked, history, share)
    return PhotoPanel(*states, samples, upload, camera, canvas, measure, ratio, advice, notice)


def _build_samples() -> gr.Gallery:
    choices = sample_choices()
    return gr.Gallery(
        value=[(thumbnail(name), title) for name, title in choices],
        label="Example photographs",
        show_label=False,
        columns=len(choices),
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


def build_hole(entries: Sequence[Entry]) -> HolePanel:
    """Lay out what makes and changes holes."""
    with gr.Column(elem_classes="ib-panel"):
        gr.HTML(markup.section(1, "Make a hole"))
        gr.HTML(markup.note("Brush on the photograph, or"))
        with gr.Row():
            draw = gr.Button("Random hole", elem_id="draw-hole", min_width=120)
            clear = gr.Button("Clear", elem_id="clear-hole", min_width=90)
        with gr.Row(elem_classes="ib-tools"):
            tools = {
                name: gr.Button(name.capitalize(), size="sm", elem_id=f"{name}-hole", min_width=70)
                for name in TOOLS
            }
            undo = gr.Button("Undo", size="sm", elem_id="undo-hole", min_width=70)
            save = gr.Button("Save mask PNG", size="sm", elem_id="save-mask", min_width=120)
            file = gr.DownloadButton("Mask", elem_id="mask-file", visible="hidden")
        keep = gr.Checkbox(
            False, label="Keep the hole when the photograph changes", elem_id="keep-hole"
        )
        generator, bucket, seed, fresh = _build_random()
        with gr.Accordion("Mask file", open=False):
            polarity = gr.Radio(
                [("white", "white"), ("black", "black")],
                value="white",
                label="In the file, the hole is",
                elem_id="polarity",
            )
            upload = gr.UploadButton("Upload a mask", file_types=["image"], elem_id="upload-mask")
        if any(entry.sketch for entry in entries):
            gr.HTML(markup.sketch_note([e.title for e in usable(entries) if e.sketch]))
    return HolePanel(
        draw, clear, tools, undo, keep, generator, bucket, seed, fresh, save, file, polarity, upload
    )


def _build_random() -> tuple[gr.Dropdown, gr.Dropdown, gr.Number, gr.Checkbox]:
    with gr.Accordion("Random hole: kind, ratio, seed", open=False):
        with gr.Row():
            generator = gr.Dropdown(
                [(MASKS[name].title, name) for name in MASKS],
                value="free_form",
                label="Kind",
                elem_id="generator",
                min_width=150,
            )
            bucket = gr.Dropdown(
                [ANY_RATIO, *bucket_labels()],
                value="20-30 %",
                label="Missing",
                elem_id="bucket",
                min_width=110,
            )
        with gr.Row(equal_height=True):
            seed = gr.Number(
                0, label="Seed", precision=0, minimum=0, min_width=100, elem_id="mask-seed"
            )
            fresh = gr.Checkbox(True, label="New seed each time", min_width=140)
    return generator, bucket, seed, fresh


def build_models(
    settings: Settings, entries: Sequence[Entry], speeds: Mapping[str, Speed]
) -> ModelPanel:
    """Lay out the models and what starts a comparison."""
    with gr.Column(elem_classes="ib-panel"):
        gr.HTML(markup.section(2, "Choose models"))
        with gr.Row(elem_classes="ib-presets"):
            presets = {
                name: gr.Button(title, size="sm", elem_id=f"preset-{name}", min_width=60)
                for name, title in PRESETS.items()
            }
        picker = build_picker(entries, speeds)
        with gr.Accordion("Size, samples, seed, scores", open=False):
            original = max(settings.max_side, settings.original_side)
            size = gr.Radio(
                [
                    (f"fast copy (up to {settings.max_side})", FAST),
                    (f"original (up to {original})", ORIGINAL),
                ],
                value=FAST,
                label="Size: longer side in pixels",
                info="Originals take many times as long.",
                elem_id="size",
            )
            samples = gr.Radio(
                list(range(1, MOST_SAMPLES + 1)),
                value=1,
                label="Samples of each stochastic model",
                elem_id="samples-wanted",
            )
            seed = gr.Number(
                0, label="Seed of stochastic models", precision=0, minimum=0, elem_id="model-seed"
            )
            scored = gr.Checkbox(
                True,
                label="Score against what is under the brush",
                info="Means something where the picture under your hole is what you want back.",
            )
        with gr.Row(elem_classes="ib-run"):
            run = gr.Button("Compare", variant="primary", elem_id="run", scale=3, min_width=140)
            stop = gr.Button("Cancel", elem_id="stop", scale=1, min_width=90)
        waiting = gr.HTML(elem_id="waiting")
        copy = gr.Button("Copy link to this setup", size="sm", elem_id="copy-link")
        link = gr.HTML(elem_id="link")
    return ModelPanel(presets, picker, size, samples, seed, scored, run, stop, waiting, copy, link)
