"""A report as LaTeX: booktabs tables that a paper can \\input, each with its own caption."""

from __future__ import annotations

import math
from collections.abc import Sequence

from inpaint_bench.bench.contents import (
    bucket_contents,
    bucket_rankings,
    overview_contents,
    overview_rankings,
)
from inpaint_bench.bench.ranking import Ranking
from inpaint_bench.bench.reported import Reported
from inpaint_bench.bench.run_info import RunInfo
from inpaint_bench.bench.summary import Summary
from inpaint_bench.bench.tables import Table
from inpaint_bench.bench.words import (
    convention_lines,
    direction,
    heading,
    interval_words,
    introduction,
    note_lines,
    ranked_words,
    short_name,
)

__all__ = ["escape", "render_latex"]

_SPECIAL = {
    "\\": r"\textbackslash{}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    "↑": r"$\uparrow$",
    "↓": r"$\downarrow$",
    "—": "--",
    "–": "--",
    "é": r"\'e",
    "ö": r"\"o",
    "ü": r"\"u",
}


def render_latex(
    info: RunInfo,
    summaries: Sequence[Summary],
    reported: Sequence[Reported] = (),
    *,
    by: str | None = None,
) -> str:
    """Return summaries as LaTeX tables; `\\usepackage{booktabs}` is all they need.

    Args:
        info: of the run.
        summaries: one a test set.
        reported: numbers of papers, in tables of their own.
        by: "bucket" for one table a metric; None for one table of all metrics.
    """
    blocks = [f"% {' '.join(info.title.split())}", "% needs \\usepackage{booktabs}"]
    for summary in summaries:
        notes = note_lines(summary, info)
        said = [introduction(summary, info), *notes]
        blocks.append("\n".join(f"% {' '.join(line.split())}" for line in said))
        blocks += _bucket_tables(summary) if by == "bucket" else [_overview(summary, notes)]
    blocks += [f"% {name} was not measured: {why}" for name, why in info.skipped.items()]
    blocks += [_reported(one) for one in reported]
    return "\n\n".join(blocks) + "\n"


def escape(text: str) -> str:
    """Return text that LaTeX prints as it is."""
    return "".join(_SPECIAL.get(letter, letter) for letter in text)


def _overview(summary: Summary, notes: Sequence[str]) -> str:
    table, rankings = overview_contents(summary), overview_rankings(summary)
    conventions = " ".join(f"{name}: {text}" for name, text in convention_lines(summary))
    caption = (
        f"Mean (N) over all hole ratios of {short_name(summary, code='')} (sha256); best in "
        f"bold, rank as an index. {ranked_words(summary, next(iter(rankings), ''))} {conventions}"
    )
    said = escape(" ".join(" ".join(notes).split()))
    below = rf"\par\smallskip\parbox{{\linewidth}}{{\footnotesize {said}}}"
    body = f"{_tabular(table, rankings)}\n{below}"
    return _float(body, caption, f"tab:{summary.test_set}")


def _bucket_tables(summary: Summary) -> list[str]:
    blocks = []
    for name, about in summary.metrics.items():
        if name in summary.empty:
            blocks.append(f"% no table of {about['title']}: {summary.empty[name]}")
            continue
        caption = (
            f"{heading(about)}: {about['definition']}; {direction(about).lower()}. Mean (N) on "
            f"{short_name(summary, code='')} (sha256) by share of missing pixels; best in bold, "
            f"rank as an index{interval_words(about)}. {ranked_words(summary, name)}"
        )
        body = _tabular(bucket_contents(summary, name), bucket_rankings(summary, name))
        blocks.append(_float(body, caption, f"tab:{summary.test_set}:{name}"))
    return blocks


def _tabular(table: Table, rankings: dict[str, Ranking]) -> str:
    arrows = {True: " ↑", False: " ↓", None: ""}
    titles = [c.title + arrows[c.higher_is_better] for c in table.columns]
    rows = []
    for row in table.rows:
        cells = []
        for column in table.columns:
            cell = table.cells.get((row, column.key))
            if cell is None or math.isnan(cell.mean):
                cells.append("--")
                continue
            mean = f"{cell.mean:.{column.digits}f}"
            text = rf"\textbf{{{mean}}}" if (row, column.key) in table.best else mean
            text = rf"\textit{{{mean}}}" if column.is_grey(cell) else text
            if column.interval and not math.isnan(cell.low):
                text += f" [{cell.low:.{column.digits}f}, {cell.high:.{column.digits}f}]"
            ranking = rankings.get(column.key)
            place = ranking.label(row) if ranking is not None and len(ranking.order) > 1 else ""
            index = f"$_{{{place}}}$" if place else ""
            cells.append(rf"{text}{index} {{\scriptsize({cell.n})}}")
        rows.append([escape(row), *cells])
    return _rows(["variant", *map(escape, titles)], rows)


def _reported(one: Reported) -> str:
    rows = [
        [escape(method), *(escape(one.cell(method, i)) for i in range(len(one.columns)))]
        for method in one.rows
    ]
    body = _rows(["method", *map(escape, one.columns)], rows)
    label = "".join(letter for letter in one.title if letter.isalnum())[:40]
    return _float(body, f"{one.title}. {one.words}", f"tab:reported:{label}")


def _rows(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [
        rf"\begin{{tabular}}{{l{'r' * (len(header) - 1)}}}",
        r"\toprule",
        " & ".join(header) + r" \\",
        r"\midrule",
        *(" & ".join(row) + r" \\" for row in rows),
        r"\bottomrule",
        r"\end{tabular}",
    ]
    return "\n".join(lines)


def _float(body: str, caption: str, label: str) -> str:
    return "\n".join(
        [
            r"\begin{table*}",
            r"\centering",
            rf"\caption{{{escape(' '.join(caption.split()))}}}",
            rf"\label{{{label}}}",
            body,
            r"\end{table*}",
        ]
    )
