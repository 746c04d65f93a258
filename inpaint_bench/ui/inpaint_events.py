"""What happens on the Inpaint page: each event takes the values of its inputs and returns what
its outputs become. Errors written for people pass through; `guard` shows them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import gradio as gr
import numpy as np

from inpaint_bench.errors import InpaintBenchError
from inpaint_bench.masks.ratio import hole_ratio
from inpaint_bench.ui import markup, steps
from inpaint_bench.ui.canvas import canvas_pictures, painted_hole
from inpaint_bench.ui.comparison import Comparison, Models, compare
from inpaint_bench.ui.guard import warn
from inpaint_bench.ui.outbox import Outbox
from inpaint_bench.ui.results import Results
from inpaint_bench.ui.session import Photograph, open_photograph
from inpaint_bench.ui.settings import Settings
from inpaint_bench.ui.tiles import Updates

__all__ = ["InpaintEvents"]

Shown = tuple[Photograph, dict[str, Any], str, str]  # state, canvas, ratio, notice
Painted = tuple[dict[str, Any], str]  # canvas, ratio


@dataclass(frozen=True)
class InpaintEvents:
    """The events of the page, with what they share between visitors: limits, models and
    where files for browsers are written."""

    settings: Settings
    models: Models
    outbox: Outbox

    def open_first(self) -> Shown:
        """Show a photograph at once, so that there is something to brush on."""
        return self._open_sample(steps.FIRST_SAMPLE)

    def open_sample(self, event: gr.SelectData) -> Shown:
        """Show the example photograph that was clicked."""
        return self._open_sample(steps.sample_choices()[event.index][0])

    def open_upload(self, path: str) -> Shown:
        """Show an uploaded photograph; say so if it had to be shrunk."""
        photo = open_photograph(path, max_side=self.settings.max_side)
        if photo.notice:
            gr.Info(markup.message(photo.notice), duration=10)
        return self.show(photo)

    def measure(self, canvas: Mapping[str, Any] | None, photo: Photograph | None) -> str:
        """Say how large the painted hole is."""
        if photo is None:  # the page has not finished opening
            return markup.ratio_line(0.0)
        return markup.ratio_line(
            hole_ratio(painted_hole(canvas, photo, side=self.settings.canvas_side))
        )

    def draw(
        self,
        photo: Photograph | None,
        generator: str,
        bucket: str,
        seed: float | None,
        fresh: bool,
    ) -> tuple[dict[str, Any], str, int]:
        """Replace the hole by a random one; return its seed too."""
        used = steps.new_seed() if fresh else steps.check_seed(seed)
        hole = steps.draw_hole(generator, bucket, used, photo)
        return (*self._paint(steps.need(photo), hole), used)

    def open_mask(
        self, path: str, polarity: Literal["white", "black"], photo: Photograph | None
    ) -> Painted:
        """Replace the hole by that of a mask file."""
        hole = steps.mask_file(path, photo, polarity=polarity)
        return self._paint(steps.need(photo), hole)

    def clear(self, photo: Photograph | None) -> Painted:
        """Remove the hole."""
        return self._paint(steps.need(photo), None)

    def run(
        self,
        results: Results,
        photo: Photograph | None,
        canvas: Mapping[str, Any] | None,
        seed: float | None,
        scored: bool,
        *ticked: list[str],
    ) -> Iterator[Updates]:
        """Run the ticked models one after another and show each result as it comes."""
        wanted = {name for group in ticked for name in group}
        names = [name for name in results.tiles.entries if name in wanted]
        try:
            planned = steps.plan(
                photo,
                canvas,
                names,
                side=self.settings.canvas_side,
                seed=seed,
                scored=scored,
            )
        except InpaintBenchError as error:
            warn(str(error))
            yield results.unchanged()
            return
        yield results.start(planned)
        comparison = planned
        for comparison in compare(planned, self.models):
            yield results.progress(comparison)
        yield results.close(comparison)

    def cancel(self, results: Results, comparison: Comparison | None) -> Updates:
        """Keep what has come in; the model at work is left behind."""
        if comparison is None:
            return results.unchanged()
        return results.close(comparison)

    def _open_sample(self, name: str) -> Shown:
        return self.show(steps.sample(name, max_side=self.settings.max_side))

    def show(self, photo: Photograph, hole: np.ndarray | None = None) -> Shown:
        """Show a photograph, with a hole or without."""
        return (photo, *self._paint(photo, hole), markup.note(photo.notice))

    def _paint(self, photo: Photograph, hole: np.ndarray | None) -> Painted:
        background, paint = canvas_pictures(photo, hole, side=self.settings.canvas_side)
        value = {
            "background": self.outbox.png("photograph", background),
            "layers": [] if paint is None else [self.outbox.png("hole", paint)],
            "composite": None,
        }
        return value, markup.ratio_line(0.0 if hole is None else hole_ratio(hole))
