"""The section of results: how far a comparison is, its tiles, its slider and its zip."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr

from inpaint_bench.errors import InpaintBenchError
from inpaint_bench.ui import markup
from inpaint_bench.ui.catalogue import Entry
from inpaint_bench.ui.comparison import Comparison
from inpaint_bench.ui.export import results_zip
from inpaint_bench.ui.guard import on
from inpaint_bench.ui.outbox import Outbox
from inpaint_bench.ui.slider import Slider, build_slider
from inpaint_bench.ui.tiles import TileGrid, Updates, build_tiles
from inpaint_bench.ui.views import RESULT, tile_views

__all__ = ["Results", "build_results"]


@dataclass(frozen=True, eq=False)
class Results:
    """The components of the section; every method returns what to change on the page.

    Attributes:
        state: the visitor's `Comparison`.
        view: what all tiles show, a view of `views`; to be chosen once everything is there.
        outbox: where the zip is written.
    """

    state: gr.State
    status: gr.HTML
    view: gr.Radio
    archive: gr.DownloadButton
    tiles: TileGrid
    slider: Slider
    outbox: Outbox

    @property
    def components(self) -> list[Any]:
        """Everything that a comparison changes, as outputs of an event."""
        own = [self.state, self.status, self.view, self.archive]
        return [*own, *self.tiles.components, *self.slider.components]

    def unchanged(self) -> Updates:
        """Leave everything as it is."""
        return {self.status: gr.skip()}

    def start(self, comparison: Comparison) -> Updates:
        """Show what will run."""
        return self.tiles.start(comparison) | {
            self.state: comparison,
            self.status: markup.progress(0, len(comparison.variants)),
            self.view: gr.update(value=RESULT, interactive=False),
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
            content = results_zip(comparison, self.tiles.entries)
            path = self.outbox.put(f"{comparison.name}__comparison.zip", content)
            updates[self.archive] = gr.update(interactive=True, value=path)
            updates[self.view] = gr.update(
                choices=tile_views(comparison), value=RESULT, interactive=True
            )
        return updates

    def show(self, comparison: Comparison | None, view: str) -> Updates:
        """Show results, differences or stages in all tiles.

        Raises:
            InpaintBenchError: there is no comparison.
        """
        if comparison is None:
            raise InpaintBenchError("expected a comparison to look at, got none: run one first")
        return self.tiles.show(comparison, view)


def build_results(entries: list[Entry], outbox: Outbox, *, kept: int, count: int) -> Results:
    """Lay the section out and wire its own controls; the style sheet hides it while it is empty.

    `visible=False` would do the same, but what is put on the page only when it is shown can miss
    updates that come in quick succession.

    Args:
        kept: seconds after which a comparison is forgotten.
        count: of results that there is place for.
    """
    state = gr.State(None, time_to_live=kept)
    with gr.Column(elem_id="results"):
        with gr.Row(elem_classes="ib-results-head"):
            status = gr.HTML(elem_id="status")
            view = gr.Radio(
                [],
                label="Show in all tiles",
                show_label=False,
                container=False,
                interactive=False,
                elem_id="tile-view",
                scale=0,
                min_width=260,
            )
            archive = gr.DownloadButton(
                "Save all as ZIP",
                elem_id="save-zip",
                size="sm",
                interactive=False,
                scale=0,
                min_width=150,
            )
        tiles = build_tiles(entries, outbox, count=count)
        slider = build_slider(entries, outbox)
    results = Results(state, status, view, archive, tiles, slider, outbox)
    on(view.input, results.show, [state, view], tiles.components)
    for control in slider.controls:
        on(control.input, slider.show, [state, *slider.controls], slider.view)
    return results
