"""The tables of a report's page."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape

from inpaint_bench.bench.contents import (
    agreement_rows,
    bucket_contents,
    bucket_rankings,
    overview_contents,
    overview_rankings,
    stage_rows,
)
from inpaint_bench.bench.ranking import Ranking
from inpaint_bench.bench.reported import Reported
from inpaint_bench.bench.summary import Summary
from inpaint_bench.bench.tables import Column, Table
from inpaint_bench.bench.words import (
    AGREEMENT,
    direction,
    interval_words,
    ranked_words,
    short_name,
)

__all__ = ["agreement_table", "bucket_table", "overview_table", "reported_table", "stage_table"]

_ARROWS = {True: " ↑", False: " ↓", None: ""}


def overview_table(summary: Summary) -> str:
    """Return one table of all metrics over all holes."""
    table, rankings = overview_contents(summary), overview_rankings(summary)
    words = (
        f"Mean (N) over all hole ratios of {short_name(summary, code='')}; best in bold, raised: "
        f"rank. {ranked_words(summary, next(iter(rankings), ''))}"
    )
    return f"<p class='soft'>{escape(words)}</p>{_table(table, rankings)}"


def bucket_table(summary: Summary, metric: str) -> str:
    """Return one metric by bucket."""
    about = summary.metrics[metric]
    why = f" Empty: {summary.empty[metric]}" if metric in summary.empty else ""
    words = (
        f"{about['definition']}. {direction(about)}. Mean (N) on {short_name(summary, code='')}, "
        f"best in bold, raised: rank{interval_words(about)}. {ranked_words(summary, metric)}{why}"
    )
    if why:
        return f"<p class='soft'>{escape(words)}</p>"
    table, rankings = bucket_contents(summary, metric), bucket_rankings(summary, metric)
    return f"<p class='soft'>{escape(words)}</p>{_table(table, rankings)}"


def stage_table(summary: Summary) -> str:
    """Return what later stages made of earlier ones; nothing where none were measured."""
    if not summary.refinements:
        return ""
    words = (
        f"Mean (N) of an earlier stage and of the finished picture on "
        f"{short_name(summary, code='')}, both composited, and the share of masked photographs "
        "that later stages made worse."
    )
    head = ["method", "stage", "metric", "at that stage", "finished", "made worse"]
    return f"<h3>Stages</h3><p class='soft'>{escape(words)}</p>{_plain(head, stage_rows(summary))}"


def agreement_table(summary: Summary) -> str:
    """Return the rank correlations of the metrics."""
    rows = [[f"{one} and {other}", *cells] for one, other, *cells in agreement_rows(summary)]
    head = ["metrics", "over methods", "over pictures"]
    return f"<p class='soft'>{escape(AGREEMENT)}</p>{_plain(head, rows)}"


def reported_table(one: Reported) -> str:
    """Return the numbers of a paper."""
    rows = [
        [method, *(one.cell(method, index) for index in range(len(one.columns)))]
        for method in one.rows
    ]
    title = f"<h3 style='margin-top:0'>{escape(one.title)}</h3>"
    table = _plain(["method", *one.columns], rows)
    return f"{title}<p class='soft'>{escape(one.words)}</p>{table}"


def _table(table: Table, rankings: Mapping[str, Ranking]) -> str:
    head = "".join(
        f"<th>{escape(c.title)}{_ARROWS[c.higher_is_better]}</th>" for c in table.columns
    )
    rows = []
    for row in table.rows:
        cells = "".join(_cell(table, row, column, rankings) for column in table.columns)
        rows.append(f"<tr><td>{escape(row)}</td>{cells}</tr>")
    return (
        f'<div class="scroll"><table><thead><tr><th>method</th>{head}</tr></thead><tbody>'
        f"{''.join(rows)}</tbody></table></div>"
    )


def _cell(table: Table, row: str, column: Column, rankings: Mapping[str, Ranking]) -> str:
    cell = table.cells.get((row, column.key))
    if cell is None or math.isnan(cell.mean):
        return "<td>—</td>"
    text = f"{cell.mean:.{column.digits}f}"
    if column.interval and not math.isnan(cell.low):
        text += f" [{cell.low:.{column.digits}f}, {cell.high:.{column.digits}f}]"
    ranking = rankings.get(column.key)
    place = ranking.label(row) if ranking is not None and len(ranking.order) > 1 else ""
    best = ' class="best"' if (row, column.key) in table.best else ""
    best = ' class="grey"' if column.is_grey(cell) else best
    raised = f"<sup>{place}</sup>" if place else ""
    return f"<td{best}>{text}{raised} <small>({cell.n})</small></td>"


def _plain(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    top = "".join(f"<th>{escape(text)}</th>" for text in head)
    body = "".join(
        f"<tr>{''.join(f'<td>{escape(text)}</td>' for text in row)}</tr>" for row in rows
    )
    return (
        f'<div class="scroll"><table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>'
        "</div>"
    )
