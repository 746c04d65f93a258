"""`speed` on the command line."""

from __future__ import annotations

import csv

import pytest

from inpaint_bench.cli import main

COLUMNS = ("plain, s", "fast, s", "times faster", "GFLOP/s fast", "largest difference, 255ths")


def rows(text):
    lines = [line[2:-2].split(" | ") for line in text.splitlines() if line.startswith("| ")]
    return [dict(zip(lines[0], line, strict=True)) for line in lines[1:]]


def test_the_table_has_both_paths_beside_each_other(tmp_path, capsys):
    table = tmp_path / "speed.csv"
    arguments = ["--models", "pluralistic,deepfill_v2-scenes128", "--sizes", "64,128"]
    status = main(["speed", *arguments, "--rounds", "1", "--threads", "1", "--csv", str(table)])
    out = capsys.readouterr().out
    assert status == 0 and "GFLOP/s in float32" in out
    shown = rows(out)
    assert [(row["model"], row["size"]) for row in shown] == [
        (name, side) for name in ("pluralistic", "deepfill_v2-scenes128") for side in ("64", "128")
    ]
    for row in shown:
        assert all(float(row[column]) >= 0 for column in COLUMNS)
        assert float(row["largest difference, 255ths"]) <= 2
        faster = float(row["plain, s"]) / float(row["fast, s"])
        assert float(row["times faster"]) == pytest.approx(faster, rel=0.1, abs=0.02)
    with table.open(newline="") as stream:
        assert list(csv.DictReader(stream)) == shown


def test_what_was_measured_stays_when_stopped(tmp_path, monkeypatch, capsys):
    from inpaint_bench.fast import timing

    measure, calls = timing.time_paths, []

    def stop_at_the_second(*arguments, **options):
        calls.append(arguments)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return measure(*arguments, **options)

    monkeypatch.setattr(timing, "time_paths", stop_at_the_second)
    table = tmp_path / "speed.csv"
    arguments = ["--models", "pluralistic", "--sizes", "64,128", "--rounds", "1"]
    assert main(["speed", *arguments, "--csv", str(table)]) == 130
    assert len(rows(capsys.readouterr().out)) == 1 and len(table.read_text().splitlines()) == 2


def test_a_network_that_refuses_a_size_does_not_stop_the_others(capsys):
    arguments = ["--models", "mat,global_local", "--sizes", "40", "--rounds", "1"]
    assert main(["speed", *arguments]) == 0
    captured = capsys.readouterr()
    assert [row["model"] for row in rows(captured.out)] == ["global_local"]
    assert "mat: not timed at 40x40: expected a resolution of" in captured.out


@pytest.mark.parametrize(
    "arguments, told",
    [
        (["--models", "deepfil_v2"], "deepfill_v2"),
        (["--models", "telea"], "classical method 'telea'"),
        (["--sizes", "256x256"], "write --sizes 256,512"),
        (["--sizes", "256,"], "write --sizes 256,512"),
    ],
)
def test_bad_use_ends_with_one_line(arguments, told, capsys):
    assert main(["speed", *arguments]) == 2
    captured = capsys.readouterr()
    assert captured.out == "" and len(captured.err.splitlines()) == 1 and told in captured.err


def test_the_metrics_are_timed_beside_scikit_image(capsys):
    assert main(["speed", "--metrics", "--sizes", "64", "--rounds", "1"]) == 0
    shown = rows(capsys.readouterr().out)
    assert [row["images at once"] for row in shown] == ["1", "8"]
    assert all(float(row["times faster"]) > 0 for row in shown)
