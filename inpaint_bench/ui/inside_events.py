"""What happens on the Inside page: each event takes the values of its inputs and returns what its
outputs become."""

from __future__ import annotations

from dataclasses import dataclass

import gradio as gr
import numpy as np

from inpaint_bench.errors import InpaintBenchError
from inpaint_bench.ui import markup, steps
from inpaint_bench.ui.canvas import hatched
from inpaint_bench.ui.hole_history import HoleHistory
from inpaint_bench.ui.inpaint_events import Canvas, InpaintEvents, Shown
from inpaint_bench.ui.inside import Look, look
from inpaint_bench.ui.lessons import LESSONS
from inpaint_bench.ui.session import Photograph

__all__ = ["InsideEvents"]

_FIRST = "stages"  # the exercise that a visitor without a hole sees
_EXAMPLE = "An example. Brush a hole on the Inpaint page, and look at your own."


@dataclass(frozen=True)
class InsideEvents:
    """The events of the page; photographs and holes are those of the Inpaint page."""

    page: InpaintEvents

    def set_up(
        self, lesson: str, photo: Photograph | None, canvas: Canvas, history: HoleHistory
    ) -> Shown:
        """Put an exercise's photograph and hole on the Inpaint page, whatever lies there."""
        photo, hole = self._exercise(lesson)
        return self.page.show(photo, canvas, history, hole)

    def look(
        self,
        photo: Photograph | None,
        canvas: Canvas,
        history: HoleHistory,
        partial: str | None,
        gated: str | None,
        edges: str | None,
    ) -> tuple[Look, str, str]:
        """Run the networks; return what came of it, what was looked at, and a line on it.

        Raises:
            InpaintBenchError: nothing to look at, or a network without weights.
        """
        photo = steps.need(photo).at(self.page.settings.max_side)
        hole = self.page.hole(photo, canvas, history)
        if not hole.any():
            raise InpaintBenchError(
                "expected a hole, got none: brush one on the Inpaint page, or set up an exercise"
            )
        return *self._look(photo, hole, partial, gated, edges), ""

    def first_look(
        self,
        photo: Photograph | None,
        canvas: Canvas,
        history: HoleHistory,
        partial: str | None,
        gated: str | None,
        edges: str | None,
    ) -> tuple[Look, str, str]:
        """As `look`; where the visitor's photograph has no hole yet, at an exercise."""
        if photo is not None and self.page.hole(photo, canvas, history).any():
            return self.look(photo, canvas, history, partial, gated, edges)
        return *self._look(*self._exercise(_FIRST), partial, gated, edges), markup.note(_EXAMPLE)

    def _exercise(self, lesson: str) -> tuple[Photograph, np.ndarray]:
        exercise = LESSONS[lesson].exercise
        photo = steps.sample(exercise.sample, max_side=self.page.settings.max_side)
        return photo, exercise.draw(*photo.working.shape[:2])

    def _look(
        self,
        photo: Photograph,
        hole: np.ndarray,
        partial: str | None,
        gated: str | None,
        edges: str | None,
    ) -> tuple[Look, str]:
        chosen = {"partial": partial, "gated": gated, "edges": edges}
        done = look(photo, hole, self.page.models, chosen)
        return done, self._png("inside-input", hatched(done.picture, done.hole))

    def layer(self, seen: Look | None, step: float) -> tuple[str, str, str, str]:
        """Return mask, its caption, gate, its caption at one step of the slider."""
        seen, step = _need(seen), int(step)
        (mask, of_mask), (gate, of_gate) = seen.known(step), seen.gate(step)
        return (
            self._png("mask", mask),
            markup.note(f"PConv, {of_mask}"),
            self._png("gate", gate),
            markup.note(f"DeepFill v2, {of_gate}"),
        )

    def rounds(self, seen: Look | None, count: float) -> tuple[str, str]:
        """Return the photograph after some rounds of vanilla and of partial averaging."""
        vanilla, partial = _need(seen).averages(int(count))
        return self._png("vanilla", vanilla), self._png("partial", partial)

    def attention(self, seen: Look | None) -> tuple[str, str]:
        """Return the flow, and the sources of the hole's middle."""
        seen = _need(seen)
        return self._png("flow", seen.flow()), self._png("sources", seen.sources(None))

    def clicked(self, seen: Look | None, event: gr.SelectData) -> str:
        """Return the sources of the pixel that was clicked."""
        column, row = event.index
        return self._png("sources", _need(seen).sources((int(row), int(column))))

    def stages(self, seen: Look | None) -> tuple[str, str]:
        """Return the coarse and the refined result."""
        coarse, refined = _need(seen).stages()
        return self._png("coarse", coarse), self._png("refined", refined)

    def edges(self, seen: Look | None) -> tuple[list[tuple[str, str]], str]:
        """Return the maps of the network that works on edges with their names, or what to do."""
        pictures = [
            (self._png(name.replace(".", "-"), picture), name.replace("_", " "))
            for picture, name in _need(seen).edge_pictures()
        ]
        missing = "" if pictures else "No network of edges was run: choose one at the top."
        return pictures, markup.note(missing)

    def _png(self, name: str, picture: np.ndarray) -> str:
        return self.page.outbox.png(name, picture)


def _need(seen: Look | None) -> Look:
    if seen is None:
        raise InpaintBenchError("expected a network to look into, got none: press Look inside")
    return seen
