"""The throughput table has a row a recipe."""

from __future__ import annotations

import csv

from trainers.throughput import build_parser, measure


def test_the_table_has_both_loops_of_every_recipe(photographs, tmp_path, capsys):
    table = tmp_path / "throughput.csv"
    arguments = ["--data", str(photographs), "--recipes", "deepfill_v2_sketch", "pconv_unet"]
    arguments += ["--size", "64", "--batch", "2", "--steps", "1", "--workers", "0"]
    measure(build_parser().parse_args([*arguments, "--csv", str(table)]))
    told = capsys.readouterr().out
    assert "| deepfill_v2_sketch | 0.29 |" in told and "| pconv_unet |" in told
    with table.open() as stream:
        rows = list(csv.DictReader(stream))
    assert [row["recipe"] for row in rows] == ["deepfill_v2_sketch", "pconv_unet"]
    for row in rows:
        assert float(row["loop"]) > 0 and float(row["plain"]) > 0
        assert 0 <= float(row["waiting"]) < 1
