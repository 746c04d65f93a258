"""The Leaderboard page: which method for which hole, whether that is significant, and what stands
behind every number."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import gradio as gr

from inpaint_bench.ui.catalogue import Entry
from inpaint_bench.ui.guard import on
from inpaint_bench.ui.leaderboard_cells import CellPanel, build_cell
from inpaint_bench.ui.leaderboard_events import LeaderboardEvents
from inpaint_bench.ui.leaderboard_plots import PLOTS
from inpaint_bench.ui.outbox import Outbox
from inpaint_bench.ui.settings import Settings
from inpaint_bench.ui.tab_submission import SubmissionPanel, build_submission
from inpaint_bench.ui.workshop import Models

__all__ = ["build_leaderboard"]

_HOW_TO_FILL = """
### No results are published here yet

Measure every model on a frozen test set and publish what came out:

```
python -m inpaint_bench run --suite published --models all --out runs/published
python -m inpaint_bench publish runs/published
```

`--suite quick` needs no data set and no internet: it runs on scikit-image's own photographs.
Then reload this page.
"""
# What only a browser can do once the server has answered.
_SAVE = "() => window.inpaintBench.save('#lb-file')"
_COPY = (
    "() => { const link = document.querySelector('#lb-link a');"
    " if (link && navigator.clipboard) navigator.clipboard.writeText(link.href).then("
    " () => link.parentElement.classList.add('is-copied'),"
    " (error) => console.info('the link was not copied:', error.message)); }"
)


@dataclass(frozen=True, eq=False)
class _Controls:
    """What can be chosen, in the order of `leaderboard_events.CONTROLS`."""

    suite: gr.Dropdown
    masks: gr.Dropdown
    test_set: gr.Dropdown
    bucket: gr.Radio
    metric: gr.Dropdown
    precision: gr.Dropdown
    columns: gr.Dropdown
    intervals: gr.Checkbox
    plot: gr.Radio

    @property
    def all(self) -> list[Any]:
        """Every one of them, as inputs or outputs."""
        return list(vars(self).values())


@dataclass(frozen=True, eq=False)
class _Views:
    """What is shown, in the order of `leaderboard_events.VIEWS`."""

    view: gr.State
    answer: gr.HTML
    table: gr.Dataframe
    remarks: gr.HTML
    plot: gr.Plot
    plot_words: gr.HTML
    conventions: gr.HTML
    reported: gr.HTML
    how_to_add: gr.HTML
    link: gr.HTML

    @property
    def all(self) -> list[Any]:
        """Every one of them, as outputs."""
        return list(vars(self).values())


@dataclass(frozen=True, eq=False)
class _Saving:
    """The buttons that take something away."""

    csv: gr.Button
    latex: gr.Button
    copy: gr.Button
    file: gr.DownloadButton


def build_leaderboard(
    settings: Settings,
    entries: list[Entry],
    tab: gr.Tab,
    *,
    models: Models,
    outbox: Outbox,
    page: gr.Blocks,
    tabs: gr.Tabs,
) -> None:
    """Lay the page out and wire it; nothing is read before it is looked at.

    Args:
        entries: every variant.
        tab: the page's own.
        models: make the pictures behind a number.
        outbox: where files for browsers are written.
        page: the app, for links that open it here.
        tabs: likewise.
    """
    known = {entry.name: entry for entry in entries}
    empty = gr.Markdown(_HOW_TO_FILL, visible=False, elem_id="no-results")
    with gr.Column(visible=False, elem_id="board") as box:
        controls, views, saving, cell, submission = _build(settings, known, models, outbox)
    events = LeaderboardEvents(settings, known, outbox)
    everything = [empty, box, *controls.all, *views.all]
    on(page.load, events.linked, None, [tabs, *everything])
    on(tab.select, events.selected, [submission.own, views.view], everything)
    shown = [*controls.all, *views.all]
    chosen = [views.view, submission.own, *controls.all]
    # One event for all of them: of two choices made quickly the second waits for the first.
    choosing = partial(gr.on, [control.input for control in controls.all])
    on(choosing, events.shown, chosen, shown)
    now = [views.view, submission.own]
    for form, button in (("csv", saving.csv), ("latex", saving.latex)):
        saved = on(button.click, partial(events.save, form), now, saving.file, clears=True)
        saved.success(js=_SAVE)
    saving.copy.click(None, js=_COPY, api_visibility="private")
    cell.wire(views.table, views.view, submission.own)
    on(submission.wire(views.view).success, events.shown, chosen, shown)


def _build(
    settings: Settings, entries: dict[str, Entry], models: Models, outbox: Outbox
) -> tuple[_Controls, _Views, _Saving, CellPanel, SubmissionPanel]:
    """Lay out everything that is there once something is published."""
    view = gr.State(None, time_to_live=settings.session_seconds)
    with gr.Column(elem_classes="ib-panel ib-filters"):
        with gr.Row():
            test_set = gr.Dropdown([], label="Pictures", elem_id="test-set", min_width=220)
            metric = gr.Dropdown([], label="Judged by", elem_id="metric", min_width=180)
        bucket = gr.Radio([], label="Missing pixels", elem_id="lb-bucket")
        with (
            gr.Accordion("Suite, mask type, precision", open=False, elem_id="narrow"),
            gr.Row(),
        ):
            suite = gr.Dropdown([], label="Suite", elem_id="suite", min_width=220)
            masks = gr.Dropdown([], label="Mask type", elem_id="masks", min_width=150)
            precision = gr.Dropdown([], label="Precision", elem_id="precision", min_width=120)
    answer = gr.HTML(elem_id="answer")
    table, remarks, columns, intervals, saving, link = _build_table()
    cell = build_cell(settings, entries, outbox, models)
    with gr.Column(elem_classes="ib-panel"):
        titles = [(title, key) for key, title in PLOTS.items()]
        plot = gr.Radio(titles, show_label=False, label="Plot", container=False, elem_id="lb-plot")
        drawn = gr.Plot(label="Plot", show_label=False, elem_id="ratio-plot")
        words = gr.HTML(elem_id="plot-words")
    with gr.Accordion("What each metric is, and where it comes from", open=False):
        conventions = gr.HTML(elem_id="convention")
    with gr.Accordion("What papers report (not measured here, not ranked)", open=False):
        reported = gr.HTML(elem_id="reported")
    submission = build_submission(settings)
    return (
        _Controls(suite, masks, test_set, bucket, metric, precision, columns, intervals, plot),
        _Views(
            view, answer, table, remarks, drawn, words, conventions, reported, submission.how, link
        ),
        saving,
        cell,
        submission,
    )


def _build_table() -> tuple[gr.Dataframe, gr.HTML, gr.Dropdown, gr.Checkbox, _Saving, gr.HTML]:
    """Lay out the table with what changes it and takes it away."""
    with gr.Column(elem_classes="ib-panel"):
        with gr.Row(elem_classes="ib-table-tools"):
            gr.HTML("<h2>All methods</h2>")
            link = gr.HTML(elem_id="lb-link")
            copy = gr.Button("Copy link", size="sm", scale=0, min_width=90, elem_id="lb-copy")
            csv = gr.Button("CSV", size="sm", scale=0, min_width=70, elem_id="save-csv")
            latex = gr.Button("LaTeX", size="sm", scale=0, min_width=70, elem_id="save-latex")
        file = gr.DownloadButton("File", elem_id="lb-file", visible="hidden")
        with gr.Accordion("Choose columns, intervals", open=False, elem_id="lb-columns"):
            columns = gr.Dropdown([], label="Columns", multiselect=True, elem_id="columns")
            intervals = gr.Checkbox(
                label="95 % intervals and ranks in every column",
                container=False,
                elem_id="intervals",
            )
        gr.HTML('<p class="ib-note">Click a number to see the pictures behind it.</p>')
        table = gr.Dataframe(
            interactive=False,
            show_search="search",
            pinned_columns=1,
            max_height=620,
            buttons=["copy", "fullscreen"],
            label="Results",
            show_label=False,
            elem_id="leaderboard",
        )
        remarks = gr.HTML(elem_id="remarks")
    return table, remarks, columns, intervals, _Saving(csv, latex, copy, file), link
