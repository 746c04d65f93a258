"""What a run finds lacking in a folder, after weights, code, metrics or test sets have changed."""

from __future__ import annotations

import dataclasses
import json

import pandas as pd
import pytest
import torch

from inpaint_bench.bench import plan as plan_module
from inpaint_bench.bench import provenance
from inpaint_bench.bench.run_info import read_run, write_run
from inpaint_bench.bench.store import Store
from inpaint_bench.errors import BenchError, WeightsError
from inpaint_bench.metrics import METRICS


def test_a_metric_without_its_weights_is_an_empty_column_with_a_reason(
    measure, monkeypatch, tmp_path, calls
):
    def missing() -> None:
        raise WeightsError("fetch x and put it into y")

    complete = METRICS["psnr"]
    lacking = dataclasses.replace(complete, prepare=missing)
    monkeypatch.setitem(METRICS._entries, "psnr", lacking)
    preparation, frame = measure("Counting")
    assert frame["psnr"].isna().all() and frame["l1"].notna().all()
    assert "psnr" not in json.loads(frame["metric_versions"][0])
    assert read_run(tmp_path / "run").empty == {"psnr": "fetch x and put it into y"}
    assert measure("Counting")[0].works == ()

    monkeypatch.setitem(METRICS._entries, "psnr", complete)
    preparation, later = measure("Counting")
    assert any(line.startswith("adding psnr: 48 rows") for line in preparation.lines)
    assert later["psnr"].notna().all()
    pd.testing.assert_frame_equal(
        later.drop(columns=["psnr", "metric_versions"]),
        frame.drop(columns=["psnr", "metric_versions"]),
    )
    assert read_run(tmp_path / "run").empty == {}


def test_a_metric_of_another_version_is_computed_again_and_only_it(measure, monkeypatch):
    _, before = measure("mean_colour")
    doubled = dataclasses.replace(
        METRICS["l1"],
        version="2",
        compute=lambda result, truth, hole: torch.full((1,), 7.0),
    )
    monkeypatch.setitem(METRICS._entries, "l1", doubled)
    preparation, after = measure("mean_colour")
    assert preparation.lines == ("adding l1: 48 rows (mean_colour on tiny)",)
    assert set(after["l1"]) == {7.0}
    pd.testing.assert_frame_equal(after[["psnr", "seconds"]], before[["psnr", "seconds"]])


@pytest.mark.parametrize(
    "module, old, new, touched",
    [
        ("l1", "return 100.0 * abs", "return 101.0 * abs", "l1, l1_hole"),
        ("_base", "NORM_L2SQR)", "NORM_L2SQR )", ""),
        ("_base", "NORM_L2SQR)", "NORM_L2SQR + 0)", "l1, l1_hole, psnr"),
    ],
)
def test_edited_code_of_a_metric_computes_what_it_touches_again(
    measure, calls, monkeypatch, module, old, new, touched
):
    measure("Counting", keep_outputs=True)
    called, real = calls["Counting"], provenance._source

    def edited(name: str) -> str | None:
        text = real(name)
        return text.replace(old, new) if name == f"inpaint_bench.metrics.{module}" else text

    monkeypatch.setattr(provenance, "_source", edited)
    provenance.code_fingerprint.cache_clear()
    try:
        preparation, _ = measure("Counting")
        assert measure("Counting")[0].works == ()
    finally:
        provenance.code_fingerprint.cache_clear()
    wanted = (f"adding {touched}: 48 rows (Counting on tiny)",) if touched else ()
    assert preparation.lines == wanted
    assert calls["Counting"] == called


def test_a_metric_is_added_from_kept_outputs_without_running_models(
    measure, calls, tmp_path, test_set
):
    _, fresh = measure("Drawing", folder=tmp_path / "fresh", metrics=("l1", "ssim"))
    measure("Drawing", metrics=("l1",), keep_outputs=True)
    called = calls["Drawing"]
    _, added = measure("Drawing", metrics=("l1", "ssim"))
    assert calls["Drawing"] == called
    pd.testing.assert_frame_equal(added.drop(columns="seconds"), fresh.drop(columns="seconds"))


