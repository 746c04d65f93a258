"""Two pictures of a comparison under one slider, any two of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr
import numpy as np

from inpaint_bench.errors import InpaintBenchError
from inpaint_bench.ui.canvas import hatched
from inpaint_bench.ui.catalogue import Entry
from inpaint_bench.ui.comparison import Comparison
from inpaint_bench.ui.outbox import Outbox

__all__ = ["INPUT", "ORIGINAL", "Slider", "build_slider", "choices", "pair"]

ORIGINAL, INPUT = "@original", "@input"  # no variant's name has an @


@dataclass(frozen=True, eq=False)
class Slider:
    """The components of the section below the tiles."""

    left: gr.Dropdown
    right: gr.Dropdown
    view: gr.ImageSlider
    entries: Mapping[str, Entry]
    outbox: Outbox

    @property
    def components(self) -> list[Any]:
        """All of them, as outputs of an event."""
        return [self.left, self.right, self.view]

    def grow(self, comparison: Comparison) -> dict[Any, Any]:
        """Offer the result that has just come in; show the first one beside the original."""
        offered = choices(comparison, self.entries)
        right = list(comparison.outcomes)[-1]
        if list(comparison.pictures) != [right]:  # the visitor may have chosen a pair by now
            return {self.left: gr.update(choices=offered), self.right: gr.update(choices=offered)}
        return {
            self.left: gr.update(choices=offered, value=ORIGINAL),
            self.right: gr.update(choices=offered, value=right),
            self.view: self.show(comparison, ORIGINAL, right),
        }

    def show(self, comparison: Comparison | None, left: str, right: str) -> tuple[str, str]:
        """Put two pictures under the slider; see `pair`."""
        pictures = pair(comparison, left, right)
        return self.outbox.png("left", pictures[0]), self.outbox.png("right", pictures[1])


def choices(comparison: Comparison, entries: Mapping[str, Entry]) -> list[tuple[str, str]]:
    """Return what can be looked at so far as (title, key)."""
    results = [(entries[name].title, name) for name in comparison.pictures]
    return [("Original", ORIGINAL), ("Input", INPUT), *results]


def pair(comparison: Comparison | None, left: str, right: str) -> tuple[np.ndarray, np.ndarray]:
    """Return two pictures by their keys.

    Raises:
        InpaintBenchError: there is no comparison, or it has no such picture.
    """
    if comparison is None:
        raise InpaintBenchError("expected a comparison to look at, got none: run one first")
    return _picture(comparison, left), _picture(comparison, right)


def build_slider(entries: Sequence[Entry], outbox: Outbox) -> Slider:
    """Lay the section out; the style sheet hides it as long as it shows nothing."""
    with gr.Column(elem_id="slider", elem_classes="ib-panel"):
        gr.HTML('<h2 class="ib-step">Look closer</h2>')
        with gr.Row(elem_classes="ib-pair"):
            left = gr.Dropdown([], label="Left", interactive=True, min_width=120)
            right = gr.Dropdown([], label="Right", interactive=True, min_width=120)
        view = gr.ImageSlider(
            label="Left picture and right picture under a slider",
            show_label=False,
            interactive=False,
            format="png",
            max_height=560,
            buttons=["fullscreen"],
            elem_id="slider-view",
        )
    return Slider(left, right, view, {e.name: e for e in entries}, outbox)


def _picture(comparison: Comparison, key: str) -> np.ndarray:
    if key == ORIGINAL:
        return comparison.picture
    if key == INPUT:
        return hatched(comparison.picture, comparison.hole)
    if key not in comparison.pictures:
        raise InpaintBenchError(f"expected a picture of this comparison, got {key!r}: choose again")
    return comparison.pictures[key]
