"""Plots as SVG text: a metric over the share of missing pixels, one line a method, with its
interval. They lie inside the page, need no script and can be saved from it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape

from inpaint_bench.bench.statistics import Estimate

__all__ = ["COLOURS", "line_plot"]

# Okabe and Ito's colours for colour-blind readers, without yellow, which is lost on white.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7a6a53")
_DASHES = ("", "6 3", "2 3", "8 3 2 3")
_WIDTH, _HEIGHT = 760, 380
_LEFT, _RIGHT, _TOP, _BOTTOM = 62, 190, 14, 48
_CROWDED = 0.62  # share of the height that the others would have beside an outlier
_LABEL = 13  # pixels between two names at the right


def line_plot(
    buckets: Sequence[str],
    series: Mapping[str, Sequence[Estimate]],
    *,
    title: str,
    heading: str,
    digits: int,
) -> str:
    """Return a plot as an `<svg>` element.

    Args:
        buckets: along the x axis.
        series: method -> one estimate a bucket; NaN leaves a gap.
        title: for those who cannot see it.
        heading: of the y axis, with unit and direction.
        digits: after the point, in what a pointer shows.
    """
    there = {name: ys for name, ys in series.items() if any(not math.isnan(y.mean) for y in ys)}
    if not there or not buckets:
        return ""
    shown, away = _in_view(there)
    low, high = _range([y for ys in shown.values() for y in ys])
    ticks = _ticks(low, high)
    low, high = min(low, ticks[0]), max(high, ticks[-1])
    axes = _Axes(len(buckets), low, high)
    parts = [_grid(axes, ticks, buckets, heading), _absent(away, digits)]
    names = _spread({name: axes.y(_last(ys)) for name, ys in shown.items()})
    for index, (name, ys) in enumerate(there.items()):
        if name not in shown:
            continue
        parts.append(_line(axes, index, name, ys, buckets, digits, names[name]))
    return (
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{escape(title)}" '
        f'xmlns="http://www.w3.org/2000/svg"><title>{escape(title)}</title>{"".join(parts)}</svg>'
    )


class _Axes:
    """From values to pixels."""

    def __init__(self, count: int, low: float, high: float) -> None:
        self.count, self.low, self.high = count, low, high

    def x(self, index: int) -> float:
        wide = _WIDTH - _LEFT - _RIGHT
        return _LEFT + wide * (index + 0.5) / self.count

    def y(self, value: float) -> float:
        share = (value - self.low) / ((self.high - self.low) or 1.0)
        return _TOP + (_HEIGHT - _TOP - _BOTTOM) * (1.0 - share)


def _grid(axes: _Axes, ticks: Sequence[float], buckets: Sequence[str], heading: str) -> str:
    end, foot = _WIDTH - _RIGHT, _HEIGHT - _BOTTOM
    parts = []
    for tick in ticks:
        y = axes.y(tick)
        parts.append(f'<path class="grid" d="M{_LEFT} {y:.1f}H{end}"/>')
        parts.append(f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{tick:g}</text>')
    for index, bucket in enumerate(buckets):
        x = axes.x(index)
        parts.append(
            f'<text x="{x:.1f}" y="{foot + 18}" text-anchor="middle">{escape(bucket)}</text>'
        )
    middle = (_LEFT + end) / 2
    parts.append(
        f'<text x="{middle}" y="{_HEIGHT - 8}" text-anchor="middle">missing pixels</text>'
        f'<text transform="translate(14 {(_TOP + foot) / 2}) rotate(-90)" text-anchor="middle">'
        f"{escape(heading)}</text>"
    )
    return "".join(parts)


def _line(
    axes: _Axes,
    index: int,
    name: str,
    ys: Sequence[Estimate],
    buckets: Sequence[str],
    digits: int,
    label: float,
) -> str:
    colour = COLOURS[index % len(COLOURS)]
    dash = _DASHES[index // len(COLOURS) % len(_DASHES)]
    points = [(axes.x(i), y) for i, y in enumerate(ys) if not math.isnan(y.mean)]
    path = "L".join(f"{x:.1f} {axes.y(y.mean):.1f}" for x, y in points)
    parts = [f'<path class="line" d="M{path}" stroke-dasharray="{dash}"/>']
    for i, y in enumerate(ys):
        if math.isnan(y.mean):
            continue
        x = axes.x(i)
        span = ""
        if not math.isnan(y.low):
            parts.append(f'<path d="M{x:.1f} {axes.y(y.low):.1f}V{axes.y(y.high):.1f}"/>')
            span = f" [{y.low:.{digits}f}, {y.high:.{digits}f}]"
        told = f"{name}, {buckets[i]}: {y.mean:.{digits}f}{span}, N = {y.n}"
        parts.append(
            f'<circle cx="{x:.1f}" cy="{axes.y(y.mean):.1f}" r="3"><title>{escape(told)}</title>'
            "</circle>"
        )
    x, y = points[-1]
    start, end = x + 5, _WIDTH - _RIGHT + 6
    parts.append(
        f'<path class="lead" d="M{start:.1f} {axes.y(y.mean):.1f}L{end} {label:.1f}"/>'
        f'<text x="{end + 4}" y="{label + 4:.1f}" fill="{colour}">{escape(name)}</text>'
    )
    return f'<g stroke="{colour}" fill="{colour}">{"".join(parts)}</g>'


def _in_view(
    series: Mapping[str, Sequence[Estimate]],
) -> tuple[dict[str, Sequence[Estimate]], dict[str, Sequence[Estimate]]]:
    """Part the methods from one that is so far off that the others could not be told apart."""
    whole = _range([y for ys in series.values() for y in ys])
    for name in series if len(series) > 3 else ():
        rest = {other: ys for other, ys in series.items() if other != name}
        low, high = _range([y for ys in rest.values() for y in ys])
        if high - low < _CROWDED * (whole[1] - whole[0]):
            return rest, {name: series[name]}
    return dict(series), {}


def _absent(series: Mapping[str, Sequence[Estimate]], digits: int) -> str:
    """Return the line that names a method outside of the plot, with its range."""
    parts = []
    for name, ys in series.items():
        means = [y.mean for y in ys if not math.isnan(y.mean)]
        span = f"{min(means):.{digits}f} to {max(means):.{digits}f}"
        parts.append(
            f'<text x="{_LEFT + 8}" y="{_TOP + 12}" fill-opacity="0.7">not in view: '
            f"{escape(name)} ({span})</text>"
        )
    return "".join(parts)


def _range(values: Sequence[Estimate]) -> tuple[float, float]:
    ends = [end for y in values for end in (y.mean, y.low, y.high) if not math.isnan(end)]
    return min(ends), max(ends)


def _ticks(low: float, high: float, count: int = 5) -> list[float]:
    """Return round numbers that enclose the range."""
    span = (high - low) or abs(high) or 1.0
    size = 10.0 ** math.floor(math.log10(span / count))
    step = next(size * m for m in (1, 2, 2.5, 5, 10) if span / (size * m) <= count)
    first, last = math.floor(low / step), math.ceil(high / step)
    return [round(step * i, 10) for i in range(first, last + 1)]


def _last(ys: Sequence[Estimate]) -> float:
    return [y.mean for y in ys if not math.isnan(y.mean)][-1]


def _spread(wanted: Mapping[str, float]) -> dict[str, float]:
    """Move names apart that would be written over each other."""
    placed: dict[str, float] = {}
    last = _TOP - _LABEL / 2
    for name, y in sorted(wanted.items(), key=lambda pair: pair[1]):
        last = max(y, last + _LABEL)
        placed[name] = last
    over = last - (_HEIGHT - _BOTTOM + _LABEL)
    if over > 0:  # push back up from the foot
        limit = _HEIGHT - _BOTTOM + _LABEL
        for name in reversed(list(placed)):
            placed[name] = limit = min(placed[name], limit)
            limit -= _LABEL
    return placed
