"""What the tables of a report hold, whatever its format."""

from __future__ import annotations

import math

from inpaint_bench.bench.ranking import Ranking
from inpaint_bench.bench.statistics import Estimate
from inpaint_bench.bench.summary import SECONDS, Summary
from inpaint_bench.bench.tables import ALL_BUCKETS, Cells, Column, Table, make_table
from inpaint_bench.bench.words import heading

__all__ = [
    "agreement_rows",
    "bucket_contents",
    "bucket_rankings",
    "digits_of",
    "overview_contents",
    "overview_rankings",
    "stage_rows",
]


def overview_contents(summary: Summary) -> Table:
    """Return one column a metric, over all holes, and the seconds."""
    columns = [
        _column(summary, name, name, heading(about)) for name, about in summary.metrics.items()
    ]
    # What a busy machine measured is no contest.
    columns.append(Column(SECONDS, "seconds", None if summary.busy else False, 3))
    cells = {
        (variant, name): found[variant, ALL_BUCKETS]
        for name, found in [*summary.cells.items(), (SECONDS, summary.seconds)]
        for variant in summary.variants
        if (variant, ALL_BUCKETS) in found
    }
    return make_table(summary.variants, columns, cells)


def overview_rankings(summary: Summary) -> dict[str, Ranking]:
    """Return the ranks over all holes by metric, where there are any."""
    return {
        name: summary.rankings[name, ALL_BUCKETS]
        for name in summary.metrics
        if (name, ALL_BUCKETS) in summary.rankings
    }


def bucket_contents(summary: Summary, metric: str) -> Table:
    """Return one metric: a column a bucket, and all holes with their interval."""
    columns = [_column(summary, metric, bucket, bucket) for bucket in summary.buckets]
    columns.append(_column(summary, metric, ALL_BUCKETS, "all holes", interval=True))
    return make_table(summary.variants, columns, summary.cells[metric])


def bucket_rankings(summary: Summary, metric: str) -> dict[str, Ranking]:
    """Return the ranks of a metric by bucket, where there are any."""
    return {
        bucket: summary.rankings[metric, bucket]
        for bucket in (*summary.buckets, ALL_BUCKETS)
        if (metric, bucket) in summary.rankings
    }


def agreement_rows(summary: Summary) -> list[list[str]]:
    """Return metric, metric, their rank correlation over methods, and that over pictures."""
    rows = []
    for (one, other), found in summary.correlations.items():
        titles = [str(summary.metrics[name]["title"]) for name in (one, other)]
        means = "—" if math.isnan(found.methods) else f"{found.methods:.2f}"
        each = found.pictures
        span = "" if math.isnan(each.low) else f" [{each.low:.2f}, {each.high:.2f}]"
        value = "the same order" if found.same_order else f"{each.mean:.2f}{span}"
        rows.append(
            [*titles, f"{means} ({found.n_methods})", f"{value} ({each.n})" if each.n else "—"]
        )
    return rows


def stage_rows(summary: Summary) -> list[list[str]]:
    """Return variant, stage, metric, its mean there and at the end, and the share made worse."""
    rows = []
    for one in summary.refinements:
        worse = one.worse
        span = "" if math.isnan(worse.low) else f" [{worse.low:.0%}, {worse.high:.0%}]"
        metric = heading(summary.metrics[one.metric])
        means = [_mean(one.before), _mean(one.after)]
        rows.append([one.variant, one.stage, metric, *means, f"{worse.mean:.0%}{span} ({worse.n})"])
    return rows


def digits_of(cells: Cells) -> int:
    """Return digits after the point that show about four significant ones."""
    largest = max((abs(cell.mean) for cell in cells.values() if cell.n), default=0.0)
    return 2 if largest >= 10 else 3 if largest >= 1 else 4


def _column(
    summary: Summary, metric: str, key: str, title: str, *, interval: bool = False
) -> Column:
    about = summary.metrics[metric]
    enough = int(about.get("enough", 0))
    return Column(
        key,
        title,
        bool(about["higher_is_better"]) if about.get("contest", True) else None,
        digits_of(summary.cells[metric]),
        interval,
        enough=enough,
        limited=summary.photographs < enough,
    )


def _mean(cell: Estimate) -> str:
    return f"{cell.mean:.4g} ({cell.n})"
