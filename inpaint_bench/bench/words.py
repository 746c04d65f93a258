"""What is said around every table, whatever its format: what was measured, by which convention,
with which seeds and machines, and what is missing. No number leaves without these."""

from __future__ import annotations

from collections.abc import Mapping

from inpaint_bench.bench.photographs import SAME
from inpaint_bench.bench.ranking import words as rank_words
from inpaint_bench.bench.run_info import Entry, RunInfo
from inpaint_bench.bench.statistics import CONFIDENCE, FEWEST, RESAMPLES
from inpaint_bench.bench.summary import Summary
from inpaint_bench.bench.tables import ALL_BUCKETS
from inpaint_bench.masks import MASKS
from inpaint_bench.metrics import RAW_METRICS, SET_METRICS

__all__ = [
    "AGREEMENT",
    "convention_lines",
    "direction",
    "heading",
    "interval_words",
    "introduction",
    "note_lines",
    "ranked_words",
    "short_name",
]

AGREEMENT = (
    "Spearman's rank correlation of two metrics, both turned so that higher is better: over the "
    "means of the methods (number of methods), and the mean over masked photographs of the "
    "correlation over methods (N). Some order the methods of every photograph alike by definition, "
    "such as L2 and PSNR."
)
_HASH_DIGITS = 12


def introduction(summary: Summary, info: RunInfo) -> str:
    """Return what was measured: how many pictures of what, under what, where."""
    about = summary.about
    items, total = about["items"], about["total"]
    part = f" (the first of {total})" if items != total else ""
    machines = dict.fromkeys(_machine(entry["machine"]) for entry in info.commands)
    shared = " (regions and copies of one count as one)" if about.get(SAME) else ""
    return (
        f"{items} masked photographs{part}, made from {summary.photographs} photographs{shared} of "
        f"{about['images']} at {about['size']}x{about['size']} and holes of {about['masks']}. "
        f"Test set sha256 `{about['sha256']}`, "
        f"seed {info.seed}. Machine: {'; '.join(machines)}."
    )


def short_name(summary: Summary, code: str = "`") -> str:
    """Return a test set's name with enough of its hash to tell versions apart."""
    return f"{summary.test_set} {code}{str(summary.about['sha256'])[:_HASH_DIGITS]}{code}"


def heading(about: Entry) -> str:
    """Return a metric's title with its unit."""
    return f"{about['title']} ({about['unit']})" if about["unit"] else str(about["title"])


def direction(about: Entry) -> str:
    """Return which values of a metric are better."""
    if not about.get("contest", True):
        return "Ranks no method"
    return "Higher is better" if about["higher_is_better"] else "Lower is better"


def interval_words(about: Entry) -> str:
    """Return what stands in brackets behind a mean; empty for metrics of a set."""
    if about["per_set"]:
        return ""
    return (
        f"; in brackets the {CONFIDENCE:.0%} bootstrap interval over photographs "
        f"({RESAMPLES} resamples; from {FEWEST} photographs up)"
    )


def ranked_words(summary: Summary, metric: str) -> str:
    """Return what the ranks of a metric mean; empty where there are none."""
    ranking = summary.rankings.get((metric, ALL_BUCKETS))
    if ranking is None or len(ranking.order) < 2:
        return ""
    if ranking.photographs < FEWEST:
        return f"No ranks: fewer than {FEWEST} photographs tell nothing apart."
    return rank_words(len(ranking.order))


def convention_lines(summary: Summary) -> list[tuple[str, str]]:
    """Return (heading, definition and source) of every metric."""
    lines = [
        (
            heading(about),
            f"{about['definition']}. {about['reference']}."
            + (f" Empty: {summary.empty[name]}" if name in summary.empty else ""),
        )
        for name, about in summary.metrics.items()
    ]
    seconds = "median time of the model's call for one picture, alone in its batch and in float32"
    return [*lines, ("seconds", f"{seconds} unless the command says --batch or --precision.")]


def note_lines(summary: Summary, info: RunInfo) -> list[str]:
    """Return what a reader has to know beside the tables."""
    lines = _generator_words(summary)
    of_sets = [SET_METRICS[name] for name in summary.metrics if name in SET_METRICS]
    if of_sets:
        paired = " and ".join(metric.title for metric in of_sets if metric.paired)
        but = f"; for {paired} once for each of them" if paired else ""
        lines.append(
            f"Metrics of a set: every true photograph counts once, under all its masks{but}."
        )
    lines += [
        f"{about['title']} is greyed out (italics): fewer than {about['enough']:,} pictures; "
        f"{about.get('enough_because', '')}."
        for name, about in summary.metrics.items()
        if summary.photographs < int(about.get("enough", 0)) and name not in summary.empty
    ]
    return [
        *lines,
        _composite_words(summary, info),
        *summary.caveats,
        *summary.notes,
        *_busy(summary),
    ]


def _generator_words(summary: Summary) -> list[str]:
    """Say where the generator of the holes is from, and what differs from there."""
    name = str(summary.about["masks"]).split(":")[0]
    return [f"Holes of {name}: {MASKS[name].source}."] if name in MASKS else []


def _composite_words(summary: Summary, info: RunInfo) -> str:
    """Say which pictures were measured."""
    raw = [str(about["title"]) for name, about in summary.metrics.items() if name in RAW_METRICS]
    as_they_are = [
        name for name in summary.variants if info.variants.get(name, {}).get("composited") == "no"
    ]
    but = ""
    if raw:
        but += f"; {', '.join(raw)}: on the output before compositing"
    if as_they_are:
        but += f"; {', '.join(as_they_are)}: as they are, with the known pixels that they have"
    return (
        "Every metric is computed on the composite rounded to 8 bits, as a person would save it; "
        f"known pixels are those of the photograph{but}."
    )


def _busy(summary: Summary) -> list[str]:
    """Warn where something else was running while seconds that are shown were measured."""
    if not summary.busy:
        return []
    return [
        f"Seconds were measured on a machine that was busy already when the run began "
        f"({', '.join(summary.busy)}): too long, and not to be compared."
    ]


def _machine(machine: Mapping[str, object]) -> str:
    return (
        f"{machine['cpu']}, {machine['cores']} cores, {machine['threads']} threads, "
        f"torch {machine['torch']}"
    )
