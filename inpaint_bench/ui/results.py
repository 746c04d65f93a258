"""The section of results: how far a comparison is, its tiles, its slider and its zip."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr

from inpaint_bench.ui import markup
from inpaint_bench.ui.catalogue import Entry
from inpaint_bench.ui.comparison import Comparison
from inpaint_bench.ui.export import results_zip
from inpaint_bench.ui.outbox import Outbox
from inpaint_bench.ui.slider import Slider, build_slider
from inpaint_bench.ui.tiles import TileGrid, Updates, build_tiles

__all__ = ["Results", "build_results"]


@dataclass(frozen=True, eq=False)
class Results:
    """The components of the section; every method returns what to change on the page.

    Attributes:
        state: the visitor's `Comparison`.
        outbox: where the zip is written.
    """

    state: gr.State
    status: gr.HTML
    archive: gr.DownloadButton
    tiles: TileGrid
    slider: Slider
    outbox: Outbox

    @property
    def components(self) -> list[Any]:
        """Everything that a comparison changes, as outputs of an event."""
        own = [self.state, self.status, self.archive]
        return [*own, *self.tiles.components, *self.slider.components]

    def unchanged(self) -> Updates:
        """Leave everything as it is."""
        return {self.status: gr.skip()}

    def start(self, comparison: Comparison) -> Updates:
        """Show what will run."""
        return self.tiles.start(comparison) | {
            self.state: comparison,
            self.status: markup.progress(0, len(comparison.variants)),
            self.archive: gr.update(interactive=False, value=None),
            self.slider.view: None,
        }

    def progress(self, comparison: Comparison) -> Updates:
        """Show the result that has just come in."""
        updates = self.tiles.progress(comparison)
        updates[self.state] = comparison
        updates[self.status] = markup.progress(len(comparison.outcomes), len(comparison.variants))
        return updates | self.slider.grow(comparison)

    def close(self, comparison: Comparison) -> Updates:
        """Show that nothing more will come, and offer what there is as a zip."""
        results, done, total = map(
            len, (comparison.pictures, comparison.outcomes, comparison.variants)
        )
        updates = self.tiles.close(comparison)
        updates[self.status] = markup.finished(
            results, total, failed=done - results, cancelled=done < total
        )
        if comparison.pictures:
            path = self.outbox.put(f"{comparison.name}__comparison.zip", results_zip(comparison))
            updates[self.archive] = gr.update(interactive=True, value=path)
        return updates


def build_results(entries: list[Entry], outbox: Outbox, *, kept: int) -> Results:
    """Lay the section out; the style sheet hides it as long as it is empty.

    `visible=False` would do the same, but what is put on the page only when it is shown can miss
    updates that come in quick succession.

    Args:
        kept: seconds after which a comparison is forgotten.
    """
    state = gr.State(None, time_to_live=kept)
    with gr.Column(elem_id="results"):
        with gr.Row(elem_classes="ib-results-head"):
            status = gr.HTML(elem_id="status")
            archive = gr.DownloadButton(
                "Save all as ZIP",
                elem_id="save-zip",
                size="sm",
                interactive=False,
                scale=0,
                min_width=150,
            )
        tiles = build_tiles(entries, outbox)
        slider = build_slider(entries, outbox)
    return Results(state, status, archive, tiles, slider, outbox)
