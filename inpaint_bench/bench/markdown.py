"""A report as Markdown."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from inpaint_bench.bench.consistency import CONSISTENCY
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
from inpaint_bench.bench.run_info import RunInfo
from inpaint_bench.bench.summary import Summary
from inpaint_bench.bench.tables import ALL_BUCKETS, to_markdown
from inpaint_bench.bench.words import (
    AGREEMENT,
    convention_lines,
    direction,
    heading,
    interval_words,
    introduction,
    note_lines,
    ranked_words,
    short_name,
)

__all__ = ["render_markdown", "reported_blocks"]


def render_markdown(
    info: RunInfo,
    summaries: Sequence[Summary],
    reported: Sequence[Reported] = (),
    *,
    by: str | None = None,
    overview: bool = False,
    before_reported: Sequence[str] = (),
) -> str:
    """Return summaries as Markdown.

    Args:
        info: of the run.
        summaries: one a test set.
        reported: numbers of papers, shown at the end.
        by: "bucket" for one table a metric; None for one table of all metrics.
        overview: the table of all metrics too where `by` asks for others.
        before_reported: blocks that stand before the numbers of papers.
    """
    blocks = [f"# {info.title}"]
    for summary in summaries:
        blocks += [f"## {summary.test_set}", introduction(summary, info)]
        blocks += _overview(summary) if by is None or overview else []
        blocks += _bucket_tables(summary) if by == "bucket" else []
        blocks += _stages(summary)
        if by is None or overview:
            blocks += [*_agreement(summary), *_consistency(summary), *_cases(summary)]
        blocks += [_notes(summary, info, conventions=by is None)]
    blocks += [f"{name} was not measured: {_escape(why)}" for name, why in info.skipped.items()]
    blocks += before_reported
    blocks += [block for one in reported for block in reported_blocks(one)]
    return "\n\n".join(blocks) + "\n"


def _overview(summary: Summary) -> list[str]:
    """Return one table of all metrics over all holes, and the ranks."""
    words = f"Mean (N) over all hole ratios of {short_name(summary)}, best in bold."
    blocks = [f"{words}\n\n{to_markdown(overview_contents(summary))}"]
    ranked = overview_rankings(summary)
    titles = {heading(summary.metrics[name]): found for name, found in ranked.items()}
    return blocks + _ranks(summary, next(iter(ranked), ""), titles, "### Ranks")


def _bucket_tables(summary: Summary) -> list[str]:
    """Return one table a metric, by bucket, and its ranks."""
    blocks = []
    for name, about in summary.metrics.items():
        blocks += [
            f"### {heading(about)}",
            f"{about['definition']}. {direction(about)}. Mean (N) on {short_name(summary)} by "
            f"share of missing pixels, best in bold{interval_words(about)}.",
        ]
        if name in summary.empty:
            blocks[-1] += f"\n\nEmpty: {_escape(summary.empty[name])}"
            continue
        blocks.append(to_markdown(bucket_contents(summary, name)))
        ranked = bucket_rankings(summary, name).items()
        titles = {"all holes" if key == ALL_BUCKETS else key: found for key, found in ranked}
        blocks += _ranks(summary, name, titles, f"#### Ranks by {about['title']}")
    return blocks


def _ranks(summary: Summary, metric: str, rankings: Mapping[str, Ranking], above: str) -> list[str]:
    """Return a table of ranks (N) by title, under a heading; nothing without anybody to rank."""
    words = ranked_words(summary, metric)
    if not words or not rankings:
        return []
    lines = [["rank", *rankings], ["---", *("---:" for _ in rankings)]]
    for variant in summary.variants:
        labels = [(found.label(variant), found.n) for found in rankings.values()]
        cells = [f"{label} ({n})" if label else "—" for label, n in labels]
        lines.append([variant, *cells])
    return [above, words, _table(lines)]


def _stages(summary: Summary) -> list[str]:
    """Return what later stages made of earlier ones."""
    if not summary.refinements:
        return []
    lines = [
        ["variant", "stage", "metric", "stage", "finished", "made worse"],
        ["---", "---", "---", "---:", "---:", "---:"],
    ]
    lines += stage_rows(summary)
    words = (
        f"Stages on {short_name(summary)}: mean (N) of an earlier stage and of the finished "
        "picture, both composited, and the share of masked photographs that later stages made "
        "worse."
    )
    return ["### Stages", words, _table(lines)]


def _agreement(summary: Summary) -> list[str]:
    """Return the rank correlations of the metrics."""
    if not summary.correlations:
        return []
    head = [["metric", "metric", "over methods", "over pictures"], ["---", "---", "---:", "---:"]]
    lines = _table([*head, *agreement_rows(summary)])
    return ["### Do the metrics agree?", AGREEMENT, lines]


def _consistency(summary: Summary) -> list[str]:
    """Return how self-consistency orders the methods beside the metrics that know the truth."""
    if not summary.consistency:
        return []
    lines = [
        ["reference metric", "Kendall", "Spearman", "over pictures"],
        ["---", "---:", "---:", "---:"],
    ]
    for name, found in summary.consistency.items():
        both = (found.kendall, found.correlation.methods)
        cells = ["—" if value != value else f"{value:.2f}" for value in both]
        count = f" ({found.correlation.n_methods})"
        each = found.correlation.pictures
        span = f" [{each.low:.2f}, {each.high:.2f}]" if each.low == each.low else ""
        value = f"{each.mean:.2f}{span} ({each.n})" if each.n else "—"
        title = str(summary.metrics[name]["title"])
        lines.append([title, *(cell + count for cell in cells), value])
    about = summary.metrics[CONSISTENCY]
    words = (
        f"{about['title']}, {about['definition']}. Rank correlation with each metric that knows "
        "the truth, all turned so that higher is better: Kendall's tau-b and Spearman's over the "
        "means of the methods (number of methods), and the mean over masked photographs of "
        "Spearman's over methods (N)."
    )
    return ["### Does self-consistency agree with the truth?", words, _table(lines)]


def _cases(summary: Summary) -> list[str]:
    """Return the masked photographs that are worth looking at."""
    blocks = []
    for title, cases in summary.cases.items():
        lines = [
            f"- {case.image_id} under {case.mask_id} ({case.hole_ratio:.0%} missing)"
            f"{f', {case.variant}' if case.variant else ''}: {case.value:.3g}"
            for case in cases
        ]
        blocks += [f"### {title}", "\n".join(lines)]
    return blocks


def _notes(summary: Summary, info: RunInfo, *, conventions: bool) -> str:
    """Return what a reader has to know, as a list."""
    lines = [f"**{name}**: {text}" for name, text in convention_lines(summary)]
    lines = [*(lines if conventions else []), *note_lines(summary, info)]
    return "\n".join(f"- {_escape(line)}" for line in lines)


def reported_blocks(one: Reported) -> list[str]:
    """Return the heading, the words and the table of what a paper reports."""
    lines = [["method", *one.columns], ["---", *("---:" for _ in one.columns)]]
    for method in one.rows:
        lines.append([method, *(one.cell(method, i) for i in range(len(one.columns)))])
    return [f"## {one.title}", one.words, _table(lines)]


def _table(lines: Sequence[Sequence[str]]) -> str:
    cells = ([text.replace("|", "\\|") for text in line] for line in lines)
    return "\n".join(f"| {' | '.join(line)} |" for line in cells)


def _escape(text: str) -> str:
    """Return text whose `<word` no Markdown reader takes for a tag."""
    return re.sub(r"<(?=[a-zA-Z/!])", r"\\<", text)
