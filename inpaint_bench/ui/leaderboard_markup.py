"""The HTML of the Leaderboard page beside its answer: conventions, cells, numbers of papers, and
how to add a method. Every text that is not ours is escaped."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape

from inpaint_bench.bench.agreement import Case
from inpaint_bench.bench.contents import digits_of
from inpaint_bench.bench.page_tables import reported_table
from inpaint_bench.bench.reported import Reported
from inpaint_bench.bench.statistics import Estimate
from inpaint_bench.types import TestSet
from inpaint_bench.ui.leaderboard import bucket_words
from inpaint_bench.ui.leaderboard_cases import Picture
from inpaint_bench.ui.published import Measure, Published
from inpaint_bench.ui.submissions import Progress

__all__ = [
    "case_text",
    "cell_head",
    "command_list",
    "conventions",
    "how_to_add",
    "link_line",
    "notes",
    "reported",
    "submission_line",
]

_KINDS = {
    "worst": "Worst",
    "best": "Best",
    "disputed": "Most disputed",
}
_ABOUT = {
    "worst": "where this method does worst by the metric",
    "best": "where it does best",
    "disputed": "where the metrics disagree most about all methods (mean rank correlation {value})",
}


def notes(lines: Iterable[str]) -> str:
    """Return quiet lines of text."""
    return "".join(f'<p class="ib-note">{escape(line)}</p>' for line in lines)


def conventions(measures: Iterable[Measure]) -> str:
    """Return every metric with its convention in one sentence and the source."""
    rows = "".join(f"<li>{escape(measure.convention)}</li>" for measure in measures)
    return f'<ul class="ib-list">{rows}</ul>'


def reported(tables: Sequence[Reported]) -> str:
    """Return the numbers of papers, each table apart."""
    if not tables:
        return notes(["No paper that this project follows reports numbers on a table like this."])
    head = notes(
        [
            "Copied from the papers, not measured here and in no rank above: other photographs, "
            "other masks, often other conventions."
        ]
    )
    return head + "".join(
        f'<section class="ib-reported">{reported_table(one)}</section>' for one in tables
    )


def link_line(query: str) -> str:
    """Return the permanent link to a view; the page's script copies its address."""
    return (
        f'<p class="ib-link" role="status"><a href="{escape(query)}">Link to this view</a>'
        '<span class="ib-copied"> (copied)</span></p>'
    )


def cell_head(results: Published, title: str, metric: str, bucket: str) -> str:
    """Return what a clicked cell stands for.

    Args:
        title: of the method.
    """
    measure = results.measures[metric]
    return (
        f'<div class="ib-cell-head"><h2>{escape(title)}: {escape(measure.heading)}</h2>'
        f"<p>{escape(results.test_set)}, {escape(bucket_words(bucket))}. "
        f"{escape(measure.convention)}</p></div>"
    )


def case_text(
    results: Published,
    kind: str,
    case: Case | None,
    values: Mapping[str, float],
    *,
    picture: Picture | None = None,
    state: str = "",
) -> str:
    """Return what stands above the pictures of a case.

    Args:
        kind: one of `leaderboard_cases.KINDS`.
        case: None where there is none of this kind.
        values: of the record, by metric.
        picture: made again; None where it is not there (yet).
        state: what there is instead.
    """
    if case is None:
        why = "it takes two metrics of a picture and three methods"
        return f'<h3>{_KINDS[kind]}</h3><p class="ib-note">None: {why}.</p>'
    place = f"{case.image_id} under {case.mask_id}, {case.hole_ratio:.0%} missing"
    about = _ABOUT[kind].format(value=f"{case.value:.2f}")
    numbers = "".join(
        f"<div><dt>{escape(results.measures[name].heading)}</dt><dd>{_short(value)}</dd></div>"
        for name, value in values.items()
    )
    said = state if picture is None else _measured_again(picture)
    return (
        f"<h3>{_KINDS[kind]} <small>{escape(place)}</small></h3>"
        f'<p class="ib-note">{escape(about)}</p><dl class="ib-numbers">{numbers}</dl>'
        f'<p class="ib-note">{escape(said)}</p>'
    )


def command_list(found: Sequence[tuple[str, str]]) -> str:
    """Return commands with what they do."""
    if not found:
        return notes(["What was published does not say by which command it was measured."])
    rows = "".join(
        f"<p>{escape(about)}</p><pre><code>{escape(command)}</code></pre>"
        for about, command in found
    )
    return f'<div class="ib-commands"><h3>Measure it again</h3>{rows}</div>'


def how_to_add(test_set: TestSet | None, name: str, trouble: str = "") -> str:
    """Return how results of another method get a row beside these.

    Args:
        test_set: that is chosen; None where no frozen one has its name.
        name: of it.
        trouble: why pictures cannot be measured on this machine; empty where they can.
    """
    if test_set is None:
        return notes([f"{name} is no frozen test set of this installation: nothing can be added."])
    item = test_set.items[0]
    picture = f"{item.image_id}__{item.mask_id.replace(':', '_')}.png"
    read = (
        "from inpaint_bench.data import TestSetReader, load_test_set\n\n"
        f'reader = TestSetReader(load_test_set("{name}"))\n'
        "for index, item in enumerate(reader.items):\n"
        "    image, hole = reader.read(index)  # 3xHxW and 1xHxW in [0, 1]; hole: 1 = missing\n"
        "    ...  # fill it and save it as\n"
        "    name = f\"{item.image_id}__{item.mask_id.replace(':', '_')}.png\""
    )
    score = (
        f"python -m inpaint_bench score --testset {name} --outputs DIR --name METHOD "
        "--out runs/METHOD"
    )
    here = trouble or (
        f"Or here: zip the {len(test_set.items)} pictures and upload them. The row is seen by "
        "nobody else, and forgotten with this session."
    )
    return (
        f'<ol class="ib-list"><li>Fill the {len(test_set.items)} masked photographs of '
        f"<strong>{escape(name)}</strong> ({test_set.size} × {test_set.size}) with any tool; a "
        f"result is called like <code>{escape(picture)}</code>. Photographs: "
        f"{escape(test_set.how_to_get or test_set.images)}."
        f"<pre><code>{escape(read)}</code></pre></li>"
        "<li>Measure them on your own machine; nothing is resized to fit, known pixels are put "
        f"back, and what was changed is told.<pre><code>{escape(score)}</code></pre></li>"
        f"<li>{escape(here)}</li></ol>"
    )


def submission_line(progress: Progress) -> str:
    """Return how far the measuring of a zip is."""
    share = 100.0 * progress.done / max(1, progress.total)
    doing = "Checking the zip" if not progress.total else "Measuring"
    count = f": {progress.done} of {progress.total}" if progress.total else ""
    return (
        f'<div class="ib-status" role="status"><h2>{doing}{count}</h2><div class="ib-bar" '
        f'aria-hidden="true"><i style="width:{share:.0f}%"></i></div>{notes(progress.lines)}</div>'
    )


def _measured_again(picture: Picture) -> str:
    if picture.value != picture.value:  # NaN
        return "Made again just now; this metric cannot be computed on this machine."
    again, before = f"{picture.value:.4g}", f"{picture.published:.4g}"
    if picture.differs:
        return (
            f"Made again just now and measured: {again}, not the published {before}. Code, weights "
            "or libraries have changed since."
        )
    return f"Made again just now and measured: {again}, as published."


def _short(value: float) -> str:
    digits = digits_of({("", ""): Estimate(value, n=1)})
    return f"{value:.{digits}f}"
