"""A clicked cell of the Leaderboard: its worst, best and most disputed pictures, one after the
other as they are made."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import gradio as gr

from inpaint_bench.bench.agreement import Case
from inpaint_bench.errors import BenchError, InpaintBenchError
from inpaint_bench.explain import difference_picture
from inpaint_bench.ui import leaderboard_markup as markup
from inpaint_bench.ui.canvas import hatched
from inpaint_bench.ui.catalogue import Entry
from inpaint_bench.ui.guard import guarded, on, warn
from inpaint_bench.ui.leaderboard import column_keys, name_of
from inpaint_bench.ui.leaderboard_cases import (
    KINDS,
    MOST_CASES,
    Picture,
    case_values,
    check_cases,
    commands,
    find_cases,
    make_picture,
)
from inpaint_bench.ui.leaderboard_choice import Chosen, choose
from inpaint_bench.ui.leaderboard_link import View
from inpaint_bench.ui.outbox import Outbox
from inpaint_bench.ui.published import Own
from inpaint_bench.ui.settings import Settings
from inpaint_bench.ui.workshop import Models

__all__ = ["Cell", "CellPanel", "build_cell"]

Updates = dict[Any, Any]
_CLICKS_AT_ONCE = 8
_WAITING = "Its pictures are being made."
_NUMBERS = ("test_set", "bucket", "precision")  # of a view: what other numbers come with
# What only a browser can do; nothing while the panel is hidden.
_LOOK = (
    "() => setTimeout(() => document.querySelector('#cell')?.scrollIntoView("
    "{ behavior: 'smooth', block: 'start' }), 150)"
)


@dataclass(frozen=True)
class Cell:
    """Which cell is open.

    Attributes:
        view: of the table that was clicked.
        variant: of its row.
        metric: of its column; where that holds no metric, the one that is ranked by.
        place: 0 for the most extreme pictures, 1 for the next ones.
        serial: another one for each click.
    """

    view: View
    variant: str
    metric: str
    place: int = 0
    serial: int = 0


@dataclass(frozen=True, eq=False)
class CellPanel:
    """The components of an open cell; its methods return what to change on the page.

    Attributes:
        state: the `Cell`.
        texts: above the pictures, one of `KINDS` each.
        pictures: input, result, truth and error, one of `KINDS` each.
        following: the button for the next pictures.
        outbox: where pictures are written.
        models: make them.
    """

    settings: Settings
    entries: Mapping[str, Entry]
    outbox: Outbox
    models: Models
    state: gr.State
    head: gr.HTML
    texts: tuple[gr.HTML, ...]
    pictures: tuple[gr.Gallery, ...]
    following: gr.Button
    commands: gr.HTML

    @property
    def components(self) -> list[Any]:
        """Everything that a click changes, as outputs of an event."""
        return [self.state, self.head, *self.texts, *self.pictures, self.following, self.commands]

    def wire(self, table: gr.Dataframe, view: gr.State, own: gr.State) -> None:
        """Wire a click on the table and the button for the next pictures.

        A click only says which cell is open, and ends what is being made for another one; the
        change of that makes the pictures. A generator that waits for its turn would forget which
        cell was clicked. Another view closes a cell that is not in its table.
        """
        made = self.state.change(
            self.show,
            [self.state, own],
            self.components[1:],
            api_visibility="private",
            show_progress="hidden",
            trigger_mode="multiple",
            concurrency_limit=self.settings.runs_at_once,
            concurrency_id="models",
        )
        opened = [self.state, self.head]
        clicks = (
            (table.select, self.opened, [view, own], opened),
            (self.following.click, self.next, [self.state], self.state),
        )
        clicked, _ = (
            event(
                guarded(step),
                inputs,
                outputs,
                cancels=[made],
                api_visibility="private",
                show_progress="hidden",
                trigger_mode="multiple",
                concurrency_limit=_CLICKS_AT_ONCE,
                concurrency_id="clicks",
            )
            for event, step, inputs, outputs in clicks
        )
        for seen in (clicked.then, self.head.change):  # it may be open already, or open later
            seen(None, js=_LOOK, api_visibility="private")
        on(view.change, self.kept, [self.state, view, own], opened)

    def opened(
        self, view: View | None, own: Sequence[Own], event: gr.SelectData
    ) -> tuple[Cell | None, Any]:
        """Return the cell of a click and the head; none and an empty one where it is refused."""
        try:
            cell = self.clicked(view, own, event)
            results = choose(self.settings.results_dir, cell.view, own or ()).results
            check_cases(results, cell.variant, cell.metric, cell.view.bucket)
        except InpaintBenchError as error:
            warn(str(error))
            return None, ""
        return cell, gr.skip()

    def kept(
        self, cell: Cell | None, view: View | None, own: Sequence[Own]
    ) -> tuple[Cell | None, Any]:
        """Return the cell and the head; none and an empty one if the table has it no more."""
        if cell is None or (view is not None and self._is_in(cell, view, own)):
            return gr.skip(), gr.skip()
        return None, ""

    def clicked(self, view: View | None, own: Sequence[Own], event: gr.SelectData) -> Cell:
        """Return the cell of a click; sorted or searched, a row is known by its first value.

        Raises:
            BenchError: it is none of the table that is shown.
        """
        if view is None:
            raise BenchError("expected a table, and it was forgotten: open the Leaderboard again")
        chosen, title = choose(self.settings.results_dir, view, own or ()), event.row_value[0]
        found = (v for v in chosen.results.variants if name_of(v, self.entries) == title)
        variant = next(found, None)
        if variant is None:
            raise BenchError("expected a row of the table that is shown: click it again")
        return Cell(view, variant, _metric(chosen, event), serial=time.monotonic_ns())

    def next(self, cell: Cell | None) -> Cell | None:
        """Return the cell with its next pictures; after the last ones the first again."""
        if cell is None:
            return None
        place = (cell.place + 1) % MOST_CASES
        return replace(cell, place=place, serial=time.monotonic_ns())

    def show(self, cell: Cell | None, own: Sequence[Own]) -> Iterator[Updates]:
        """Show what stands behind a cell, its pictures as they are made."""
        if cell is None:  # forgotten after a while
            return
        try:
            yield from self._show(cell, own)
        except InpaintBenchError as error:
            warn(str(error))
            yield {self.head: ""}

    def _is_in(self, cell: Cell, view: View, own: Sequence[Own]) -> bool:
        """Return whether the table of a view shows the number of a cell."""
        chosen = choose(self.settings.results_dir, view, own or ())
        same = all(getattr(chosen.view, name) == getattr(cell.view, name) for name in _NUMBERS)
        keys = column_keys(chosen.results, chosen.view.metric, chosen.view.columns)
        return same and cell.metric in keys and cell.variant in chosen.results.variants

    def _show(self, cell: Cell, own: Sequence[Own]) -> Iterator[Updates]:
        chosen = choose(self.settings.results_dir, cell.view, own or ())
        results, bucket = chosen.results, cell.view.bucket
        found = find_cases(results, cell.variant, cell.metric, bucket, chosen.measures)
        cases = [_at(found[kind], cell.place) for kind in KINDS]
        title = name_of(cell.variant, self.entries)
        yield {
            self.head: markup.cell_head(results, title, cell.metric, bucket),
            **{
                text: self._text(chosen, kind, case, state=_WAITING)
                for text, kind, case in zip(self.texts, KINDS, cases, strict=True)
            },
            **dict.fromkeys(self.pictures, gr.update(value=None, visible=False)),
            self.following: f"Show the next ones ({cell.place + 1} of {MOST_CASES})",
            self.commands: markup.command_list(commands(results, cell.variant)),
        }
        told = ""
        for i, (kind, case) in enumerate(zip(KINDS, cases, strict=True)):
            if case is not None:
                picture, state = self._make(chosen, cell, case)
                state, told = ("No pictures, as above." if state == told else state), state
                update = {self.texts[i]: self._text(chosen, kind, case, picture, state)}
                if picture is not None:
                    shown = self._gallery(cell, picture, title)
                    update[self.pictures[i]] = gr.update(value=shown, visible=True)
                yield update

    def _make(self, chosen: Chosen, cell: Cell, case: Case) -> tuple[Picture | None, str]:
        """Return a case's pictures, or what is missing for them and how to get it."""
        entry = self.entries.get(cell.variant)
        if entry is not None and entry.missing:
            return None, f"No pictures: {entry.missing}"
        try:
            return make_picture(chosen.results, cell.variant, case, cell.metric, self.models), ""
        except InpaintBenchError as error:
            return None, f"No pictures: {error}"

    def _gallery(self, cell: Cell, picture: Picture, title: str) -> list[tuple[str, str]]:
        error = difference_picture(picture.result, picture.truth)
        shown = {
            "Input": hatched(picture.truth, picture.hole),
            title: picture.result,
            "Truth": picture.truth,
            "Error": error,
        }
        names = ("input", cell.variant, "truth", "error")
        return [
            (self.outbox.png(Path(name).name, pixels), caption)
            for name, (caption, pixels) in zip(names, shown.items(), strict=True)
        ]

    def _text(
        self,
        chosen: Chosen,
        kind: str,
        case: Case | None,
        picture: Picture | None = None,
        state: str = "",
    ) -> str:
        values = {}
        if case is not None:
            values = case_values(chosen.results, case.variant, case, chosen.measures)
        return markup.case_text(chosen.results, kind, case, values, picture=picture, state=state)


