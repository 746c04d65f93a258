"""`masks` on the command line."""

from __future__ import annotations

import csv

import numpy as np
import pytest
from PIL import Image

from inpaint_bench.cli import main
from inpaint_bench.imaging import read_mask
from inpaint_bench.masks import MASKS, draw_mask, hole_ratio


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


def test_all_generators_fill_one_sheet_with_a_row_each(tmp_path, capsys):
    arguments = ["--generator", "all", "--size", "256", "--count", "2", "--out", str(tmp_path)]
    assert main(["masks", "draw", *arguments]) == 0
    assert f"{2 * len(MASKS)} masks" in capsys.readouterr().out
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {f"{name}_{seed}.png" for name in MASKS for seed in (0, 1)} | {"sheet.png"}
    with Image.open(tmp_path / "sheet.png") as sheet:
        assert sheet.width < 3 * 172 and sheet.height > len(MASKS) * 172


def test_generators_that_cannot_draw_a_ratio_are_left_out_by_name(tmp_path, capsys):
    arguments = ["--generator", "all", "--size", "48", "--count", "1", "--ratio", "0.8,0.95"]
    assert main(["masks", "draw", *arguments, "--out", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert "centre is left out: no draw of 'centre'" in out
    assert "lama_thin_256 is left out: 'lama_thin_256' draws masks of at least 128x128" in out
    assert (tmp_path / "ntire_expand_0.png").is_file()


def test_the_list_says_source_and_parameters(capsys):
    assert main(["masks", "list"]) == 0
    out = capsys.readouterr().out
    assert all(f"{name}  " in out for name in MASKS) and "Suvorov et al. 2022" in out
    assert main(["masks", "list", "centre"]) == 0
    assert capsys.readouterr().out.splitlines()[0] == "centre  Centre square"


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
        (
            ["draw", "--generator", "all", "--ratio", "1e-4,2e-4", "--size", "16", "--out", "o"],
            "some generator draws at 16",
        ),
        (["list", "nope"], "unknown mask generator 'nope'"),
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
