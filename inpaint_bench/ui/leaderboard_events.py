"""What happens on the Leaderboard page: plain methods from what was chosen to what is shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import gradio as gr

from inpaint_bench.errors import BenchError, InpaintBenchError
from inpaint_bench.ui import leaderboard_markup as markup
from inpaint_bench.ui.catalogue import Entry
from inpaint_bench.ui.guard import warn
from inpaint_bench.ui.leaderboard import make_leaderboard
from inpaint_bench.ui.leaderboard_answer import answer
from inpaint_bench.ui.leaderboard_cases import open_set
from inpaint_bench.ui.leaderboard_choice import Chosen, choose, suites_with
from inpaint_bench.ui.leaderboard_files import FORMATS, table_file
from inpaint_bench.ui.leaderboard_link import View, read_view, view_query
from inpaint_bench.ui.leaderboard_plots import draw_plot, plot_words
from inpaint_bench.ui.outbox import Outbox
from inpaint_bench.ui.published import Own, Published, published_sets
from inpaint_bench.ui.settings import Settings

__all__ = ["CONTROLS", "VIEWS", "LeaderboardEvents"]

# Components in the order of inputs and outputs.
CONTROLS = tuple(field.name for field in fields(View))
VIEWS = (
    "view",
    "answer",
    "table",
    "remarks",
    "plot",
    "plot_words",
    "conventions",
    "reported",
    "how_to_add",
    "link",
)


@dataclass(frozen=True, eq=False)
class LeaderboardEvents:
    """The page's events; nothing of a visitor is kept here.

    Attributes:
        entries: what is known of variants, by name.
        outbox: where files for browsers are written.
    """

    settings: Settings
    entries: Mapping[str, Entry]
    outbox: Outbox

    def opened(self, own: Sequence[Own], view: View | None) -> tuple[Any, ...]:
        """Read what is published and show it, or how to publish something.

        Args:
            own: rows of the visitor.
            view: what was shown before; None at first.

        Returns:
            Values of: help, box, `CONTROLS`, `VIEWS`.
        """
        if not published_sets(self.settings.results_dir):
            nothing = [gr.skip()] * (len(CONTROLS) + len(VIEWS))
            return (gr.update(visible=True), gr.update(visible=False), *nothing)
        shown = self._show(self._choose(view or View(), own))
        return (gr.update(visible=False), gr.update(visible=True), *shown)

    def selected(self, own: Sequence[Own], view: View | None) -> Any:
        """Open the page when its tab is; leave as it is what is shown already.

        The answer of a link selects the tab too: by then the visitor may have chosen otherwise.

        Returns:
            Values of: help, box, `CONTROLS`, `VIEWS`.
        """
        return self.opened(own, None) if view is None else gr.skip()

    def linked(self, request: gr.Request) -> Any:
        """Open the page with the view of a link; leave everything as it is without one.

        Returns:
            Values of: tabs, help, box, `CONTROLS`, `VIEWS`.
        """
        asked = read_view(dict(request.query_params))
        if asked is None:
            return gr.skip()
        if published_sets(self.settings.results_dir):
            unknown = self._choose(asked, ()).unknown
            if unknown:
                warn(f"this link asks for what is not published here: {', '.join(unknown)}")
        return (gr.update(selected="leaderboard"), *self.opened((), asked))

    def shown(self, before: View | None, own: Sequence[Own], *choices: Any) -> tuple[Any, ...]:
        """Show what is chosen; the first of its kind where that does not exist.

        Args:
            before: what was shown; with another suite come its columns.
            own: rows of the visitor.
            choices: values of `CONTROLS`.

        Returns:
            Values of: `CONTROLS`, `VIEWS`.
        """
        asked = _asked(choices)
        if before is not None and asked.suite != before.suite:
            asked = replace(asked, columns=None, test_set="")
        found = self._show(self._choose(asked, own))
        controls = map(_unless_same, found, choices)  # as many as there are choices
        return (*controls, *found[len(CONTROLS) :])

    def save(self, form: str, view: View | None, own: Sequence[Own]) -> str:
        """Return the path of the chosen metrics by bucket as a file.

        Args:
            form: one of `leaderboard_files.FORMATS`.
        """
        chosen = self._choose(_need(view), own)
        text = table_file(chosen.results, chosen.measures, form)
        return self.outbox.put(f"{chosen.view.test_set}.{FORMATS[form]}", text.encode("utf-8"))

    def _choose(self, asked: View, own: Sequence[Own]) -> Chosen:
        return choose(self.settings.results_dir, asked, own or ())

    def _show(self, chosen: Chosen) -> tuple[Any, ...]:
        """Return values of: `CONTROLS`, `VIEWS`."""
        view, results = chosen.view, chosen.results
        board = make_leaderboard(
            results,
            view.bucket,
            view.metric,
            self.entries,
            columns=view.columns,
            intervals=view.intervals,
        )
        measures = [results.measures[name] for name in chosen.measures]
        return (
            gr.update(choices=chosen.suites, value=view.suite),
            gr.update(choices=chosen.masks, value=view.masks),
            gr.update(choices=chosen.test_sets, value=view.test_set),
            gr.update(choices=chosen.buckets, value=view.bucket),
            gr.update(choices=chosen.metrics, value=view.metric),
            gr.update(choices=chosen.precisions, value=view.precision),
            gr.update(choices=chosen.columns, value=list(view.columns or ())),
            view.intervals,
            view.plot,
            view,
            answer(results, view.metric, view.bucket, self.entries),
            board.value,
            markup.notes(board.remarks),
            *self._plot(chosen),
            markup.conventions(measures),
            markup.reported(self._reported(view)),
            self._how_to_add(results),
            markup.link_line(view_query(view)),
        )

    def _plot(self, chosen: Chosen) -> tuple[Any, str]:
        view = chosen.view
        figure = draw_plot(
            view.plot, chosen.results, view.metric, view.bucket, self.entries, chosen.measures
        )
        return figure, markup.notes([plot_words(view.plot, chosen.results, view.bucket)])

    def _reported(self, view: View) -> list[Any]:
        """Return what papers report on the tables that the test set belongs to."""
        found = [s for s in suites_with([view.test_set]) if view.suite in ("", s.name)]
        return [table for suite in found for table in suite.reported]

    def _how_to_add(self, results: Published) -> str:
        try:
            reader = open_set(results)
        except InpaintBenchError as error:
            from inpaint_bench.data import list_test_sets, load_test_set

            there = results.test_set in list_test_sets()
            test_set = load_test_set(results.test_set) if there else None
            return markup.how_to_add(
                test_set, results.test_set, f"Uploads cannot be measured here: {error}."
            )
        return markup.how_to_add(reader.test_set, results.test_set)


def _asked(choices: Sequence[Any]) -> View:
    """Return the view of values of `CONTROLS`."""
    said = dict(zip(CONTROLS, choices, strict=True))
    columns = said.pop("columns")
    intervals = bool(said.pop("intervals"))
    texts = {name: value or "" for name, value in said.items()}
    return View(**texts, columns=None if columns is None else tuple(columns), intervals=intervals)


def _unless_same(update: Any, value: Any) -> Any:
    """Return what changes in a control that has `value`, which another choice may since replace."""
    if isinstance(update, dict) and update.get("value") == value:
        return {key: kept for key, kept in update.items() if key != "value"}
    return gr.skip() if update == value else update


def _need(view: View | None) -> View:
    if view is None:
        raise BenchError("expected a table, and there is none yet: open the Leaderboard again")
    return view
