"""The plots of the Leaderboard: a metric over the mask ratio, over time, by picture, and how far
the metrics agree."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from inpaint_bench.bench.statistics import CONFIDENCE, Estimate
from inpaint_bench.ui.catalogue import Entry, count_parameters
from inpaint_bench.ui.leaderboard import bucket_words, name_of
from inpaint_bench.ui.published import SECONDS, Published

if TYPE_CHECKING:
    import plotly.graph_objects as go

__all__ = ["PLOTS", "draw_plot", "line_plot", "plot_words"]

PLOTS = {
    "ratio": "Over missing pixels",
    "time": "Quality over time",
    "agreement": "Do metrics agree?",
    "spread": "By picture",
}
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
_CLEAR, _GRID = "rgba(0,0,0,0)", "rgba(128,138,156,0.28)"
_MOST_LINES = 7
_MOST_METRICS = 10  # in a square of correlations that can still be read on a phone
_WHISKERS = (0.05, 0.25, 0.5, 0.75, 0.95)


def draw_plot(
    kind: str,
    results: Published,
    metric: str,
    bucket: str,
    entries: Mapping[str, Entry],
    measures: Sequence[str],
) -> go.Figure:
    """Return one of `PLOTS`.

    Args:
        measures: metrics whose agreement is asked for.
    """
    if kind == "time":
        return _time_plot(results, metric, bucket, entries)
    if kind == "agreement":
        return _agreement_plot(results, measures, bucket)
    if kind == "spread":
        return _spread_plot(results, metric, bucket, entries)
    return line_plot(results, metric, entries)


def plot_words(kind: str, results: Published, bucket: str) -> str:
    """Return what a plot shows, in a sentence."""
    on = f"{results.test_set}, {bucket_words(bucket)}"
    return {
        "ratio": f"Means on {results.test_set} by share of missing pixels; bars: {CONFIDENCE:.0%} "
        "bootstrap intervals over photographs. Click a name to show or hide its line.",
        "time": f"Means with {CONFIDENCE:.0%} intervals over the median time of one picture on "
        f"{on}; the larger the mark, the more parameters.",
        "agreement": f"Spearman's rank correlation of the methods' means by each pair of metrics "
        f"on {on}, all turned so that higher is better: 1 is the same order, −1 the opposite.",
        "spread": f"Every masked photograph counts once, {on}: the box holds the middle half, the "
        "line is the median, whiskers reach from 5 to 95 %.",
    }[kind]


def line_plot(results: Published, metric: str, entries: Mapping[str, Entry]) -> go.Figure:
    """Plot a metric over the mask ratio, one line a variant, with intervals.

    Some lines wait in the legend: that of the mean colour, which is so far off that the others
    would lie on each other, and, of many, all but the best.
    """
    import plotly.graph_objects as go

    buckets = results.buckets
    shown = _best(results, metric)
    figure = go.Figure()
    for variant, style in _styles(results, entries).items():
        found = [results.estimate(metric, variant, bucket) for bucket in buckets]
        title = name_of(variant, entries)
        trace = go.Scatter(
            x=[bucket.removesuffix(" %") for bucket in buckets],
            y=[_number(estimate.mean) for estimate in found],
            error_y=_bars(found, style["color"]),
            customdata=[[estimate.n, _span(estimate)] for estimate in found],
            name=title,
            visible=True if variant in shown else "legendonly",
            mode="lines+markers",
            line={"color": style["color"], "dash": style["dash"], "width": 2.5},
            marker={"symbol": style["symbol"], "size": 8},
            hovertemplate=f"{title}<br>%{{x}} %: %{{y:.4g}}%{{customdata[1]}}, "
            "N = %{customdata[0]}<extra></extra>",
        )
        figure.add_trace(trace)
    x = {"type": "category", "tickangle": 0}
    return _laid_out(figure, x, {}, _title(results, metric, "over missing pixels (%)"))


def _time_plot(
    results: Published, metric: str, bucket: str, entries: Mapping[str, Entry]
) -> go.Figure:
    import plotly.graph_objects as go

    figure = go.Figure()
    for variant, style in _styles(results, entries).items():
        value = results.estimate(metric, variant, bucket)
        seconds = results.estimate(SECONDS, variant, bucket)
        if math.isnan(value.mean) or math.isnan(seconds.mean):
            continue
        title = name_of(variant, entries)
        count = count_parameters(entries[variant].variant) if variant in entries else 0
        figure.add_trace(
            go.Scatter(
                x=[seconds.mean],
                y=[_number(value.mean)],
                error_y=_bars([value], style["color"]),
                name=title,
                mode="markers",
                marker={
                    "symbol": style["symbol"],
                    "color": style["color"],
                    "size": 10 + 6 * math.log10(1 + count / 1e6),
                },
                hovertemplate=f"{title}<br>%{{x:.3g}} s, %{{y:.4g}}{_span(value)}, "
                f"{count / 1e6:.2f} M parameters<extra></extra>",
            )
        )
    if not figure.data:
        return _nothing("No times were published for this test set: the notes say why.")
    above = _title(results, metric, "over seconds for one picture (logarithmic)")
    return _laid_out(figure, {"type": "log"}, {}, above)


def _agreement_plot(results: Published, measures: Sequence[str], bucket: str) -> go.Figure:
    import plotly.graph_objects as go

    found = results.correlations([n for n in measures if not results.measures[n].per_set], bucket)
    names = list(dict.fromkeys(name for pair in found for name in pair))[:_MOST_METRICS]
    if len(names) < 2:
        return _nothing("It takes two metrics of a picture: choose more columns.")
    if all(math.isnan(one.methods) for one in found.values()):
        return _nothing("It takes three methods or more.")
    values, said = [], []
    for one in names:
        pairs = [found.get((one, other)) or found.get((other, one)) for other in names]
        values.append([1.0 if pair is None else _number(pair.methods) for pair in pairs])
        said.append(["" if pair is None else _each(pair.pictures) for pair in pairs])
    titles = [results.measures[name].short for name in names]
    figure = go.Figure(
        go.Heatmap(
            x=titles,
            y=titles,
            z=values,
            customdata=said,
            zmin=-1.0,
            zmax=1.0,
            colorscale=[[0, "#e08a4f"], [0.5, "#eceff3"], [1, "#7cb8e0"]],
            texttemplate="%{z:.2f}",
            textfont={"size": 11},
            showscale=False,
            xgap=2,
            ygap=2,
            hovertemplate="%{y} and %{x}: %{z:.2f} over methods%{customdata}<extra></extra>",
        )
    )
    above = "<b>Rank correlation</b><br>of the methods' means"
    return _laid_out(figure, {"tickangle": -40}, {"autorange": "reversed"}, above)


def _spread_plot(
    results: Published, metric: str, bucket: str, entries: Mapping[str, Entry]
) -> go.Figure:
    import plotly.graph_objects as go

    measure = results.measures[metric]
    if measure.per_set:
        return _nothing(f"{measure.title} has one value for all pictures.")
    figure = go.Figure()
    sign = -1.0 if measure.higher_is_better else 1.0
    styles = _styles(results, entries)
    ordered = sorted(
        (name for name in styles if results.estimate(metric, name, bucket).n),
        key=lambda name: sign * results.estimate(metric, name, bucket).mean,
    )
    for variant in ordered:
        values = results.rows(variant, bucket)[metric].dropna()
        low, first, middle, third, high = (float(v) for v in values.quantile(_WHISKERS))
        title = name_of(variant, entries)
        figure.add_trace(
            go.Box(
                y=[title.replace(" · ", "<br>")],
                q1=[first],
                median=[middle],
                q3=[third],
                lowerfence=[low],
                upperfence=[high],
                orientation="h",
                name=title,
                showlegend=False,
                marker={"color": styles[variant]["color"]},
            )
        )
    if not figure.data:
        return _nothing(f"{measure.title} has no values here: the notes say why.")
    y = {"autorange": "reversed", "type": "category", "tickfont": {"size": 10}}
    return _laid_out(figure, {}, y, _title(results, metric, "of single pictures"))


def _styles(results: Published, entries: Mapping[str, Entry]) -> dict[str, dict[str, str]]:
    """Return colour, dash and symbol of every variant, the same in all plots."""
    known = [name for name in entries if name in results.variants]
    ordered = known + [name for name in results.variants if name not in known]
    return {
        variant: {
            "color": _COLOURS[index % len(_COLOURS)],
            "dash": _DASHES[index % len(_DASHES)],
            # Another symbol for each round of the colours, so that no two lines look alike.
            "symbol": _SYMBOLS[(index + index // len(_COLOURS)) % len(_SYMBOLS)],
        }
        for index, variant in enumerate(ordered)
    }


def _best(results: Published, metric: str) -> list[str]:
    """Return the variants with the best means, as many as can be told apart in a plot."""
    sign = -1.0 if results.measures[metric].higher_is_better else 1.0
    means = {name: sign * results.estimate(metric, name).mean for name in results.variants}
    known = [name for name in means if not math.isnan(means[name]) and name != _FLOOR]
    return sorted(known, key=means.__getitem__)[:_MOST_LINES]


def _bars(found: Sequence[Estimate], colour: str) -> dict[str, Any]:
    """Return the intervals as error bars; none where there are none."""
    return {
        "type": "data",
        "symmetric": False,
        "array": [_number(one.high - one.mean) for one in found],
        "arrayminus": [_number(one.mean - one.low) for one in found],
        "thickness": 1.2,
        "width": 3,
        "color": colour,
    }


def _nothing(why: str) -> go.Figure:
    import plotly.graph_objects as go

    figure = go.Figure()
    figure.add_annotation(text=why, showarrow=False, x=0.5, y=0.5, xref="paper", yref="paper")
    return _laid_out(figure, {"visible": False}, {"visible": False})


def _laid_out(
    figure: go.Figure, x: dict[str, Any], y: dict[str, Any], above: str = ""
) -> go.Figure:
    axis = {
        "gridcolor": _GRID,
        "linecolor": _GRID,
        "zeroline": False,
        "automargin": True,
        "fixedrange": True,
    }
    return figure.update_layout(
        template="none",
        paper_bgcolor=_CLEAR,
        plot_bgcolor=_CLEAR,
        height=500,
        margin={"l": 10, "r": 14, "t": 62 if above else 18, "b": 10},
        # Above and not along the axes, where a phone has no room for it.
        title={"text": above, "font": {"size": 13}, "x": 0.02, "y": 0.975, "yanchor": "top"},
        font={"family": "system-ui, sans-serif", "size": 13},
        xaxis={**axis, **x},
        yaxis={**axis, **y},
        legend={
            "orientation": "h",
            "yanchor": "top",
            "y": -0.12,
            "x": 0,
            "font": {"size": 11},
            "entrywidth": 195,
        },
        hovermode="closest",
    )


def _title(results: Published, metric: str, over: str) -> str:
    return f"<b>{results.measures[metric].heading}</b><br>{over}"


def _number(value: float) -> float | None:
    return None if math.isnan(value) else round(float(value), 6)


def _span(estimate: Estimate) -> str:
    if math.isnan(estimate.low):
        return ""
    return f" [{estimate.low:.4g}, {estimate.high:.4g}]"


def _each(pictures: Estimate) -> str:
    if not pictures.n:
        return ""
    return f"; {pictures.mean:.2f}{_span(pictures)} over {pictures.n} pictures"
