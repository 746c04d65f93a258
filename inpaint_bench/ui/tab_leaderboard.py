"""The Leaderboard page: published results by test set, mask bucket and metric."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from html import escape
from typing import Any

import gradio as gr

from inpaint_bench.ui.catalogue import Entry
from inpaint_bench.ui.guard import on
from inpaint_bench.ui.leaderboard import ALL_BUCKETS, line_plot, make_leaderboard
from inpaint_bench.ui.published import published_sets, read_published
from inpaint_bench.ui.settings import Settings

__all__ = ["build_leaderboard", "opened", "shown"]

_FIRST_METRIC = "l1_hole"
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


def build_leaderboard(settings: Settings, entries: list[Entry], tab: gr.Tab) -> None:
    """Lay the page out and wire it; nothing is read before it is looked at."""
    known = {entry.name: entry for entry in entries}
    empty = gr.Markdown(_HOW_TO_FILL, visible=False, elem_id="no-results")
    with gr.Column(visible=False) as box:
        with gr.Row(elem_classes="ib-panel ib-filters"):
            test_set = gr.Dropdown([], label="Test set", elem_id="test-set", min_width=160)
            bucket = gr.Dropdown([], label="Missing pixels", elem_id="lb-bucket", min_width=160)
            metric = gr.Dropdown(
                [], label="Metric to rank and plot", elem_id="metric", min_width=160
            )
        words = gr.HTML(elem_id="convention")
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
        plot = gr.Plot(label="Metric over mask ratio", show_label=False, elem_id="ratio-plot")

    filters = [test_set, bucket, metric]
    views = [words, table, remarks, plot]
    on(tab.select, partial(opened, settings, known), filters, [empty, box, *filters, *views])
    for control in filters:
        on(control.input, partial(shown, settings, known), filters, [bucket, metric, *views])


def opened(
    settings: Settings,
    entries: Mapping[str, Entry],
    test_set: str | None,
    bucket: str | None,
    metric: str | None,
) -> tuple[Any, ...]:
    """Read what is published and show it, or how to publish something.

    Choices that the visitor has made are kept where they still exist.

    Returns:
        Values of: help, box, test set, bucket, metric, convention, table, remarks, plot.
    """
    test_sets = published_sets(settings.results_dir)
    if not test_sets:
        return (gr.update(visible=True), gr.update(visible=False), *[gr.skip()] * 7)
    test_set = test_set if test_set in test_sets else test_sets[0]
    views = shown(settings, entries, test_set, bucket, metric)
    return (
        gr.update(visible=False),
        gr.update(visible=True),
        gr.update(choices=test_sets, value=test_set),
        *views,
    )


def shown(
    settings: Settings,
    entries: Mapping[str, Entry],
    test_set: str,
    bucket: str | None,
    metric: str | None,
) -> tuple[Any, ...]:
    """Show one test set, bucket and metric; the first ones where these do not exist in it.

    Returns:
        Values of: bucket, metric, convention, table, remarks, plot.
    """
    results = read_published(settings.results_dir, test_set)
    buckets, measures = results.buckets, results.measures
    bucket = bucket if bucket in buckets else ALL_BUCKETS
    if metric not in measures:
        metric = _FIRST_METRIC if _FIRST_METRIC in measures else next(iter(measures))
    board = make_leaderboard(results, bucket, metric, entries)
    headings = [(measure.heading, name) for name, measure in measures.items()]
    return (
        gr.update(choices=[("all buckets", ALL_BUCKETS), *buckets], value=bucket),
        gr.update(choices=headings, value=metric),
        f'<p class="ib-convention">{escape(measures[metric].convention)}</p>',
        board.value,
        "".join(f'<p class="ib-note">{escape(remark)}</p>' for remark in board.remarks),
        line_plot(results, metric, entries),
    )
