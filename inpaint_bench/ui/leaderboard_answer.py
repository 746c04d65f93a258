"""The answer above the table: which method fills such holes best, and is it really better?"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape

from inpaint_bench.bench.contents import digits_of
from inpaint_bench.bench.ranking import Ranking
from inpaint_bench.bench.statistics import CONFIDENCE, FEWEST, Estimate
from inpaint_bench.ui.catalogue import Entry
from inpaint_bench.ui.leaderboard import bucket_words, name_of
from inpaint_bench.ui.published import Measure, Published

__all__ = ["answer"]

_SHOWN = 6  # methods in the chart; the table has all
_FLOOR = "mean_colour"
_NAMED = 3  # methods in a sentence


def answer(results: Published, metric: str, bucket: str, entries: Mapping[str, Entry]) -> str:
    """Return the answer as HTML: a sentence, whether it is significant, and a small chart."""
    measure = results.measures[metric]
    values = {name: results.estimate(metric, name, bucket) for name in results.variants}
    values = {name: value for name, value in values.items() if not math.isnan(value.mean)}
    where = f"{bucket_words(bucket)} on {results.subject}"
    if not values:
        why = measure.empty or "nothing was measured for this choice"
        return _card(f"No answer by {escape(measure.title)}: {escape(why)}.", "", "")
    if not measure.contest:
        said = "It describes results and ranks none: a better value is not a better method."
        return _card(f"No answer by {escape(measure.title)}.", said, "")
    sign = -1.0 if measure.higher_is_better else 1.0
    order = sorted(values, key=lambda name: sign * values[name].mean)
    ranking = results.ranking(metric, bucket)
    if ranking is not None:  # those over fewer pictures do not compete
        order = list(ranking.order)
    digits, first = digits_of({(name, ""): value for name, value in values.items()}), order[0]
    lead = (
        f"<strong>{escape(name_of(first, entries))}</strong> is first for {escape(where)}: "
        f"{escape(measure.title)} {_value(values[first], measure, digits)}."
    )
    # So far off that the others would lie on each other.
    charted = [name for name in order if name != _FLOOR or len(order) < 3][:_SHOWN]
    chart = _chart(charted, values, measure, digits, ranking, entries)
    return _card(lead, _significance(results, ranking, measure, digits, entries), chart)


def _significance(
    results: Published,
    ranking: Ranking | None,
    measure: Measure,
    digits: int,
    entries: Mapping[str, Entry],
) -> str:
    """Return whether the first is better than the others, and how sure that is."""
    if ranking is None:
        return f"{measure.title} is one value a set of pictures: it has no interval and no test."
    if ranking.photographs < FEWEST:
        return (
            f"Is it better than the others? {ranking.photographs} photographs cannot tell: it "
            f"takes {FEWEST} or more."
        )
    first, *others = ranking.order
    if not others:
        return "Nothing else was measured here."
    tied = [name for name in others if not ranking.differences[first, name].significant]
    on = f"{ranking.n} masked photographs, {ranking.photographs} different ones"
    how = f"Paired bootstrap over photographs, {CONFIDENCE:.0%} for all pairs at once; {on}."
    if ranking.left_out:
        left_out = _listed([name_of(name, entries) for name in ranking.left_out])
        how += f" Not compared, since too many rows are missing: {left_out}."
    if not tied:
        nearest = _difference(ranking, first, others[0], measure, digits)
        said = "the other" if len(others) == 1 else f"all {len(others)} others"
        return (
            f"Yes, significantly better than {said}. Ahead of "
            f"{name_of(others[0], entries)} by {nearest}. {how}"
        )
    named = _listed([name_of(name, entries) for name in tied])
    nearest = _difference(ranking, first, tied[0], measure, digits)
    rest = len(others) - len(tied)
    beaten = f" It is significantly better than the other {rest}." if rest else ""
    return (
        f"Not significantly better than {named}: the difference to "
        f"{name_of(tied[0], entries)} is {nearest}.{beaten} {how}"
    )


def _difference(ranking: Ranking, first: str, other: str, measure: Measure, digits: int) -> str:
    """Return how far the first is ahead, with the simultaneous interval; ahead is positive."""
    one = ranking.differences[(first, other) if measure.higher_is_better else (other, first)]
    unit = f" {measure.unit}" if measure.unit else ""
    digits += 1  # differences are smaller than what they are taken of
    return f"{one.mean:.{digits}f}{unit} [{one.low:.{digits}f}, {one.high:.{digits}f}]"


def _chart(
    order: Sequence[str],
    values: Mapping[str, Estimate],
    measure: Measure,
    digits: int,
    ranking: Ranking | None,
    entries: Mapping[str, Entry],
) -> str:
    """Return the first few as a list, each with its mean and interval on one scale."""
    shown = [values[name] for name in order]
    low = min(one.mean if math.isnan(one.low) else one.low for one in shown)
    high = max(one.mean if math.isnan(one.high) else one.high for one in shown)
    span = (high - low) or 1.0

    def place(value: float) -> float:
        return 3.0 + 94.0 * (value - low) / span

    rows = []
    for name, one in zip(order, shown, strict=True):
        ends = (one.mean, one.mean) if math.isnan(one.low) else (one.low, one.high)
        left, right = place(ends[0]), place(ends[1])
        ranked = ranking is not None and ranking.photographs >= FEWEST
        label = ranking.label(name) if ranked else ""
        first = label.rstrip("=") == "1"
        rows.append(
            f'<li class="{"is-first" if first else ""}"><b>{escape(label)}</b>'
            f"<span>{escape(name_of(name, entries))}</span>"
            f'<i aria-hidden="true"><u style="left:{left:.1f}%;width:{right - left:.1f}%"></u>'
            f'<s style="left:{place(one.mean):.1f}%"></s></i>'
            f"<em>{one.mean:.{digits}f}</em></li>"
        )
    better = "farther right" if measure.higher_is_better else "farther left"
    note = f"Mean and {CONFIDENCE:.0%} interval of {len(rows)} methods; {better} is better."
    return f'<ol class="ib-forest">{"".join(rows)}</ol><p class="ib-note">{note}</p>'


def _card(lead: str, significance: str, chart: str) -> str:
    said = f'<p class="ib-answer-test">{escape(significance)}</p>' if significance else ""
    return (
        f'<section class="ib-answer" role="status"><div><p class="ib-answer-lead">{lead}</p>{said}'
        f"</div><div>{chart}</div></section>"
    )


def _value(estimate: Estimate, measure: Measure, digits: int) -> str:
    unit = f" {escape(measure.unit)}" if measure.unit else ""
    text = f"{estimate.mean:.{digits}f}{unit}"
    if math.isnan(estimate.low):
        return text
    return f"{text} [{estimate.low:.{digits}f}, {estimate.high:.{digits}f}]"


def _listed(names: Sequence[str]) -> str:
    if len(names) > _NAMED:
        return f"{', '.join(names[:_NAMED])} and {len(names) - _NAMED} more"
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