def test_kept_outputs_can_be_asked_for_later(measure, calls, tmp_path):
    _, before = measure("Counting")
    _, after = measure("Counting", keep_outputs=True)
    assert len(list((tmp_path / "run" / "outputs" / "Counting").iterdir())) == 48
    pd.testing.assert_frame_equal(before, after)
    calls.clear()
    measure("Counting", keep_outputs=True)
    assert not calls


def test_changed_weights_recompute_that_variant_alone(measure, calls, variant, tmp_path):
    measure(variant("Counting", sha256="a" * 64), "Drawing")
    calls.clear()
    preparation, frame = measure(variant("Counting", sha256="b" * 64), "Drawing")
    assert dict(calls) == {"Counting": 48}
    assert preparation.lines == ("computing again, weights changed: 48 rows (Counting on tiny)",)
    assert set(frame[frame["variant"] == "Counting"]["weights_sha256"]) == {"b" * 64}


def test_changed_code_recomputes_that_variant_alone(measure, calls, monkeypatch):
    measure("Counting", "telea")
    calls.clear()
    fingerprint = plan_module.code_fingerprint
    monkeypatch.setattr(
        plan_module,
        "code_fingerprint",
        lambda module: "new" if module.endswith("telea") else fingerprint(module),
    )
    preparation, _ = measure("Counting", "telea")
    assert not calls
    assert preparation.lines == ("computing again, code changed: 48 rows (telea on tiny)",)


def test_rows_of_an_older_recipe_are_told_apart_after_an_interrupted_change(
    measure, calls, variant, tmp_path
):
    measure(variant("Counting", sha256="a" * 64))
    info = read_run(tmp_path / "run")
    now = {"Counting": {**info.variants["Counting"], "weights": "b" * 64}}
    write_run(tmp_path / "run", dataclasses.replace(info, variants=now))
    assert Store(tmp_path / "run").stale_rows(now) == {("Counting", "tiny"): 48}
    with pytest.raises(BenchError, match="got none"):
        Store(tmp_path / "run").records(now)


@pytest.mark.parametrize("lost", [0, 5, 40])
def test_a_changed_test_set_recomputes_its_new_items_alone(measure, calls, test_set, lost):
    """Losing an item moves all later ones to other positions, some to another shard."""
    items = list(test_set.items)
    earlier = dataclasses.replace(test_set, items=tuple(items[:lost] + items[lost + 1 :]))
    later = dataclasses.replace(test_set, items=tuple(items[1:]))
    measure("Counting", test_sets=(earlier,))
    calls.clear()
    preparation, frame = measure("Counting", test_sets=(later,))
    assert calls["Counting"] == (0 if lost == 0 else 1)
    assert len(frame) == 47
    if lost:
        line = "test set tiny has changed: 1 rows of items that it lost are dropped"
        assert preparation.lines[0] == line
    calls.clear()
    assert measure("Counting", test_sets=(later,))[0].works == ()


def test_a_larger_limit_adds_rows_and_a_smaller_one_takes_none_away(measure, calls, tmp_path):
    _, frame = measure("Counting", limit=10)
    assert len(frame) == 10
    _, frame = measure("Counting", limit=40)
    assert len(frame) == 40 and calls["Counting"] == 40
    _, frame = measure("Counting", limit=12)
    assert len(frame) == 40 and calls["Counting"] == 40
    assert read_run(tmp_path / "run").test_sets["tiny"]["items"] == 40
    _, frame = measure("Counting")
    assert len(frame) == 48 and calls["Counting"] == 48


def test_another_variant_extends_the_folder(measure, calls, tmp_path):
    measure("Counting")
    _, frame = measure("Drawing")
    assert dict(calls) == {"Counting": 48, "Drawing": 48}
    assert set(frame["variant"]) == {"Counting", "Drawing"}
    assert list(read_run(tmp_path / "run").variants) == ["Counting", "Drawing"]
