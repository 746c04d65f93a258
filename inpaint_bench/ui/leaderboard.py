"""Published results as a table and a plot: what is averaged, over how many, and which is best.

Every number is a mean of the records' own values; nothing is computed from pictures here.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from inpaint_bench.bench.statistics import Estimate
from inpaint_bench.bench.tables import ALL_BUCKETS, Column, make_table
from inpaint_bench.ui.catalogue import Entry
from inpaint_bench.ui.published import SECONDS, Published

if TYPE_CHECKING:
    import plotly.graph_objects as go

__all__ = ["ALL_BUCKETS", "Leaderboard", "line_plot", "make_leaderboard"]

_DASH = "–"
_FIRST, _LAST = ("Model", "N"), ("Time ↓ (s)", "Origin")
_BEST = "font-weight: 750; color: var(--ib-best)"
_FLOOR = "mean_colour"
# Okabe and Ito's colours for colour-blind readers (without yellow, lost on white) and grey.
_COLOURS = (
    "#0072b2",
    "#d55e00",
    "#009e73",
    "#cc79a7",
    "#e69f00",
    "#56b4e9",
    "#7a6a53",
    "#8a8f98",
)
_DASHES = ("solid", "dash", "dot", "dashdot", "longdash")
_SYMBOLS = ("circle", "square", "diamond", "cross", "x", "triangle-up", "star", "hexagon")


@dataclass(frozen=True)
class Leaderboard:
    """A table as the page shows it, with what has to be said about it.

    Attributes:
        headers: with the direction in which a value is better, and the unit.
        rows: raw values, so that sorting is by number; None where there is none.
        display: the same as text.
        styling: CSS of each cell; the best of a column stands out.
        remarks: lines on what is averaged, on empty columns and on failures.
    """

    headers: list[str]
    rows: list[list[Any]]
    display: list[list[str]]
    styling: list[list[str]]
    remarks: list[str]

    @property
    def value(self) -> dict[str, Any]:
        """The value of a `gr.Dataframe`."""
        return {
            "headers": self.headers,
            "data": self.rows,
            "metadata": {"display_value": self.display, "styling": self.styling},
        }


def make_leaderboard(
    results: Published, bucket: str, sort_by: str, entries: Mapping[str, Entry]
) -> Leaderboard:
    """Average the records of a bucket by variant, the best first and the chosen metric first.

    Args:
        bucket: one of `results.buckets`, or `ALL_BUCKETS`.
        sort_by: name of a metric.
        entries: what is known of the variants; others are shown by their name.
    """
    keys = [sort_by, *(name for name in results.measures if name != sort_by), SECONDS]
    cells = {
        (variant, key): results.estimate(key, variant, bucket)
        for variant in results.variants
        if len(results.rows(variant, bucket))
        for key in keys
    }
    columns = [_column(results, key, cells) for key in keys]
    variants = list(dict.fromkeys(variant for variant, _ in cells))
    best = make_table(variants, columns, cells).best
    sign = -1.0 if results.measures[sort_by].higher_is_better else 1.0
    variants.sort(key=lambda v: _rank(sign * cells[v, sort_by].mean))
    rows, display, styling = [], [], []
    for variant in variants:
        title, origin = _names(variant, entries)
        found = [cells[variant, column.key] for column in columns]
        n = max(estimate.n for estimate in found)
        shown = [_shown(e, column.digits, n) for e, column in zip(found, columns, strict=True)]
        marks = [_BEST if (variant, column.key) in best else "" for column in columns]
        rows.append([title, n, *(_number(estimate.mean) for estimate in found), origin])
        display.append([title, str(n), *shown, origin])
        styling.append(["", "", *marks, ""])
    headings = [results.measures[column.key].heading for column in columns[:-1]]
    remarks = _remarks(results, bucket, cells)
    return Leaderboard([*_FIRST, *headings, *_LAST], rows, display, styling, remarks)


def line_plot(results: Published, metric: str, entries: Mapping[str, Entry]) -> go.Figure:
    """Plot a metric over the mask ratio, one line a variant.

    The mean colour's line waits in the legend: it is so far off that the others would lie on
    each other.
    """
    import plotly.graph_objects as go

    buckets = results.buckets
    figure = go.Figure()
    for index, variant in enumerate(_known_first(results.variants, entries)):
        found = [results.estimate(metric, variant, bucket) for bucket in buckets]
        title = _names(variant, entries)[0]
        style = {
            "color": _COLOURS[index % len(_COLOURS)],
            "dash": _DASHES[index % len(_DASHES)],
            "width": 2.5,
        }
        trace = go.Scatter(
            x=buckets,
            y=[_number(estimate.mean) for estimate in found],
            customdata=[[estimate.n] for estimate in found],
            name=title,
            visible="legendonly" if variant == _FLOOR else True,
            mode="lines+markers",
            line=style,
            marker={"symbol": _SYMBOLS[index % len(_SYMBOLS)], "size": 8},
            hovertemplate=f"{title}<br>%{{x}}: %{{y:.4g}}, N = %{{customdata[0]}}<extra></extra>",
        )
        figure.add_trace(trace)
    return _laid_out(figure, results.measures[metric].heading)


def _laid_out(figure: go.Figure, heading: str) -> go.Figure:
    clear, grid = "rgba(0,0,0,0)", "rgba(128,138,156,0.28)"
    axis = {
        "gridcolor": grid,
        "linecolor": grid,
        "zeroline": False,
        "automargin": True,
        "fixedrange": True,
    }
    small = {"size": 13}
    return figure.update_layout(
        template="none",
        paper_bgcolor=clear,
        plot_bgcolor=clear,
        height=460,
        margin={"l": 10, "r": 14, "t": 18, "b": 10},
        font={"family": "system-ui, sans-serif", "size": 13},
        xaxis={**axis, "title": {"text": "missing pixels", "font": small}, "type": "category"},
        yaxis={**axis, "title": {"text": heading, "font": small}},
        legend={"orientation": "h", "yanchor": "top", "y": -0.2, "x": 0},
        hovermode="closest",
    )


def _column(results: Published, key: str, cells: Mapping[tuple[str, str], Estimate]) -> Column:
    """Return how a column is shown: small numbers with more digits."""
    if key == SECONDS:
        return Column(key, "Time", False, digits=3)
    means = [abs(e.mean) for (_, k), e in cells.items() if k == key and not math.isnan(e.mean)]
    measure = results.measures[key]
    digits = 2 if max(means, default=0.0) >= 1.0 else 4
    return Column(key, measure.title, measure.higher_is_better, digits=digits)


def _remarks(
    results: Published, bucket: str, cells: Mapping[tuple[str, str], Estimate]
) -> list[str]:
    where = "all buckets" if bucket == ALL_BUCKETS else f"the bucket {bucket}"
    size = f" at {results.size} × {results.size} pixels" if results.size else ""
    remarks = [
        f"Means over the N masked photographs of {results.test_set}{size} in {where}, time as "
        "the median; another N stands behind its value. Bold: best of its column."
    ]
    for measure in results.measures.values():
        found = [e for (_, key), e in cells.items() if key == measure.name]
        if all(math.isnan(estimate.mean) for estimate in found):
            why = measure.empty or "no value was published for this choice"
            remarks.append(f"{measure.title} is empty: {why}")
    remarks += results.caveats
    for variant in dict.fromkeys(variant for variant, _ in cells):
        rows = results.rows(variant, bucket)
        errors = rows.loc[rows["error"] != "", "error"]
        if len(errors):
            remarks.append(f"{variant} failed on {len(errors)} of {len(rows)}: {errors.iloc[0]}")
    return remarks


def _rank(value: float) -> tuple[bool, float]:
    return math.isnan(value), value


def _names(variant: str, entries: Mapping[str, Entry]) -> tuple[str, str]:
    if variant not in entries:
        return variant, "other"
    return entries[variant].title, entries[variant].variant.provenance


def _known_first(variants: Sequence[str], entries: Mapping[str, Entry]) -> list[str]:
    known = [name for name in entries if name in variants]
    return known + [name for name in variants if name not in known]


def _number(value: float) -> float | None:
    return None if math.isnan(value) else round(float(value), 6)


def _shown(estimate: Estimate, digits: int, usual: int) -> str:
    if math.isnan(estimate.mean):
        return _DASH
    text = f"{estimate.mean:.{digits}f}"
    return text if estimate.n == usual else f"{text} ({estimate.n})"
