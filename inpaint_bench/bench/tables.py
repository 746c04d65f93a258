"""Tables of numbers a reader can trust: every cell with its N, every column with its direction.

Turns estimates by (variant, column) into a frozen `Table`, and a `Table` into Markdown or rows
of CSV. What the estimates mean, and the words around the tables, belong to `report`.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from inpaint_bench.bench.photographs import photograph_ids
from inpaint_bench.bench.ranking import Ranking
from inpaint_bench.bench.statistics import Estimate, bootstrap_mean
from inpaint_bench.masks.ratio import EDGES, bucket_labels

__all__ = [
    "ALL_BUCKETS",
    "Column",
    "Table",
    "bucket_order",
    "csv_rows",
    "make_table",
    "mean_by_bucket",
    "to_csv",
    "to_markdown",
]

ALL_BUCKETS = "all"

Cells = Mapping[tuple[str, str], Estimate]

CSV_HEADER = (
    "test_set",
    "test_set_sha256",
    "variant",
    "metric",
    "unit",
    "higher_is_better",
    "bucket",
    "n",
    "mean",
    "low",
    "high",
    "note",
    "rank",
)


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Attributes:
        key: of its cells.
        title: above the column, without its arrow.
        higher_is_better: direction; None for what is no contest.
        digits: after the point.
        interval: show the bootstrap interval too.
        enough: pictures below which a number is greyed out and does not compete.
        limited: there are fewer photographs than that, so the whole column is.
    """

    key: str
    title: str
    higher_is_better: bool | None = None
    digits: int = 2
    interval: bool = False
    enough: int = 0
    limited: bool = False

    def is_grey(self, cell: Estimate) -> bool:
        """Say whether a number stands on too few pictures to be compared."""
        return self.enough > 0 and (self.limited or cell.n < self.enough)


@dataclass(frozen=True)
class Table:
    """Estimates laid out by variant and column.

    Attributes:
        rows: names of the variants.
        columns: in order.
        cells: by (variant, column key); what is missing is an empty cell.
        best: cells that no comparable cell of their column beats, as displayed.
    """

    rows: tuple[str, ...]
    columns: tuple[Column, ...]
    cells: Cells
    best: frozenset[tuple[str, str]]


def mean_by_bucket(
    frame: pd.DataFrame, metric: str, *, seed: int = 0
) -> dict[tuple[str, str], Estimate]:
    """Return the mean of a metric for each variant and bucket, and over all buckets.

    Args:
        frame: records of one test set.
        metric: name of the column.
        seed: of the bootstrap.

    Returns:
        Estimates by (variant, bucket); `ALL_BUCKETS` for the mean over all rows. Rows without
        a value do not count.
    """
    cells: dict[tuple[str, str], Estimate] = {}
    if metric not in frame.columns:
        return cells
    for variant, rows in frame.groupby("variant", sort=False):
        for bucket, some in [(ALL_BUCKETS, rows), *rows.groupby("bucket", sort=False)]:
            cells[str(variant), str(bucket)] = bootstrap_mean(
                some[metric].to_numpy(float), photograph_ids(some), seed=seed
            )
    return cells


def bucket_order(found: Iterable[str]) -> list[str]:
    """Return bucket labels in ascending order of the hole."""
    labels = bucket_labels(EDGES)
    found = set(found)
    small = sorted(label for label in found if label.startswith("<"))
    large = sorted(label for label in found if label.startswith(">"))
    known = [label for label in labels if label in found]
    other = sorted(found - {*small, *large, *known}, key=lambda label: _leading_number(label))
    return [*small, *known, *other, *large]


def make_table(rows: Sequence[str], columns: Sequence[Column], cells: Cells) -> Table:
    """Return a table with its best cells found.

    Only cells over the most pictures of their column compete: a mean over fewer pictures is
    one over other pictures.
    """
    best: set[tuple[str, str]] = set()
    for column in columns:
        if column.higher_is_better is None:
            continue
        there = {row: cells[row, column.key] for row in rows if (row, column.key) in cells}
        there = {
            row: cell
            for row, cell in there.items()
            if not math.isnan(cell.mean) and not column.is_grey(cell)
        }
        most = max((cell.n for cell in there.values()), default=0)
        shown = {r: round(c.mean, column.digits) for r, c in there.items() if c.n == most}
        if len(shown) > 1:
            top = max(shown.values()) if column.higher_is_better else min(shown.values())
            best |= {(row, column.key) for row, value in shown.items() if value == top}
    return Table(tuple(rows), tuple(columns), dict(cells), frozenset(best))


def to_markdown(table: Table, *, corner: str = "variant") -> str:
    """Return a Markdown table: `**mean** (N)`, with `[low, high]` where the column wants it, and
    in italics what stands on too few pictures."""
    arrows = {True: " ↑", False: " ↓", None: ""}
    header = [corner, *(c.title + arrows[c.higher_is_better] for c in table.columns)]
    lines = [header, ["---", *("---:" for _ in table.columns)]]
    for row in table.rows:
        lines.append([_escape(row), *(_cell(table, row, column) for column in table.columns)])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def csv_rows(
    cells: Cells,
    *,
    about: Mapping[str, object],
    rows: Sequence[str],
    buckets: Sequence[str],
    rankings: Mapping[str, Ranking] | None = None,
) -> list[dict[str, object]]:
    """Return one row a cell, numbers unrounded.

    Args:
        cells: of one metric on one test set.
        about: values of the columns that are the same in every row.
        rows: variants.
        buckets: keys of the cells.
        rankings: by bucket, where there are some.
    """
    rankings = rankings or {}
    found = []
    for variant in rows:
        for bucket in buckets:
            cell = cells.get((variant, bucket), Estimate(math.nan))
            numbers = {"mean": cell.mean, "low": cell.low, "high": cell.high}
            found.append(
                {
                    **about,
                    "variant": variant,
                    "bucket": bucket,
                    "n": cell.n,
                    "rank": rankings[bucket].label(variant) if bucket in rankings else "",
                    **{k: "" if math.isnan(v) else repr(v) for k, v in numbers.items()},
                }
            )
    return found


def to_csv(rows: Iterable[Mapping[str, object]]) -> str:
    """Return rows of `csv_rows` as CSV with a header."""
    stream = io.StringIO()
    writer = csv.DictWriter(stream, CSV_HEADER, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue()


def _cell(table: Table, row: str, column: Column) -> str:
    cell = table.cells.get((row, column.key))
    if cell is None or math.isnan(cell.mean):
        return "—"
    mean = f"{cell.mean:.{column.digits}f}"
    text = f"**{mean}**" if (row, column.key) in table.best else mean
    if column.is_grey(cell):
        text = f"*{mean}*"
    if column.interval and not math.isnan(cell.low):
        text += f" [{cell.low:.{column.digits}f}, {cell.high:.{column.digits}f}]"
    return f"{text} ({cell.n})"


def _escape(text: str) -> str:
    return text.replace("|", "\\|")


def _leading_number(label: str) -> float:
    number = label.partition("-")[0].strip("<>% ")
    try:
        return float(number)
    except ValueError:  # a label that is no range: at the end
        return math.inf
