"""Tables against sums written out in loops over plain rows."""

from __future__ import annotations

import csv
import io
import math
import random

import pandas as pd
import pytest

from inpaint_bench.bench.statistics import Estimate
from inpaint_bench.bench.tables import (
    ALL_BUCKETS,
    Column,
    bucket_order,
    csv_rows,
    make_table,
    mean_by_bucket,
    to_csv,
    to_markdown,
)

BUCKETS = ["1-10 %", "20-30 %", "50-60 %"]


@pytest.fixture
def rows() -> list[dict]:
    rng = random.Random(0)
    return [
        {
            "variant": variant,
            "image_id": f"photo{image}",
            "bucket": rng.choice(BUCKETS),
            "l1": math.nan if rng.random() < 0.1 else rng.uniform(0, 20),
        }
        for variant in ("telea", "biharmonic")
        for image in range(40)
    ]


def test_means_and_counts_equal_a_loop_over_plain_rows(rows):
    cells = mean_by_bucket(pd.DataFrame(rows), "l1")
    for variant in ("telea", "biharmonic"):
        for bucket in (*BUCKETS, ALL_BUCKETS):
            values = [
                row["l1"]
                for row in rows
                if row["variant"] == variant
                and bucket in (row["bucket"], ALL_BUCKETS)
                and row["l1"] == row["l1"]
            ]
            assert cells[variant, bucket].n == len(values)
            assert cells[variant, bucket].mean == pytest.approx(sum(values) / len(values))


def test_every_cell_shows_its_n_and_the_best_is_bold_in_its_direction(rows):
    cells = mean_by_bucket(pd.DataFrame(rows), "l1")
    cells = {key: Estimate(round(cell.mean, 2), n=7) for key, cell in cells.items()}
    for better, arrow, pick in ((True, "↑", max), (False, "↓", min)):
        columns = [Column(bucket, bucket, better) for bucket in BUCKETS]
        table = make_table(["telea", "biharmonic"], columns, cells)
        lines = [line.strip("| ").split(" | ") for line in to_markdown(table).splitlines()]
        assert lines[0] == ["variant", *(f"{bucket} {arrow}" for bucket in BUCKETS)]
        for index, bucket in enumerate(BUCKETS, start=1):
            means = {row[0]: cells[row[0], bucket].mean for row in lines[2:]}
            for row in lines[2:]:
                best = means[row[0]] == pick(means.values())
                shown = f"{means[row[0]]:.2f}"
                assert row[index] == (f"**{shown}** (7)" if best else f"{shown} (7)")


def test_a_mean_over_fewer_pictures_does_not_compete():
    cells = {
        ("a", "x"): Estimate(1.0, n=3),
        ("b", "x"): Estimate(2.0, n=9),
        ("c", "x"): Estimate(3.0, n=9),
    }
    assert make_table("abc", [Column("x", "X", False)], cells).best == {("b", "x")}


def test_what_looks_equal_is_best_together_and_one_alone_is_no_contest():
    cells = {("a", "x"): Estimate(1.001, n=9), ("b", "x"): Estimate(1.004, n=9)}
    assert make_table("ab", [Column("x", "X", False)], cells).best == {("a", "x"), ("b", "x")}
    assert make_table("a", [Column("x", "X", False)], cells).best == frozenset()
    assert make_table("ab", [Column("x", "X", None)], cells).best == frozenset()


def test_missing_cells_are_dashes_and_intervals_are_shown_where_wanted():
    cells = {("a", "x"): Estimate(1.0, 0.5, 1.5, 9), ("b", "x"): Estimate(math.nan)}
    table = make_table("abc", [Column("x", "X", False, 1, True)], cells)
    lines = to_markdown(table).splitlines()[2:]
    assert lines == ["| a | 1.0 [0.5, 1.5] (9) |", "| b | — |", "| c | — |"]


def test_buckets_ascend_whatever_their_edges():
    found = ["50-60 %", ">60 %", "1-10 %", "<1 %", "10-20 %"]
    assert bucket_order(found) == ["<1 %", "1-10 %", "10-20 %", "50-60 %", ">60 %"]
    assert bucket_order(["25-50 %", "5-25 %"]) == ["5-25 %", "25-50 %"]


def test_csv_gives_back_the_very_numbers(rows):
    cells = mean_by_bucket(pd.DataFrame(rows), "l1")
    about = {"test_set": "s", "test_set_sha256": "h", "metric": "l1", "unit": "%"}
    about |= {"higher_is_better": False, "note": ""}
    text = to_csv(csv_rows(cells, about=about, rows=["telea", "none"], buckets=[ALL_BUCKETS]))
    first, second = csv.DictReader(io.StringIO(text))
    assert float(first["mean"]) == cells["telea", ALL_BUCKETS].mean
    assert int(first["n"]) == cells["telea", ALL_BUCKETS].n
    assert (second["mean"], second["n"]) == ("", "0")
