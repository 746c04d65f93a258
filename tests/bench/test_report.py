"""A report against the Parquet files, read and averaged without this project's code."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
import math

import pyarrow.parquet as pq
import pytest

from inpaint_bench.bench import run_info
from inpaint_bench.bench.plan import test_set_hash
from inpaint_bench.bench.report import collect, report
from inpaint_bench.bench.runner import execute, prepare
from inpaint_bench.bench.suites import read_suite
from inpaint_bench.errors import BenchError, UnknownNameError, WeightsError
from inpaint_bench.metrics import METRICS
from inpaint_bench.models import MODELS
from inpaint_bench.types import Variant


def read_rows(folder) -> list[dict]:
    paths = sorted((folder / "records").rglob("*.parquet"))
    return [row for path in paths for row in pq.ParquetFile(path).read().to_pylist()]


def table_after(text: str, heading: str) -> dict[str, dict[str, str]]:
    """Return the first Markdown table after a heading: variant -> column -> cell."""
    lines = text[text.index(heading) :].splitlines()
    table = [line for line in lines if line.startswith("|")]
    end = next((i for i, line in enumerate(lines) if i and line.startswith("#")), len(lines))
    table = [line for line in lines[:end] if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in table]
    return {row[0]: dict(zip(cells[0][1:], row[1:], strict=True)) for row in cells[2:]}


def test_bucket_tables_equal_a_loop_over_the_parts(measure, tmp_path):
    measure("mean_colour", "telea")
    rows = read_rows(tmp_path / "run")
    text = report(tmp_path / "run", by="bucket", metrics=["psnr"])
    table = table_after(text, "### PSNR (dB)")
    assert set(table) == {"mean_colour", "telea"}
    for variant, cells in table.items():
        assert len(cells) == 7
        for title, cell in cells.items():
            bucket = title.removesuffix(" ↑")
            values = [
                row["psnr"]
                for row in rows
                if row["variant"] == variant and bucket in (row["bucket"], "all holes")
            ]
            mean = f"{math.fsum(values) / len(values):.2f}"
            assert cell.replace("*", "").split()[0] == mean
            assert cell.endswith(f"({len(values)})")
    best = [cells["all holes ↑"].startswith("**") for cells in table.values()]
    assert sorted(best) == [False, True]


def test_csv_equals_a_loop_over_the_parts(measure, tmp_path):
    measure("mean_colour", "telea")
    rows = read_rows(tmp_path / "run")
    text = report(tmp_path / "run", by="bucket", form="csv")
    seen = 0
    for line in csv.DictReader(io.StringIO(text)):
        if line["metric"] == "seconds":
            continue
        values = [
            row[line["metric"]]
            for row in rows
            if row["variant"] == line["variant"] and line["bucket"] in (row["bucket"], "all")
        ]
        assert float(line["mean"]) == pytest.approx(math.fsum(values) / len(values), rel=1e-12)
        assert int(line["n"]) == len(values)
        if line["bucket"] == "all":
            assert float(line["low"]) < float(line["mean"]) < float(line["high"])
        seen += 1
    assert seen == 2 * 3 * 7


def test_every_table_states_set_hash_size_unit_convention_and_n(measure, test_set, tmp_path):
    measure("mean_colour", "telea")
    for by in (None, "bucket"):
        text = report(tmp_path / "run", by=by)
        assert "## tiny" in text and test_set_hash(test_set) in text
        assert "48 masked photographs, made from 8 photographs of" in text and "32x32" in text
        captions = [line for line in text.splitlines() if "Mean (N)" in line]
        assert len(captions) == (1 if by is None else 3)
        assert all(f"tiny `{test_set_hash(test_set)[:12]}`" in line for line in captions)
        for name in ("l1", "l1_hole", "psnr"):
            assert METRICS[name].definition in text
        assert "L1 (%)" in text and "PSNR (dB)" in text
    overview = table_after(report(tmp_path / "run"), "## tiny")
    assert all(cell.endswith("(48)") for cells in overview.values() for cell in cells.values())


def test_a_limit_is_told(measure, tmp_path):
    measure("mean_colour", limit=10)
    assert "10 masked photographs (the first of 48)" in report(tmp_path / "run")


def test_missing_lpips_is_an_empty_column_with_the_reason(measure, monkeypatch, tmp_path):
    def missing() -> None:
        raise WeightsError("no weights of AlexNet: fetch them and put them into z")

    lacking = dataclasses.replace(METRICS["lpips_alex"], prepare=missing)
    monkeypatch.setitem(METRICS._entries, "lpips_alex", lacking)
    measure("mean_colour", metrics=("l1", "lpips_alex"))
    text = report(tmp_path / "run")
    assert table_after(text, "## tiny")["mean_colour"]["LPIPS (Alex) ↓"] == "—"
    assert "Empty: no weights of AlexNet: fetch them and put them into z" in text
    assert "Empty: no weights" in report(tmp_path / "run", by="bucket", metrics=["lpips_alex"])
    by_bucket = report(tmp_path / "run", by="bucket")
    assert "Empty: no weights of AlexNet" in by_bucket
    assert by_bucket.count("| mean_colour |") == 1  # a table of L1, none of dashes
    latex = report(tmp_path / "run", by="bucket", form="latex")
    assert "% no table of LPIPS (Alex): no weights of AlexNet" in latex
    assert ",no weights of AlexNet" in report(tmp_path / "run", form="csv")
    text = report(tmp_path / "run", by="bucket", form="csv")
    lines = [x for x in csv.DictReader(io.StringIO(text)) if x["metric"] == "lpips_alex"]
    assert [(x["bucket"], x["mean"]) for x in lines] == [("all", "")]  # said once, as above
    assert "no weights of AlexNet" in lines[0]["note"]


def test_a_metric_that_needs_larger_pictures_says_so(measure, tmp_path):
    measure("mean_colour", metrics=("l1", "ms_ssim"), limit=4)
    text = report(tmp_path / "run")
    size = run_info.read_run(tmp_path / "run").test_sets["tiny"]["size"]
    assert f"Empty: these pictures are {size}x{size}, it needs at least 176x176" in text


def test_seconds_of_a_busy_machine_are_marked(measure, tmp_path, monkeypatch):
    loads = iter([0.1, 0.1, 99.0, 0.1, 0.2, 0.1])  # at the beginning and at the end of each
    monkeypatch.setattr(run_info, "machine_load", lambda: next(loads))
    measure("mean_colour", limit=4)
    assert "busy" not in report(tmp_path / "run")
    for limit in (8, 12):  # the same command resumed: what was busy once stays marked
        measure("mean_colour", limit=limit)
        assert "(load 99 on " in report(tmp_path / "run")
    assert len(run_info.read_run(tmp_path / "run").commands) == 1


def test_a_machine_that_becomes_busy_after_the_beginning_is_marked_too(
    measure, tmp_path, monkeypatch
):
    loads = iter([0.1, 99.0, 0.1])
    monkeypatch.setattr(run_info, "machine_load", lambda: next(loads))
    measure("mean_colour", limit=4)
    noted = run_info.read_run(tmp_path / "run").commands[-1]
    assert noted["load"] == 99.0 - noted["machine"]["threads"]  # its own threads do not count
    assert "busy" in report(tmp_path / "run")
    measure("mean_colour", limit=4)  # nothing is left to do
    assert run_info.read_run(tmp_path / "run").commands[-1] == noted


def test_seconds_of_a_busy_machine_are_no_contest(measure, tmp_path, monkeypatch):
    monkeypatch.setattr(run_info, "machine_load", lambda: 0.1)
    measure("mean_colour", "telea")
    rows = table_after(report(tmp_path / "run"), "## tiny")
    assert sum("**" in row["seconds ↓"] for row in rows.values()) >= 1
    monkeypatch.setattr(run_info, "machine_load", lambda: 99.0)
    measure("mean_colour", "telea", "patchmatch")
    rows = table_after(report(tmp_path / "run"), "## tiny")
    assert not any("**" in row["seconds"] for row in rows.values())


def test_variants_on_fewer_pictures_are_told_and_do_not_compete(measure, tmp_path, calls):
    measure("mean_colour")
    measure("telea", limit=10)
    text = report(tmp_path / "run")
    assert "Not every variant has all 48 rows (telea 10)" in text
    assert "**" not in table_after(text, "## tiny")["telea"]["PSNR (dB) ↑"]


def test_a_run_that_is_not_finished_says_so(measure, tmp_path, calls, monkeypatch):
    with pytest.raises(KeyboardInterrupt):
        measure("Interrupted")
    text = report(tmp_path / "run")
    assert "At most 4 of 48 masked photographs are measured." in text
    monkeypatch.setattr(MODELS["Interrupted"], "stop_at", 0)
    measure("Interrupted")
    assert "At most" not in report(tmp_path / "run")


def test_rows_that_failed_do_not_count_as_measured(measure, tmp_path, calls):
    measure("Failing", "telea")
    _, (summary,) = collect(tmp_path / "run")
    done = summary.cells["l1"]["Failing", "all"].n
    assert 0 < done < 48
    text = report(tmp_path / "run")
    assert f"Not every variant has all 48 rows (Failing {done}): means over fewer" in text


def test_failures_are_told_with_their_number_and_the_first_reason(measure, tmp_path, calls):
    measure("mean_colour", "Unbuildable")
    text = report(tmp_path / "run")
    assert "Unbuildable: 48 of 48 rows ended with an error; the first (photo0, " in text
    assert "load: OSError: no such weights" in text
    assert table_after(text, "## tiny")["Unbuildable"]["PSNR (dB) ↑"] == "—"


def test_rows_from_before_an_unfinished_change_are_left_out_and_told(
    measure, calls, variant, tmp_path, monkeypatch
):
    monkeypatch.setattr(MODELS["Interrupted"], "stop_at", 48 + 33)  # first item of shard 2
    measure(variant("Interrupted", sha256="a" * 64))
    with pytest.raises(KeyboardInterrupt):
        measure(variant("Interrupted", sha256="b" * 64))
    text = report(tmp_path / "run")
    assert "16 rows of Interrupted were made before it changed and are left out" in text
    assert table_after(text, "## tiny")["Interrupted"]["PSNR (dB) ↑"].endswith("(32)")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("suite", 3),
        ("seed", "0"),
        ("test_sets", ["tiny"]),
        ("variants", {"mean_colour": "mean_colour"}),
        ("skipped", {"tiny": 1}),
        ("commands", ["run"]),
    ],
)
def test_a_run_json_that_somebody_changed_is_told(measure, tmp_path, name, value):
    measure("mean_colour")
    path = tmp_path / "run" / "run.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), name: value}))
    with pytest.raises(BenchError, match=f"expected {name} in .*as a run writes it, got"):
        report(tmp_path / "run")


def test_papers_numbers_of_ones_own_suite_stand_in_the_report(test_set, measure, tmp_path):
    path = tmp_path / "lama_table.toml"  # a name that the project has too
    texts = ("paper", "table", "page", "photographs", "masks", "n", "convention")
    words = "\n".join(f'{name} = "my {name}"' for name in texts)
    rows = 'columns = ["L1"]\n[reported.rows]\n"theirs" = [0.90]\n'
    path.write_text(
        'title = "t"\ntest_sets = ["tiny"]\nmodels = "all"\nmetrics = ["l1"]\n'
        f"[[reported]]\n{words}\n{rows}"
    )
    folder = tmp_path / "run"
    chosen = [Variant("mean_colour", "mean_colour")]
    execute(prepare(read_suite(str(path)), [test_set], chosen, folder))
    text = report(folder)
    assert "Reported by my paper, my table, my page" in text and "| theirs | 0.90 |" in text
    assert "LaMa-Fourier" not in text
    measure("mean_colour", "telea", folder=folder)  # another suite in the same folder
    assert "Reported by" not in report(folder)


def test_what_is_no_run_or_unknown_is_told(measure, tmp_path):
    with pytest.raises(BenchError, match="no run.json"):
        report(tmp_path / "nothing")
    measure("mean_colour")
    with pytest.raises(UnknownNameError, match="unknown metric of this run 'ssim'.*Valid: l1"):
        report(tmp_path / "run", metrics=["ssim"])
    with pytest.raises(UnknownNameError, match="unknown format 'pdf'.*Valid: md, csv"):
        report(tmp_path / "run", form="pdf")
    with pytest.raises(UnknownNameError, match="unknown grouping 'size'"):
        report(tmp_path / "run", by="size")
