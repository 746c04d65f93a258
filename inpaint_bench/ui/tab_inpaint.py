"""The Inpaint page: choose a photograph, make a hole, tick models, compare."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import gradio as gr
from gradio.components import Component

from inpaint_bench.ui.catalogue import Entry
from inpaint_bench.ui.comparison import Models
from inpaint_bench.ui.guard import on
from inpaint_bench.ui.hints import speeds
from inpaint_bench.ui.inpaint_events import InpaintEvents
from inpaint_bench.ui.inpaint_layout import (
    HolePanel,
    ModelPanel,
    PhotoPanel,
    build_hole,
    build_models,
    build_photo,
)
from inpaint_bench.ui.outbox import Outbox
from inpaint_bench.ui.results import Results, build_results
from inpaint_bench.ui.settings import Settings
from inpaint_bench.ui.workshop import cancellable

__all__ = ["Current", "build_inpaint"]

# Of page.js: what only a browser can do once the server has answered.
_SAVE_MASK = "() => window.inpaintBench.save('#mask-file')"
_COPY_LINK = "() => window.inpaintBench.copyLink()"


@dataclass(frozen=True, eq=False)
class Current:
    """What other pages need to work on the visitor's photograph and hole.

    Attributes:
        now: what says which photograph and hole are meant; inputs of `events.hole`.
        shown: components that another photograph changes, in the order of `events.show`.
        events: of the page.
    """

    now: list[Any]
    shown: list[Any]
    events: InpaintEvents


def build_inpaint(
    settings: Settings, entries: list[Entry], models: Models, outbox: Outbox, page: gr.Blocks
) -> Current:
    """Lay the page out and wire it; return what it shares with other pages.

    Args:
        entries: every variant.
        models: gives them by name.
        outbox: where files for browsers are written.
        page: the app, for what happens when it opens.
    """
    with gr.Row(elem_classes="ib-workbench"):
        with gr.Column(scale=6, min_width=320, elem_classes="ib-photo"):
            photo = build_photo(settings, entries)
        with gr.Column(scale=5, min_width=300, elem_classes="ib-controls"):
            hole = build_hole(entries)
            known = speeds(settings.results_dir, side=settings.max_side)
            chosen = build_models(settings, entries, known)
    results = build_results(
        entries, outbox, kept=settings.session_seconds, count=settings.most_results
    )
    events = InpaintEvents(settings, models, outbox, {entry.name: entry for entry in entries})
    _wire_photo(page, photo, hole, chosen, events)
    _wire_hole(photo, hole, events)
    _wire_choice(photo, hole, chosen, events)
    _wire_run(photo, chosen, results, events, settings)
    return Current(photo.now, photo.shown, events)


def _wire_photo(
    page: gr.Blocks, photo: PhotoPanel, hole: HolePanel, chosen: ModelPanel, events: InpaintEvents
) -> None:
    linked = [hole.generator, hole.bucket, hole.seed, hole.fresh]
    linked += [chosen.picker, chosen.seed, chosen.samples, chosen.size]
    on(page.load, events.open_first, None, [*photo.shown, *linked])
    given = [*photo.now, hole.keep, chosen.size]
    # The canvas takes a while to send: clicks that carried it along would arrive out of order.
    on(photo.samples.select, events.click_sample, None, photo.clicked, every=True)
    opened = [photo.clicked, *given]
    on(photo.clicked.change, events.open_sample, opened, photo.shown, every=True)
    on(photo.upload.upload, events.open_upload, [photo.upload, *given], photo.shown)
    on(photo.camera.input, events.open_upload, [photo.camera, *given], photo.shown)
    told = [photo.ratio, photo.share, photo.history]
    on(photo.measure.click, events.measure, photo.now, told, every=True)
    sized = [photo.state, photo.share, photo.notice]
    on(chosen.size.input, events.resize, [*photo.now, chosen.size], sized, every=True)


def _wire_hole(photo: PhotoPanel, hole: HolePanel, events: InpaintEvents) -> None:
    def change(event: Callable[..., Any], step: Callable[..., Any], *given: Component) -> None:
        """Each click starts from what the one before it left."""
        on(event, step, [*photo.now, *given], photo.painted, every=True)

    wanted = [*photo.now, hole.generator, hole.bucket, hole.seed, hole.fresh]
    on(hole.draw.click, events.draw, wanted, [*photo.painted, hole.seed], every=True)
    for event in (hole.clear.click, photo.canvas.clear):
        change(event, events.clear)
    change(hole.upload.upload, events.open_mask, hole.upload, hole.polarity)
    for name, button in hole.tools.items():
        change(button.click, partial(events.change, name))
    change(hole.undo.click, events.undo)
    saved = on(hole.save.click, events.save_mask, photo.now, hole.file, clears=True)
    saved.success(js=_SAVE_MASK)


def _wire_choice(
    photo: PhotoPanel, hole: HolePanel, chosen: ModelPanel, events: InpaintEvents
) -> None:
    for name, button in chosen.presets.items():
        on(button.click, partial(events.preset, name), None, chosen.picker)
    advised = [photo.share, chosen.picker]
    on(photo.share.change, events.advise, advised, photo.advice)
    on(chosen.picker.change, events.advise, advised, photo.advice)
    setup = [*photo.now, hole.generator, hole.bucket, hole.seed]
    setup += [chosen.picker, chosen.seed, chosen.samples, chosen.size]
    on(chosen.copy.click, events.link, setup, chosen.link).success(js=_COPY_LINK)


def _wire_run(
    photo: PhotoPanel,
    chosen: ModelPanel,
    results: Results,
    events: InpaintEvents,
    settings: Settings,
) -> None:
    wanted = [chosen.picker, chosen.seed, chosen.samples, chosen.scored]
    started = chosen.run.click(
        partial(cancellable(events.run), results),
        [*photo.now, *wanted],
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
