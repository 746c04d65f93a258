"""The throughput table has a row a recipe."""

from __future__ import annotations

import csv

import pytest

from inpaint_bench.errors import InpaintBenchError
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


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--steps", "0"], "expected steps from 1 to"),
        (["--batch", "0"], "expected batch from 1 to"),
        (["--workers", "-1"], "expected workers from 0 to"),
        (["--threads", "-1"], "expected threads from 0 to"),
        (["--csv", "{there}/none/table.csv"], "cannot write .*table.csv: No such file"),
        (["--csv", "{there}"], "cannot write .*: it is a folder"),
        (["--backbone", "{there}/none"], "expected features at .*none, found no file"),
        (["--preset", "texture"], "expected a preset of paper, short"),  # which one recipe has
    ],
)
def test_what_cannot_be_is_told_before_anything_is_measured(
    options, said, photographs, tmp_path, capsys
):
    options = [option.format(there=tmp_path) for option in options]
    arguments = ["--data", str(photographs), "--recipes", "deepfill_v2", "pconv_unet", "--size"]
    with pytest.raises(InpaintBenchError, match=said):
        measure(build_parser().parse_args([*arguments, "32", *options]))
    assert capsys.readouterr().out == ""
