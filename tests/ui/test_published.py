from __future__ import annotations

import gc
import json
import math
import weakref

import pandas as pd
import pytest

from inpaint_bench.bench.statistics import bootstrap_mean
from inpaint_bench.errors import BenchError
from inpaint_bench.ui.published import (
    SECONDS,
    Own,
    published_sets,
    read_about,
    read_published,
)
from inpaint_bench.ui.settings import Settings
from tests.ui.conftest import write_results


def test_a_folder_without_results_has_no_test_sets(tmp_path):
    assert published_sets(tmp_path) == []
    assert published_sets(tmp_path / "missing") == []


def test_estimates_are_the_means_of_the_records(results_folder):
    results = read_published(results_folder, "made-up-a")
    frame = pd.read_parquet(results_folder / "made-up-a.parquet")
    rows = frame[(frame["variant"] == "telea") & (frame["bucket"] == "10-20 %")]
    found = results.estimate("psnr", "telea", "10-20 %")
    assert found.mean == pytest.approx(rows["psnr"].mean())
    assert found.n == len(rows) == 3
    assert results.estimate("psnr", "telea").n == 9


def test_seconds_are_the_median(results_folder):
    path = results_folder / "made-up-a.parquet"
    frame = pd.read_parquet(path)
    frame.loc[frame["variant"] == "telea", SECONDS] = [100.0] + [1.0] * 8
    frame.to_parquet(path, index=False)
    assert read_published(results_folder, "made-up-a").estimate(SECONDS, "telea").mean == 1.0


def test_metrics_of_a_set_and_reasons_come_from_the_file_beside(results_folder):
    results = read_published(results_folder, "made-up-a")
    assert results.estimate("fid", "telea", "10-20 %").mean == 31.5
    assert math.isnan(results.estimate("fid", "mean_colour").mean)
    assert results.measures["lpips_alex"].empty == "made up: no weights"


def test_without_that_file_the_columns_are_what_the_metrics_are_today(results_folder):
    (results_folder / "made-up-a.json").unlink()
    results = read_published(results_folder, "made-up-a")
    assert list(results.measures)[:2] == ["l1", "l1_hole"]
    assert results.measures["psnr"].heading == "PSNR ↑ (dB)"


def test_new_results_are_read_without_a_restart(results_folder):
    before = read_published(results_folder, "made-up-a")
    assert read_published(results_folder, "made-up-a") is before
    path = results_folder / "made-up-a.parquet"
    frame = pd.read_parquet(path)
    frame[frame["variant"] == "telea"].to_parquet(path, index=False)
    assert read_published(results_folder, "made-up-a").variants == ["telea"]


def test_a_file_that_holds_no_records_is_refused_in_one_line(tmp_path):
    (tmp_path / "bad.parquet").write_text("nothing")
    with pytest.raises(BenchError, match="publish them again"):
        read_published(tmp_path, "bad")


def test_the_results_in_the_repository_can_all_be_read():
    folder = Settings().results_dir
    for name in published_sets(folder):
        results = read_published(folder, name)
        assert results.variants and results.buckets and results.measures
        json.dumps([m.convention for m in results.measures.values()])


def own_row(results, name):
    frame = results.rows("telea").assign(variant=name)
    return Own(name, results.test_set, frame, {"made_from": {}, "measured": {}}, f"{name}: mine")


def test_a_visitors_row_stands_beside_the_published_ones_for_that_visitor_alone(results_folder):
    results = read_published(results_folder, "made-up-a")
    mine = own_row(results, "mine")
    both = results.with_own([mine])
    assert "mine" in both.variants and "mine" not in results.variants
    assert both.estimate("psnr", "mine") == results.estimate("psnr", "telea")
    assert "mine: mine" in both.caveats and both.own == ("mine",)
    assert results.with_own([mine]) is both  # remembered, with all that was computed
    assert results.with_own([mine, own_row(results, "other")]).own == ("mine", "other")
    elsewhere = read_published(results_folder, "made-up-b")
    assert elsewhere.with_own([mine]) is elsewhere


def test_what_a_session_forgets_is_not_kept_by_the_results(results_folder):
    results = read_published(results_folder, "made-up-a")
    mine = own_row(results, "mine")
    joined = weakref.ref(results.with_own([mine]))
    del mine
    gc.collect()
    assert joined() is None


def test_estimates_carry_the_interval_of_the_benchmark(tmp_path):
    write_results(tmp_path / "many", tuple(f"photograph {i}" for i in range(6)))
    results = read_published(tmp_path / "many", "made-up-a")
    frame = pd.read_parquet(tmp_path / "many" / "made-up-a.parquet")
    rows = frame[frame["variant"] == "telea"]
    assert results.estimate("psnr", "telea") == bootstrap_mean(rows["psnr"], rows["image_id"])


def test_what_is_said_of_a_set_is_read_without_its_records(results_folder):
    (results_folder / "made-up-a.parquet").write_text("no records")
    assert read_about(results_folder, "made-up-a")["masks"] == "masks/test"
    (results_folder / "made-up-a.json").unlink()
    assert read_about(results_folder, "made-up-a") == {}
