"""The grid of results: one tile for the input and one a model, filled as models finish.

Tiles are made once, as many as a comparison may have results; each takes the first ones it needs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import gradio as gr

from inpaint_bench.masks.ratio import hole_ratio
from inpaint_bench.ui.canvas import hatched
from inpaint_bench.ui.catalogue import Entry
from inpaint_bench.ui.comparison import Comparison, best_scores
from inpaint_bench.ui.export import result_name
from inpaint_bench.ui.markup import caption, input_caption, view_line
from inpaint_bench.ui.outbox import Outbox
from inpaint_bench.ui.runs import run_entry
from inpaint_bench.ui.views import NO_STAGE, RESULT, view_of

__all__ = ["Tile", "TileGrid", "build_tiles"]

Updates = dict[Any, Any]


@dataclass(frozen=True, eq=False)
class Tile:
    """The components of one tile."""

    picture: gr.Image
    text: gr.HTML
    download: gr.DownloadButton

    @property
    def components(self) -> list[Any]:
        """All of them, as outputs of an event."""
        return [self.picture, self.text, self.download]


@dataclass(frozen=True, eq=False)
class TileGrid:
    """All tiles; every method returns what to change on the page.

    Attributes:
        tiles: the first one is the input's.
        outbox: where pictures are written.
    """

    entries: Mapping[str, Entry]
    tiles: tuple[Tile, ...]
    outbox: Outbox

    @property
    def components(self) -> list[Any]:
        """Every component of every tile."""
        return [component for tile in self.tiles for component in tile.components]

    def start(self, comparison: Comparison) -> Updates:
        """Show the input and a waiting tile a model; empty the tiles that are not needed."""
        shown = self._input(comparison)
        first = self.tiles[0]
        updates: Updates = {
            first.picture: gr.update(value=shown, alt_text="Input with its hole hatched"),
            first.text: input_caption(hole_ratio(comparison.hole), comparison.hole.shape),
        }
        for index, tile in enumerate(self.tiles[1:]):
            if index < len(comparison.variants):
                updates |= self._tile(comparison, index, shown)
            else:
                updates |= {tile.picture: gr.update(value=None), tile.text: ""}
        return updates

    def progress(self, comparison: Comparison) -> Updates:
        """Fill the tile of the model that finished last, and say which one is at work now."""
        done = len(comparison.outcomes)
        updates = self._tile(comparison, done - 1, self._input(comparison))
        if done < len(comparison.variants):
            name = comparison.variants[done]
            updates[self.tiles[done + 1].text] = self._caption(comparison, name)
        return updates

    def close(self, comparison: Comparison) -> Updates:
        """Mark the best scores, and as cancelled what has not run.

        Everything is sent once more: a browser that is still putting tiles on the page can miss
        what comes in quick succession.
        """
        return self.show(comparison, RESULT)

    def show(self, comparison: Comparison, view: str) -> Updates:
        """Show a view of every result once a comparison is closed; see `views.view_of`."""
        shown, updates = self._input(comparison), {}
        for index in range(len(comparison.variants)):
            updates |= self._tile(comparison, index, shown, closed=True, view=view)
        return updates

    def _tile(
        self,
        comparison: Comparison,
        index: int,
        shown: str,
        *,
        closed: bool = False,
        view: str = RESULT,
    ) -> Updates:
        """Return a model's whole tile, with the input as long as there is no result."""
        name, tile = comparison.variants[index], self.tiles[index + 1]
        title = run_entry(self.entries, name).title
        picture, line = view_of(comparison, name, view)
        alt = f"{title}: no result yet"
        if picture is not None:
            ending = "" if line in ("", NO_STAGE) else f"__{view}"
            shown = self.outbox.png(result_name(comparison, name) + ending, picture)
            alt = f"{line}, {title}" if line else f"Filled by {title}"
        return {
            tile.picture: gr.update(value=shown, alt_text=alt),
            tile.text: view_line(line, dull=line == NO_STAGE)
            + self._caption(comparison, name, closed=closed),
            tile.download: gr.update(
                value=None if picture is None else shown, interactive=picture is not None
            ),
        }

    def _input(self, comparison: Comparison) -> str:
        return self.outbox.png("input", hatched(comparison.picture, comparison.hole))

    def _caption(self, comparison: Comparison, name: str, *, closed: bool = False) -> str:
        next_one = comparison.variants.index(name) == len(comparison.outcomes)
        state = "cancelled" if closed else "running" if next_one else "waiting"
        best = best_scores(comparison) if closed else {}
        wins = [metric for metric, variant in best.items() if variant == name]
        entry = run_entry(self.entries, name)
        return caption(entry, comparison.outcomes.get(name), state=state, best=wins)


def build_tiles(entries: list[Entry], outbox: Outbox, *, count: int) -> TileGrid:
    """Lay out a tile for the input and `count` for results; without a caption it is hidden."""
    with gr.Row(elem_classes="ib-tiles"):
        tiles = tuple(_build_tile(number) for number in range(count + 1))
    return TileGrid(entries={e.name: e for e in entries}, tiles=tiles, outbox=outbox)


def _build_tile(number: int) -> Tile:
    """Lay out one tile; number 0 is the input's and has nothing to save."""
    with gr.Column(min_width=0, elem_classes="ib-tile", elem_id=f"tile-{number}"):
        picture = gr.Image(
            show_label=False,
            interactive=False,
            container=False,
            format="png",
            buttons=["fullscreen"],
        )
        text = gr.HTML()
        download = gr.DownloadButton("Save PNG", size="sm", visible=number > 0, interactive=False)
    return Tile(picture=picture, text=text, download=download)