def build_cell(
    settings: Settings, entries: Mapping[str, Entry], outbox: Outbox, models: Models
) -> CellPanel:
    """Lay the panel out; the style sheet hides it until a cell is clicked."""
    with gr.Column(elem_id="cell", elem_classes="ib-panel"):
        state = gr.State(None, time_to_live=settings.session_seconds)
        head = gr.HTML(elem_id="cell-head")
        texts, pictures = zip(*(_build_case(kind) for kind in KINDS), strict=True)
        following = gr.Button("Show the next ones", size="sm", elem_id="next-cases")
        how = gr.HTML(elem_id="cell-commands")
    return CellPanel(
        settings, entries, outbox, models, state, head, texts, pictures, following, how
    )


def _build_case(kind: str) -> tuple[gr.HTML, gr.Gallery]:
    text = gr.HTML(elem_classes="ib-case")
    gallery = gr.Gallery(
        visible=False,
        interactive=False,
        show_label=False,
        container=False,
        columns=4,
        rows=1,
        height="auto",
        object_fit="contain",
        format="png",
        buttons=["fullscreen", "download"],
        elem_id=f"case-{kind}",
        elem_classes=["ib-pictures", "ib-case-pictures"],
    )
    return text, gallery


def _metric(chosen: Chosen, event: gr.SelectData) -> str:
    """Return the metric of the column that was clicked."""
    view = chosen.view
    key = column_keys(chosen.results, view.metric, view.columns)[event.index[1]]
    return key if key in chosen.results.measures else view.metric


def _at(cases: Sequence[Case], place: int) -> Case | None:
    """Return one of the cases; where there are fewer, the last one."""
    return cases[min(place, len(cases) - 1)] if cases else None
