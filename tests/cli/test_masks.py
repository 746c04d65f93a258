"""`masks` on the command line."""

from __future__ import annotations

import csv

import numpy as np
import pytest
from PIL import Image

from inpaint_bench.cli import main
from inpaint_bench.imaging import read_mask
from inpaint_bench.masks import draw_mask, hole_ratio


def test_drawn_masks_are_those_of_their_seeds_with_a_sheet_beside_them(tmp_path, capsys):
    arguments = ["--size", "48", "--count", "5", "--seed", "7", "--ratio", "0.2,0.3"]
    status = main(["masks", "draw", "--generator", "free_form", *arguments, "--out", str(tmp_path)])
    assert status == 0 and "5 masks" in capsys.readouterr().out
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {f"free_form_{seed}.png" for seed in range(7, 12)} | {"sheet.png"}
    for seed in range(7, 12):
        hole = read_mask(tmp_path / f"free_form_{seed}.png", hole="white")
        expected = draw_mask("free_form", 48, 48, seed=seed, ratio=(0.2, 0.3))
        np.testing.assert_array_equal(hole, expected)
        assert 0.2 <= hole_ratio(hole) < 0.3


@pytest.fixture
def holes(tmp_path):
    """Write masks of 10x10 pixels with 5, 15, 16 and 75 white ones."""
    for count in (5, 15, 16, 75):
        pixels = (np.arange(100) < count).reshape(10, 10).astype(np.uint8) * 255
        Image.fromarray(pixels).save(tmp_path / f"m{count}.png")
    return tmp_path


def counts(out):
    """Read the printed table: label -> number of masks."""
    rows = [line.split() for line in out.splitlines()[1:]]
    return {" ".join(row[:-2]): int(row[-2]) for row in rows}


def test_the_masks_of_a_folder_are_counted_by_bucket(holes, capsys):
    assert main(["masks", "bucket", str(holes)]) == 0
    found = counts(capsys.readouterr().out)
    assert found["1-10 %"] == 1 and found["10-20 %"] == 2 and found[">60 %"] == 1
    assert found["20-30 %"] == 0 and found["all"] == 4 and len(found) == 8


def test_edges_and_polarity_can_be_chosen(holes, capsys):
    assert main(["masks", "bucket", str(holes), "--edges", "0,0.5,1", "--hole", "black"]) == 0
    assert counts(capsys.readouterr().out) == {"0-50 %": 1, "50-100 %": 3, "all": 4}


def test_the_csv_has_a_row_a_mask(holes, tmp_path_factory):
    path = tmp_path_factory.mktemp("csv") / "rows.csv"
    assert main(["masks", "bucket", str(holes), "--csv", str(path)]) == 0
    with path.open(encoding="utf-8", newline="") as file:
        rows = {row["mask_id"]: row for row in csv.DictReader(file)}
    assert set(rows) == {"m5", "m15", "m16", "m75"}
    assert float(rows["m16"]["hole_ratio"]) == 0.16 and rows["m16"]["bucket"] == "10-20 %"


def test_a_file_that_is_no_mask_is_named_after_the_others_are_counted(holes, capsys):
    (holes / "broken.png").write_bytes(b"no picture")
    assert main(["masks", "bucket", str(holes)]) == 2
    captured = capsys.readouterr()
    assert counts(captured.out)["all"] == 4
    assert captured.err.count("\n") == 1 and "broken.png" in captured.err


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["draw", "--generator", "nope", "--out", "o"], "unknown mask generator 'nope'"),
        (["draw", "--generator", "centre", "--ratio", "0.4,0.5", "--out", "o"], "no draw of"),
        (["draw", "--ratio", "a,b", "--out", "o"], "numbers such as 0.2,0.3, got 'a,b'"),
        (["draw", "--ratio", "0.2", "--out", "o"], "2 numbers such as 0.2,0.3, got '0.2'"),
        (["draw", "--ratio", "0.3,0.2", "--out", "o"], "range within [0,1], got 0.3 to 0.2"),
        (["draw", "--size", "4", "--out", "o"], "--size"),
        (["draw"], "--out"),
        (["bucket", "nowhere"], "no folder nowhere"),
        (["bucket", ".", "--edges", "0.5,0.1"], "ascending bucket edges"),
        (["bucket", ".", "--hole", "red"], "'white' or 'black', got 'red'"),
    ],
)
def test_bad_use_is_one_line_and_status_2(arguments, expected, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["masks", *arguments]) == 2
    captured = capsys.readouterr()
    assert expected in captured.err and captured.err.count("\n") == 1
    assert not list(tmp_path.iterdir())
