"""What happens on the Inpaint page: each event takes the values of its inputs and returns what
its outputs become. Errors written for people pass through; `guard` shows them."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, replace
from typing import Any, Literal

import gradio as gr
import numpy as np

from inpaint_bench.errors import InpaintBenchError
from inpaint_bench.imaging import validate_hole
from inpaint_bench.masks.ratio import hole_ratio
from inpaint_bench.ui import links, markup, picker, steps
from inpaint_bench.ui.canvas import Paint, canvas_pictures, layer_of, painted_hole, read_paint
from inpaint_bench.ui.catalogue import Entry
from inpaint_bench.ui.comparison import Comparison, Models, compare
from inpaint_bench.ui.guard import warn
from inpaint_bench.ui.hints import best_here, far_from_training
from inpaint_bench.ui.hole_history import HoleHistory
from inpaint_bench.ui.hole_tools import change_hole
from inpaint_bench.ui.outbox import Outbox
from inpaint_bench.ui.results import Results
from inpaint_bench.ui.session import Photograph, open_photograph, resize_hole
from inpaint_bench.ui.settings import Settings
from inpaint_bench.ui.tiles import Updates

__all__ = ["Canvas", "InpaintEvents", "Shown"]

Share = tuple[float, int, int]  # of the picture that is missing; height and width of the picture
Canvas = Mapping[str, Any] | None  # what the editor shows
Painted = tuple[dict[str, Any], str, Share, HoleHistory]  # canvas, ratio, share, history
Shown = tuple[Photograph, dict[str, Any], str, Share, HoleHistory, str]  # `Painted` in between
_NO_HOLE = "The hole is not random as it stands: the link brings back all but the hole."
_OWN_PHOTO = "The photograph is your own and never part of a link: open it again there."
_MOST_UNKNOWN = 3


@dataclass(frozen=True)
class InpaintEvents:
    """The events of the page, with what they share between visitors: limits, models, where
    files for browsers are written, and what is known of every variant."""

    settings: Settings
    models: Models
    outbox: Outbox
    entries: Mapping[str, Entry]

    def hole(self, photo: Photograph | None, canvas: Canvas, history: HoleHistory) -> np.ndarray:
        """Return the hole that is meant as HxW bool of the photograph's working size.

        Raises:
            InpaintBenchError: there is no photograph.
        """
        photo, side = steps.need(photo), self.settings.canvas_side
        return painted_hole(history.meant(canvas, side=side), photo, side=side)

    def open_first(self, request: gr.Request) -> tuple[Any, ...]:
        """Show a photograph at once, so that there is something to brush on, or what a link says.

        Returns `Shown`, then generator, bucket, seed and "new seed" of the random hole, ticked
        models, and seed, samples and size of the comparison.
        """
        setup, unknown = links.read_link(request.query_params, self.entries)
        if unknown:
            more = f" and {len(unknown) - _MOST_UNKNOWN} more" * (len(unknown) > _MOST_UNKNOWN)
            warn(f"this link holds what is not known here: {', '.join(unknown[:3])}{more}")
        limit = self.limit(setup.size or links.FAST)
        photo = steps.sample(setup.photo or steps.FIRST_SAMPLE, max_side=limit)
        return (
            *self.show(photo, None, HoleHistory(), self._linked_hole(setup, photo)),
            *(gr.skip() if value is None else value for value in self._choices(setup)),
        )

    def click_sample(self, event: gr.SelectData) -> tuple[int, int]:
        """Return which example was clicked, and another number for each click."""
        return event.index, time.monotonic_ns()

    def open_sample(
        self,
        clicked: tuple[int, int] | None,
        photo: Photograph | None,
        canvas: Canvas,
        history: HoleHistory,
        keep: bool,
        size: str,
    ) -> Shown:
        """Show the example photograph that was clicked last."""
        if clicked is None:
            return gr.skip()
        name = steps.sample_choices()[clicked[0]][0]
        opened = steps.sample(name, max_side=self.limit(size))
        return self._change(opened, photo, canvas, history, keep)

    def open_upload(
        self,
        path: str | None,
        photo: Photograph | None,
        canvas: Canvas,
        history: HoleHistory,
        keep: bool,
        size: str,
    ) -> Shown:
        """Show an uploaded photograph, or one from camera or clipboard."""
        if path is None:  # the camera's picture was removed again
            return gr.skip()
        opened = open_photograph(path, max_side=self.limit(size))
        if opened.notice:
            gr.Info(markup.message(opened.notice), duration=10)
        return self._change(opened, photo, canvas, history, keep)

    def resize(
        self, photo: Photograph | None, canvas: Canvas, history: HoleHistory, size: str
    ) -> tuple[Photograph, Share, str]:
        """Work on the original or on a fast copy; the canvas stays as it is."""
        photo = steps.need(photo).at(self.limit(size))
        return photo, _share(self.hole(photo, canvas, history)), markup.note(photo.notice)

    def limit(self, size: str) -> int:
        """Return the longest side of what is inpainted, in pixels."""
        settings = self.settings
        return max(settings.max_side, settings.original_side if size == links.ORIGINAL else 0)

    def measure(
        self, photo: Photograph | None, canvas: Canvas, history: HoleHistory
    ) -> tuple[str, Share, HoleHistory]:
        """Say how large the hole is that a hand has brushed or erased."""
        history = history.by_hand()
        if photo is None:  # the page has not finished opening
            return markup.ratio_line(0.0), (0.0, 0, 0), history
        share = _share(self.hole(photo, canvas, history))
        return markup.ratio_line(share[0]), share, history

    def advise(self, share: Share, ticked: object) -> str:
        """Say which models are best on such holes, and which ticked ones have not learnt them."""
        ratio, height, width = share
        if ratio <= 0.0:
            return ""
        chosen = [self.entries[name] for name in picker.ticked_names(ticked, self.entries)]
        best = best_here(self.settings.results_dir, ratio=ratio, side=max(height, width))
        titles = {name: entry.title for name, entry in self.entries.items()}
        return markup.advice(
            best, titles, far_from_training(chosen, ratio=ratio, size=(height, width))
        )

    def draw(
        self,
        photo: Photograph | None,
        canvas: Canvas,
        history: HoleHistory,
        generator: str,
        bucket: str,
        seed: float | None,
        fresh: bool,
    ) -> tuple[Any, ...]:
        """Replace the hole by a random one; return `Painted` and the seed."""
        used = steps.new_seed() if fresh else steps.check_seed(seed)
        hole = steps.draw_hole(generator, bucket, used, photo)
        return (*self._replace(photo, canvas, history, hole), used)

    def open_mask(
        self,
        photo: Photograph | None,
        canvas: Canvas,
        history: HoleHistory,
        path: str,
        polarity: Literal["white", "black"],
    ) -> Painted:
        """Replace the hole by that of a mask file."""
        hole = steps.mask_file(path, photo, polarity=polarity)
        return self._replace(photo, canvas, history, hole)

    def save_mask(self, photo: Photograph | None, canvas: Canvas, history: HoleHistory) -> str:
        """Return the path of the hole as a PNG of the photograph's own size, white = missing."""
        hole = self.hole(photo, canvas, history)
        validate_hole(hole)
        return self.outbox.png(f"{photo.name}__hole", resize_hole(hole, photo.original.shape[:2]))

    def change(
        self, tool: str, photo: Photograph | None, canvas: Canvas, history: HoleHistory
    ) -> Painted:
        """Invert, grow or shrink the hole; the sketch stays."""
        hole, side = self.hole(photo, canvas, history), self.settings.canvas_side
        strokes = read_paint(history.meant(canvas, side=side), side=side).strokes
        return self._replace(photo, canvas, history, change_hole(tool, hole), strokes)

    def undo(self, photo: Photograph | None, canvas: Canvas, history: HoleHistory) -> Painted:
        """Go back to the last other hole that a button has changed.

        Raises:
            MaskError: there is none.
        """
        photo, side = steps.need(photo), self.settings.canvas_side
        paint, history = history.undone(canvas, side=side)
        hole = painted_hole({"layers": [layer_of(paint)]}, photo, side=side)
        return (*self._paint(photo, hole, paint.strokes)[:-1], history)

    def clear(self, photo: Photograph | None, canvas: Canvas, history: HoleHistory) -> Painted:
        """Remove the hole."""
        return self._replace(photo, canvas, history, None)

    def preset(self, name: str) -> list[str]:
        """Tick what a preset holds."""
        return picker.preset(name, list(self.entries.values()))

    def link(
        self,
        photo: Photograph | None,
        canvas: Canvas,
        history: HoleHistory,
        generator: str,
        bucket: str,
        mask_seed: float | None,
        ticked: object,
        seed: float | None,
        samples: float,
        size: str,
    ) -> str:
        """Return a link to what is set up, and what it cannot bring back."""
        photo, remarks = steps.need(photo), []
        setup = links.Setup(
            photo=photo.name if photo.example else None,
            models=tuple(picker.ticked_names(ticked, self.entries)),
            seed=steps.check_seed(seed),
            samples=int(samples),
            size=size,
        )
        if setup.photo is None:
            remarks.append(_OWN_PHOTO)
        hole = self.hole(photo, canvas, history)
        if hole.any():
            mask_seed = steps.check_seed(mask_seed)
            random = replace(setup, mask=generator, ratio=bucket, mask_seed=mask_seed)
            if self._same_hole(random, photo, hole):
                setup = random
            else:
                remarks.append(_NO_HOLE)
        return markup.link_line(links.write_link(setup), " ".join(remarks))

    def run(
        self,
        results: Results,
        photo: Photograph | None,
        canvas: Canvas,
        history: HoleHistory,
        ticked: object,
        seed: float | None,
        samples: float | None,
        scored: bool,
        *,
        stop: Future | None = None,
    ) -> Iterator[Updates]:
        """Run the ticked models one after another and show each result as it comes.

        Args:
            stop: done as soon as nobody waits any more.
        """
        side = self.settings.canvas_side
        try:
            planned = steps.plan(
                photo,
                history.meant(canvas, side=side),
                picker.ticked_names(ticked, self.entries),
                self.entries,
                side=side,
                seed=seed,
                samples=samples,
                scored=scored,
                most=len(results.tiles.tiles) - 1,
            )
        except InpaintBenchError as error:
            warn(str(error))
            yield results.unchanged()
            return
        yield results.start(planned)
        comparison = planned
        for comparison in compare(planned, self.models, stop=stop):
            yield results.progress(comparison)
        yield results.close(comparison)

    def cancel(self, results: Results, comparison: Comparison | None) -> Updates:
        """Keep what has come in; the model at work is left behind."""
        if comparison is None:
            return results.unchanged()
        return results.close(comparison)

    def show(
        self,
        photo: Photograph,
        canvas: Canvas,
        history: HoleHistory,
        hole: np.ndarray | None = None,
    ) -> Shown:
        """Show a photograph in place of another, with a hole or without."""
        *painted, sent = self._paint(photo, hole)
        return photo, *painted, history.anew(canvas, sent), markup.note(photo.notice)

    def _change(
        self,
        opened: Photograph,
        photo: Photograph | None,
        canvas: Canvas,
        history: HoleHistory,
        keep: bool,
    ) -> Shown:
        """Show another photograph, under the same hole if it is to be kept."""
        hole = None
        if keep and photo is not None:
            hole = resize_hole(self.hole(photo, canvas, history), opened.working.shape[:2])
        return self.show(opened, canvas, history, hole)

    def _choices(self, setup: links.Setup) -> tuple[Any, ...]:
        """Return what a link says of the page's inputs; None where they stay as they are."""
        ticked = setup.models
        return (
            setup.mask,
            setup.ratio,
            setup.mask_seed,
            None if setup.mask_seed is None else False,  # "new seed each time"
            None if ticked is None else picker.ticked_names(list(ticked), self.entries),
            setup.seed,
            setup.samples,
            setup.size,
        )

    def _linked_hole(self, setup: links.Setup, photo: Photograph) -> np.ndarray | None:
        """Draw the hole of a link; none where it says nothing of one, or it cannot be drawn."""
        if setup.mask is None or setup.mask_seed is None:
            return None
        try:
            return steps.draw_hole(
                setup.mask, setup.ratio or steps.ANY_RATIO, setup.mask_seed, photo
            )
        except InpaintBenchError as error:
            warn(str(error))
            return None

    def _same_hole(self, setup: links.Setup, photo: Photograph, hole: np.ndarray) -> bool:
        """Return whether a link would bring back the hole that is painted."""
        try:
            drawn = steps.draw_hole(setup.mask, setup.ratio, setup.mask_seed, photo)
        except InpaintBenchError:  # it cannot even be drawn: then it is not what is painted
            return False
        _, paint = canvas_pictures(photo, drawn, side=self.settings.canvas_side)
        value = {"layers": [] if paint is None else [paint]}
        return bool(
            np.array_equal(painted_hole(value, photo, side=self.settings.canvas_side), hole)
        )

    def _replace(
        self,
        photo: Photograph | None,
        canvas: Canvas,
        history: HoleHistory,
        hole: np.ndarray | None,
        strokes: np.ndarray | None = None,
    ) -> Painted:
        """Paint another hole in place of what the canvas shows."""
        *painted, sent = self._paint(steps.need(photo), hole, strokes)
        return (*painted, history.changed(canvas, sent))

    def _paint(
        self, photo: Photograph, hole: np.ndarray | None, strokes: np.ndarray | None = None
    ) -> tuple[dict[str, Any], str, Share, Paint]:
        side = self.settings.canvas_side
        background, paint = canvas_pictures(photo, hole, strokes, side=side)
        layers = [] if paint is None else [paint]
        value = {
            "background": self.outbox.png("photograph", background),
            "layers": [self.outbox.png("hole", layer) for layer in layers],
            "composite": None,
        }
        share = _share(np.zeros(photo.working.shape[:2], bool) if hole is None else hole)
        sent = read_paint({"layers": layers}, side=side)
        return value, markup.ratio_line(share[0]), share, sent


def _share(hole: np.ndarray) -> Share:
    return (hole_ratio(hole), *hole.shape)
