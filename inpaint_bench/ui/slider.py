"""Two pictures of a comparison under one slider, any two of them, as near as one likes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from inpaint_bench.errors import InpaintBenchError
from inpaint_bench.ui.catalogue import Entry
from inpaint_bench.ui.comparison import Comparison
from inpaint_bench.ui.outbox import Outbox
from inpaint_bench.ui.views import ORIGINAL, choices, close_up, picture_of

__all__ = ["Slider", "build_slider"]

_ZOOMS = (1, 2, 4, 8)


@dataclass(frozen=True, eq=False)
class Slider:
    """The components of the section below the tiles."""

    left: gr.Dropdown
    right: gr.Dropdown
    zoom: gr.Radio
    view: gr.ImageSlider
    entries: Mapping[str, Entry]
    outbox: Outbox

    @property
    def components(self) -> list[Any]:
        """All of them, as outputs of an event."""
        return [*self.controls, self.view]

    @property
    def controls(self) -> list[Any]:
        """What a visitor sets, in the order in which `show` takes it."""
        return [self.left, self.right, self.zoom]

    def grow(self, comparison: Comparison) -> dict[Any, Any]:
        """Offer the result that has just come in; show the first one beside the original."""
        offered = choices(comparison, self.entries)
        right = list(comparison.outcomes)[-1]
        if list(comparison.pictures) != [right]:  # the visitor may have chosen a pair by now
            return {self.left: gr.update(choices=offered), self.right: gr.update(choices=offered)}
        return {
            self.left: gr.update(choices=offered, value=ORIGINAL),
            self.right: gr.update(choices=offered, value=right),
            self.zoom: 1,
            self.view: self.show(comparison, ORIGINAL, right, 1),
        }

    def show(
        self, comparison: Comparison | None, left: str, right: str, zoom: int
    ) -> tuple[str, str]:
        """Put two pictures under the slider; see `views.choices` and `views.close_up`.

        Raises:
            InpaintBenchError: there is no comparison, or it has no such picture.
        """
        if comparison is None:
            raise InpaintBenchError("expected a comparison to look at, got none: run one first")
        near = [
            close_up(picture_of(comparison, key), comparison.hole, zoom) for key in (left, right)
        ]
        return self.outbox.png("left", near[0]), self.outbox.png("right", near[1])


def build_slider(entries: Sequence[Entry], outbox: Outbox) -> Slider:
    """Lay the section out; the style sheet hides it as long as it shows nothing."""
    with gr.Column(elem_id="slider", elem_classes="ib-panel"):
        gr.HTML('<h2 class="ib-step">Look closer</h2>')
        with gr.Row(elem_classes="ib-pair"):
            left = gr.Dropdown(
                [], label="Left", interactive=True, min_width=150, elem_id="pair-left"
            )
            right = gr.Dropdown(
                [], label="Right", interactive=True, min_width=150, elem_id="pair-right"
            )
            zoom = gr.Radio(
                [(f"{zoom}×" if zoom > 1 else "Whole", zoom) for zoom in _ZOOMS],
                value=1,
                label="Zoom on the hole (or scroll, pinch)",
                min_width=230,
                elem_id="pair-zoom",
            )
        view = gr.ImageSlider(
            label="Left picture and right picture under a slider",
            show_label=False,
            interactive=False,
            format="png",
            max_height=560,
            buttons=["fullscreen"],
            elem_id="slider-view",
        )
    return Slider(left, right, zoom, view, {e.name: e for e in entries}, outbox)
