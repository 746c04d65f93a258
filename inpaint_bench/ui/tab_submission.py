"""The part of the Leaderboard where a visitor's own results get a row, for this session alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from inpaint_bench.errors import InpaintBenchError
from inpaint_bench.ui import leaderboard_markup as markup
from inpaint_bench.ui.guard import warn
from inpaint_bench.ui.leaderboard_choice import choose
from inpaint_bench.ui.leaderboard_link import View
from inpaint_bench.ui.published import Own
from inpaint_bench.ui.settings import Settings
from inpaint_bench.ui.submissions import Limits, measure_zip

__all__ = ["SubmissionPanel", "build_submission"]

_MOST_ROWS = 5
_ZIPS_AT_ONCE = 1
_LIMITS = Limits()
Updates = dict[Any, Any]


@dataclass(frozen=True, eq=False)
class SubmissionPanel:
    """The components; its methods return what to change on the page.

    Attributes:
        own: state that holds the visitor's rows.
        how: what to do, for the chosen test set.
        status: how far the measuring is.
    """

    settings: Settings
    own: gr.State
    how: gr.HTML
    archive: gr.File
    name: gr.Textbox
    start: gr.Button
    stop: gr.Button
    status: gr.HTML

    def wire(self, view: gr.State) -> Any:
        """Wire start and stop; return the event after which the table has to be shown again."""
        inputs = [view, self.own, self.archive, self.name]
        measured = self.start.click(
            self.measure,
            inputs,
            [self.own, self.status, self.start, self.stop],
            api_visibility="private",
            show_progress="hidden",
            concurrency_limit=_ZIPS_AT_ONCE,
            concurrency_id="submissions",
        )
        self.stop.click(
            self.stopped,
            None,
            [self.status, self.start, self.stop],
            cancels=[measured],
            api_visibility="private",
            show_progress="hidden",
            concurrency_limit=None,
        )
        return measured

    def measure(
        self, view: View | None, own: Sequence[Own], archive: str | None, name: str | None
    ) -> Iterator[Updates]:
        """Measure the uploaded zip on the chosen test set, and keep its row for this visitor."""
        own = tuple(own or ())
        try:
            yield from self._measure(view, own, archive, (name or "").strip())
        except InpaintBenchError as error:
            warn(str(error))
            yield {self.status: markup.notes([str(error)]), **self._buttons(working=False)}

    def stopped(self) -> Updates:
        """Say that nothing more will come."""
        return {self.status: markup.notes(["Stopped."]), **self._buttons(working=False)}

    def _measure(
        self, view: View | None, own: tuple[Own, ...], archive: str | None, name: str
    ) -> Iterator[Updates]:
        if archive is None or view is None:
            raise InpaintBenchError("expected a zip of results, got none: upload it first")
        if len(own) >= _MOST_ROWS:
            raise InpaintBenchError(
                f"expected at most {_MOST_ROWS} rows in a session: reload the page to begin again"
            )
        results = choose(self.settings.results_dir, view, own).results
        yield self._buttons(working=True)
        for found in measure_zip(Path(archive), name, results, limits=_LIMITS):
            if isinstance(found, Own):
                said = [f"{found.name} has a row in the table above.", found.remark]
                yield {
                    self.own: (*own, found),
                    self.status: markup.notes(said),
                    **self._buttons(working=False),
                }
            else:
                yield {self.status: markup.submission_line(found)}

    def _buttons(self, *, working: bool) -> Mapping[Any, Any]:
        return {
            self.start: gr.update(interactive=not working),
            self.stop: gr.update(interactive=working),
        }


def build_submission(settings: Settings) -> SubmissionPanel:
    """Lay the panel out."""
    own = gr.State((), time_to_live=settings.session_seconds)
    with gr.Accordion("Add my method", open=False, elem_id="add-method"):
        how = gr.HTML(elem_classes="ib-how")
        with gr.Row(elem_classes="ib-filters"):
            archive = gr.File(
                label=f"Zip of results, up to {settings.max_upload_mb} MB",
                file_types=[".zip"],
                height=120,
                elem_id="own-zip",
                min_width=240,
            )
            with gr.Column(min_width=240):
                name = gr.Textbox(
                    label="Name of the row",
                    placeholder="my_method",
                    max_length=60,
                    elem_id="own-name",
                )
                with gr.Row():
                    start = gr.Button("Measure", variant="primary", elem_id="own-start")
                    stop = gr.Button("Stop", interactive=False, elem_id="own-stop")
        status = gr.HTML(elem_id="own-status")
    return SubmissionPanel(settings, own, how, archive, name, start, stop, status)
