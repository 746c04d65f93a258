"""A report as one HTML page that needs nothing beside itself: no network, no other file.

At the top stands the answer to one question (which method for such a hole on such pictures, and
is it significantly better?), below it everything that the other formats say.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from html import escape

from inpaint_bench.bench.contents import digits_of
from inpaint_bench.bench.gallery import Gallery
from inpaint_bench.bench.page_assets import SCRIPT, STYLE
from inpaint_bench.bench.page_tables import (
    agreement_table,
    bucket_table,
    overview_table,
    reported_table,
    stage_table,
)
from inpaint_bench.bench.ranking import Ranking
from inpaint_bench.bench.reported import Reported
from inpaint_bench.bench.run_info import RunInfo
from inpaint_bench.bench.statistics import FEWEST, Estimate
from inpaint_bench.bench.summary import Summary, headline_metric
from inpaint_bench.bench.svg import line_plot
from inpaint_bench.bench.tables import ALL_BUCKETS, bucket_order
from inpaint_bench.bench.words import (
    convention_lines,
    heading,
    introduction,
    note_lines,
    ranked_words,
    short_name,
)
from inpaint_bench.data.root import subject
from inpaint_bench.masks.ratio import EDGES

__all__ = ["Gallery", "render_page"]

_FIRST_HOLE = 35  # per cent, in the question


def render_page(
    info: RunInfo,
    summaries: Sequence[Summary],
    reported: Sequence[Reported],
    gallery: Gallery,
) -> str:
    """Return summaries as one HTML page.

    Args:
        info: of the run.
        summaries: one a test set.
        reported: numbers of papers, shown apart.
        gallery: finds the pictures of cases.
    """
    metrics = _common_metrics(summaries)
    first = headline_metric(metrics) or ""
    body = [
        f"<h1>{escape(info.title)}</h1>",
        f'<p class="soft">{_said(info, summaries)}</p>',
        _question(summaries, metrics, first),
        *(_glance(summaries, name, first) for name in metrics),
        *(_section(summary, info, gallery) for summary in summaries),
        *(f"<p>{escape(n)} was not measured: {escape(why)}</p>" for n, why in info.skipped.items()),
        *_reported(reported),
    ]
    data = json.dumps([_data(summary) for summary in summaries], ensure_ascii=False)
    safe = data.replace("</", "<\\/")
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(info.title)}</title><style>{STYLE}</style></head><body><main>"
        f'{"".join(body)}</main><script type="application/json" id="data">{safe}</script>'
        f"<script>{SCRIPT}</script></body></html>\n"
    )


def _common_metrics(summaries: Sequence[Summary]) -> dict[str, dict]:
    """Return the ranked metrics of all test sets, in order."""
    return {
        name: about
        for summary in summaries
        for name, about in summary.metrics.items()
        if any(metric == name for metric, _ in summary.rankings)
    }


def _said(info: RunInfo, summaries: Sequence[Summary]) -> str:
    dates = sorted({str(entry["date"]) for entry in info.commands})
    methods = dict.fromkeys(name for summary in summaries for name in summary.variants)
    rows = sum(int(summary.about["items"]) for summary in summaries)
    return (
        f"{len(methods)} methods, {len(summaries)} test sets, {rows} masked photographs; "
        f"measured {escape(' and '.join(dict.fromkeys([dates[0], dates[-1]])))}. Every number "
        "carries its N; conventions, hashes and commands are below."
    )


def _question(summaries: Sequence[Summary], metrics: dict[str, dict], first: str) -> str:
    groups: dict[str, list[int]] = {}
    for index, summary in enumerate(summaries):
        groups.setdefault(_subject(summary), []).append(index)
    # Whoever asks about faces finds them chosen already.
    chosen = next((found[0] for name, found in groups.items() if name == "faces"), 0)
    options = []
    for name, indices in groups.items():
        inside = "".join(
            f'<option value="{i}"{" selected" if i == chosen else ""}>'
            f"{escape(name)}: {escape(summaries[i].test_set)}</option>"
            for i in indices
        )
        options.append(f'<optgroup label="{escape(name)}">{inside}</optgroup>')
    names = "".join(
        f'<option value="{escape(name)}"{" selected" if name == first else ""}>'
        f"{escape(heading(about))}</option>"
        for name, about in metrics.items()
    )
    return (
        '<section class="card"><h2 style="margin-top:0">Which method for this hole, and is it '
        'significantly better?</h2><div class="ask hidden" id="ask">'
        f'<label>pictures<select id="set">{"".join(options)}</select></label>'
        f'<label>missing pixels, %<input id="hole" type="number" min="0" max="99" step="1" '
        f'value="{_FIRST_HOLE}"></label>'
        f'<label>judged by<select id="metric">{names}</select></label></div>'
        '<div id="answer"></div></section>'
    )


def _glance(summaries: Sequence[Summary], metric: str, first: str) -> str:
    """Return the first place of every test set and bucket, by one metric."""
    buckets = bucket_order({bucket for summary in summaries for bucket in summary.buckets})
    head = "".join(f"<th>{escape(bucket)}</th>" for bucket in buckets)
    rows = []
    for summary in summaries:
        cells = "".join(_place(summary.rankings.get((metric, bucket))) for bucket in buckets)
        name = f"{escape(_subject(summary))}<br><small class='soft'>{escape(summary.test_set)}"
        rows.append(f"<tr><td>{name}</small></td>{cells}</tr>")
    about = next(s.metrics[metric] for s in summaries if metric in s.metrics)
    hidden = "" if metric == first else " hidden"
    words = next((w for s in summaries if (w := ranked_words(s, metric))), "")
    return (
        f'<section class="card{hidden}" data-metric="{escape(metric)}"><h2 style="margin-top:0">'
        f"First places by {escape(heading(about))}</h2>"
        '<p class="soft">Green: significantly better than every other method. Yellow: those that '
        f"cannot be told apart from the first. In brackets N. {escape(words)}</p>"
        f'<div class="scroll"><table class="glance"><thead><tr><th>pictures</th>{head}</tr>'
        f"</thead><tbody>{''.join(rows)}</tbody></table></div></section>"
    )


def _place(ranking: Ranking | None) -> str:
    """Return the cell that names the first and all that share the place with it."""
    if ranking is None or not ranking.order:
        return "<td>—</td>"
    if ranking.photographs < FEWEST:
        return f'<td class="soft">too few to tell <small>({ranking.n})</small></td>'
    first = ranking.order[0]
    without = ""
    if ranking.left_out:
        without = f"<br><small>not compared: {escape(', '.join(ranking.left_out))}</small>"
    same = [name for name in ranking.order[1:] if not ranking.differences[first, name].significant]
    if not same:
        won = "win" if len(ranking.order) > 1 else ""
        name = f"<b>{escape(first)}</b> <small>({ranking.n})</small>"
        return f'<td class="{won}">{name}{without}</td>'
    others = ", ".join(same[:3]) + (f" and {len(same) - 3} more" if len(same) > 3 else "")
    return (
        f'<td class="tie"><b>{escape(first)}</b> <small>({ranking.n})</small><br>'
        f"<small>= {escape(others)}</small>{without}</td>"
    )


def _section(summary: Summary, info: RunInfo, gallery: Gallery) -> str:
    """Return everything about one test set."""
    tables = "".join(
        f"<details><summary>{escape(heading(about))} by share of missing pixels</summary>"
        f"{bucket_table(summary, name)}</details>"
        for name, about in summary.metrics.items()
    )
    conventions = "".join(
        f"<li><b>{escape(name)}</b>: {escape(text)}</li>"
        for name, text in convention_lines(summary)
    )
    notes = "".join(f"<li>{escape(line)}</li>" for line in note_lines(summary, info))
    commands = dict.fromkeys(str(entry["command"]) for entry in info.commands if entry["command"])
    how = "".join(f"<li><code>{escape(command)}</code></li>" for command in commands)
    said = introduction(summary, info).replace("`", "")
    return (
        f"<h2>{escape(_subject(summary))}: {escape(summary.test_set)}</h2>"
        f'<p class="soft">{escape(said)}</p>'
        f'<div class="card">{_plots(summary)}</div>'
        f'<div class="card">{overview_table(summary)}{tables}</div>'
        f"{stage_table(summary)}{_cases(summary, gallery)}"
        f"<details><summary>Do the metrics agree?</summary>{agreement_table(summary)}</details>"
        f"<details><summary>Conventions, notes, commands</summary><ul>{conventions}{notes}</ul>"
        f"<ul>{how}</ul></details>"
    )


def _plots(summary: Summary) -> str:
    """Return one plot a metric of a picture; the first is shown until another is asked for."""
    ranked = [name for name in summary.metrics if any(m == name for m, _ in summary.rankings)]
    first = headline_metric(summary.metrics)
    parts = []
    for name in ranked:
        about, cells = summary.metrics[name], summary.cells[name]
        arrow = "↑" if about["higher_is_better"] else "↓"
        missing = Estimate(math.nan)
        series = {
            variant: [cells.get((variant, bucket), missing) for bucket in summary.buckets]
            for variant in summary.variants
        }
        title = f"{heading(about)} over the share of missing pixels on {summary.test_set}"
        plot = line_plot(
            summary.buckets,
            series,
            title=title,
            heading=f"{heading(about)} {arrow}",
            digits=digits_of(cells),
        )
        hidden = "" if name == first else " hidden"
        parts.append(
            f'<div class="{hidden.strip()}" data-metric="{escape(name)}"><h3 style="margin-top:0">'
            f"{escape(title)}</h3>{plot}<p class='soft'>Mean and 95 % bootstrap interval over "
            f"photographs; {escape(short_name(summary, code=''))}.</p></div>"
        )
    return "".join(parts)


def _cases(summary: Summary, gallery: Gallery) -> str:
    if not summary.cases:
        return ""
    blocks, shown = [], False
    for title, cases in summary.cases.items():
        inside = []
        for case in cases:
            who = f", {case.variant}" if case.variant else ""
            told = f"{case.image_id} under {case.mask_id}, {case.hole_ratio:.0%} missing{who}"
            strip = gallery.strip(summary, case)
            shown = shown or bool(strip)
            figures = "".join(
                f'<figure><img src="{uri}" alt="{escape(name)} of {escape(told)}">'
                f"<figcaption>{escape(name)}</figcaption></figure>"
                for name, uri in strip
            )
            inside.append(
                f"<p>{escape(told)}: {case.value:.3g}</p>"
                + (f'<div class="case">{figures}</div>' if figures else "")
            )
        blocks.append(f"<h3>{escape(title)}</h3>{''.join(inside)}")
    why = "No pictures: outputs were not kept (--keep-outputs)."
    said = "" if shown else f"<p class='soft'>{why}</p>"
    state = " open" if shown else ""
    return f"<details{state}><summary>Cases</summary>{said}{''.join(blocks)}</details>"


def _reported(reported: Sequence[Reported]) -> list[str]:
    if not reported:
        return []
    head = (
        "<h2>What papers report</h2><p class='soft'>Not measured here, on other photographs and "
        "masks, and in no ranking above.</p>"
    )
    return [head, *(f'<div class="card">{reported_table(one)}</div>' for one in reported)]


def _subject(summary: Summary) -> str:
    return subject(str(summary.about["images"]))


def _data(summary: Summary) -> dict[str, object]:
    """Return what the script needs to answer about one test set."""
    metrics = {}
    for name, about in summary.metrics.items():
        ranks = {
            bucket: _rows(summary, name, bucket)
            for metric, bucket in summary.rankings
            if metric == name and bucket in (*summary.buckets, ALL_BUCKETS)
        }
        if ranks:
            metrics[name] = {
                "title": heading(about),
                "unit": about["unit"],
                "up": bool(about["higher_is_better"]),
                "digits": digits_of(summary.cells[name]),
                "ranks": ranks,
            }
    return {
        "name": summary.test_set,
        "label": f"{_subject(summary)} ({summary.test_set})",
        "hash": str(summary.about["sha256"])[:12],
        "buckets": list(summary.buckets),
        "fewest": FEWEST,
        "last": 100.0 * EDGES[-1],
        "metrics": metrics,
    }


def _rows(summary: Summary, metric: str, bucket: str) -> dict[str, object]:
    ranking = summary.rankings[metric, bucket]
    first = ranking.order[0]
    rows = []
    for name in ranking.order:
        cell = summary.cells[metric][name, bucket]
        apart = ranking.differences.get((name, first))
        ends = (apart.mean, apart.low, apart.high) if apart else (0.0, 0.0, 0.0)
        rows.append(
            {
                "v": name,
                "r": ranking.label(name),
                "m": _short(cell.mean),
                "l": _short(cell.low),
                "h": _short(cell.high),
                "d": [_short(end) for end in ends],
                "s": bool(apart and apart.significant),
            }
        )
    left = list(ranking.left_out)
    return {"n": ranking.n, "p": ranking.photographs, "rows": rows, "left": left}


def _short(value: float) -> float | None:
    return float(f"{value:.5g}") if math.isfinite(value) else None
