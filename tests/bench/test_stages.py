"""Earlier stages of a model and outputs before compositing: measured beside the result, never
among the records."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch

from inpaint_bench import inpaint
from inpaint_bench.bench.publish import publish
from inpaint_bench.bench.report import report
from inpaint_bench.bench.run_info import read_run
from inpaint_bench.bench.stages import Watched
from inpaint_bench.bench.store import Store, published_results
from inpaint_bench.data import TestSetReader
from inpaint_bench.imaging import composite
from inpaint_bench.metrics import METRICS
from inpaint_bench.models import MODELS


def test_rows_of_stages_are_those_of_a_model_that_stops_there(measure, calls, tmp_path):
    _, records = measure("TwoStages", "Counting", stages=True)
    found = Store(tmp_path / "run").stage_records()
    coarse = found[found["stage"] == "coarse"].reset_index(drop=True)
    grey = records[records["variant"] == "Counting"].reset_index(drop=True)  # the same grey
    names = ["image_id", "mask_id", "hole_ratio", "l1", "l1_hole", "psnr"]
    assert len(coarse) == 48 and coarse[names].equals(grey[names])
    assert (coarse["error"] == "").all()
    edges = found[found["stage"] == "edges"]
    assert len(edges) == 48 and edges["l1"].isna().all()
    assert set(edges["error"]) == {
        "stage: no colour picture that lies on the photograph pixel by pixel"
    }
    assert "stage" not in records.columns and len(records) == 96


def test_the_share_made_worse_is_a_loop_over_both_tables(measure, calls, tmp_path):
    _, records = measure("TwoStages", stages=True)
    rows = Store(tmp_path / "run").stage_records()
    coarse = rows[rows["stage"] == "coarse"].reset_index(drop=True)
    share = np.mean([a > b for a, b in zip(records["l1"], coarse["l1"], strict=True)])
    assert 0 < share < 1
    text = report(tmp_path / "run")
    line = next(x for x in text.splitlines() if x.startswith("| TwoStages | coarse | L1 (%) |"))
    assert f"| {share:.0%} [" in line and line.endswith("(48) |")
    assert f"{coarse['l1'].mean():.4g} (48)" in line
    assert ",l1:coarse," in report(tmp_path / "run", form="csv")
    assert "Stages" in report(tmp_path / "run", form="html")


def test_stages_are_added_later_and_asked_for_once(measure, calls, tmp_path):
    _, before = measure("TwoStages")
    assert Store(tmp_path / "run").stage_records().empty
    preparation, after = measure("TwoStages", stages=True)
    assert preparation.lines == ("adding the stage coarse, edges: 48 rows (TwoStages on tiny)",)
    assert after.equals(before)
    calls.clear()
    assert measure("TwoStages", stages=True)[0].works == ()
    assert measure("TwoStages")[0].works == () and not calls


def test_a_new_metric_is_measured_on_the_stages_too(measure, calls, tmp_path):
    measure("TwoStages", stages=True, metrics=("l1",))
    measure("TwoStages", stages=True, metrics=("l1", "ssim"))
    rows = Store(tmp_path / "run").stage_records()
    assert rows[rows["stage"] == "coarse"]["ssim"].notna().all()


def test_changed_weights_take_the_stages_along(measure, calls, variant, tmp_path):
    measure(variant("TwoStages", sha256="a" * 64), stages=True)
    measure(variant("TwoStages", sha256="b" * 64), stages=True)
    assert calls["TwoStages"] == 96
    info = read_run(tmp_path / "run")
    rows = Store(tmp_path / "run").stage_records(info.variants)
    assert len(rows) == 96 and set(rows["weights_sha256"]) == {"b" * 64}


def test_a_test_set_that_lost_items_loses_their_stages(measure, calls, test_set, tmp_path):
    measure("TwoStages", stages=True)
    shorter = dataclasses.replace(test_set, items=test_set.items[:20])
    measure("TwoStages", stages=True, test_sets=(shorter,))
    assert len(Store(tmp_path / "run").stage_records()) == 40
    assert measure("TwoStages", stages=True, test_sets=(shorter,))[0].works == ()


def test_publishing_keeps_stages_apart_from_records(
    measure, calls, test_set, monkeypatch, tmp_path
):
    from inpaint_bench.bench import publish as module

    monkeypatch.setattr(module, "load_test_set", lambda name: test_set)
    measure("TwoStages", stages=True)
    measure("Counting", folder=tmp_path / "second")
    results = tmp_path / "results"
    publish(tmp_path / "run", results=results)
    publish(tmp_path / "second", results=results)
    assert set(published_results(results)["variant"]) == {"TwoStages", "Counting"}
    assert "stage" not in published_results(results).columns
    kept = published_results(results / "stages")
    assert len(kept) == 96 and set(kept["stage"]) == {"coarse", "edges"}
    assert "| TwoStages | coarse |" in (results / "tiny.md").read_text()
    before = {path: path.read_bytes() for path in results.rglob("*.*")}
    publish(tmp_path / "second", results=results)
    assert {path: path.read_bytes() for path in results.rglob("*.*")} == before


def test_metrics_before_compositing_see_what_the_model_left_of_known_pixels(
    measure, calls, test_set
):
    _, frame = measure("Counting", metrics=("l1", "l1_raw"))
    image, _ = TestSetReader(test_set).read(0)
    expected = 100 * np.abs(128 / 255 - image.numpy()).mean()  # grey everywhere
    item = test_set.items[0]
    row = frame[(frame["image_id"] == item.image_id) & (frame["mask_id"] == item.mask_id)]
    assert row["l1_raw"].item() == pytest.approx(expected, abs=1e-5)
    assert (frame["l1_raw"] > frame["l1"]).all() and (frame["error"] == "").all()
    calls.clear()
    assert measure("Counting", metrics=("l1", "l1_raw"))[0].works == () and not calls


def test_a_kept_output_is_composited_so_the_raw_one_is_made_again(measure, calls):
    measure("Counting", metrics=("l1",), keep_outputs=True)
    calls.clear()
    measure("Counting", metrics=("l1", "l1_raw"))
    assert calls["Counting"] == 48


def test_watching_a_model_changes_nothing_and_gives_stages_of_the_photographs_size(test_set):
    model = MODELS["deepfill_v2"](width=8).eval()
    image, hole = (x[None, :, :30, :27] for x in TestSetReader(test_set).read(3))  # no multiple
    hole = hole.clone()
    hole[..., :4, :4] = 1.0
    watched = Watched(model)
    result = inpaint(watched, image, hole)
    raw, stages = watched.earlier(result, image, hole)
    assert torch.equal(result, inpaint(model, image, hole))
    assert torch.equal(composite(raw, image, hole), result)
    assert stages["coarse"].shape == image.shape and not torch.equal(stages["coarse"], result)
    known = (hole < 0.5).expand_as(image)
    assert torch.equal(stages["coarse"][known], image[known])


def test_a_main_metric_set_is_what_the_metrics_package_calls_main(measure):
    from inpaint_bench.bench.runner import choose_metrics
    from inpaint_bench.metrics import MAIN

    assert set(choose_metrics("main")) == set(MAIN) and "l1" in METRICS
