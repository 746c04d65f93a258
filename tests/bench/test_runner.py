"""Runs in this process on 48 pictures of 32x32: what is computed, kept, recomputed and said."""

from __future__ import annotations

import dataclasses
import json
import pickle
import shutil

import numpy as np
import pandas as pd
import pytest

from inpaint_bench.bench import maker
from inpaint_bench.bench.compute import Worker
from inpaint_bench.bench.provenance import stated_version
from inpaint_bench.bench.run_info import occupied
from inpaint_bench.bench.runner import load_test_sets, prepare
from inpaint_bench.bench.store import Store
from inpaint_bench.bench.suites import Suite
from inpaint_bench.data import TestSetReader, save_test_set
from inpaint_bench.errors import (
    BenchError,
    DataMissingError,
    UnknownNameError,
    WriteError,
)
from inpaint_bench.imaging import read_image
from inpaint_bench.metrics import METRICS
from inpaint_bench.models import MODELS
from inpaint_bench.types import Variant

COLUMNS = [
    "variant",
    "test_set",
    "image_id",
    "mask_id",
    "hole_ratio",
    "bucket",
    "l1",
    "l1_hole",
    "psnr",
    "seconds",
    "device",
    "precision",
    "weights_sha256",
    "metric_versions",
    "code_version",
    "error",
]


def same(a: pd.DataFrame, b: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(a.drop(columns="seconds"), b.drop(columns="seconds"))


def test_records_have_the_promised_columns_and_one_row_a_variant_and_item(measure, test_set):
    _, frame = measure("mean_colour", "telea")
    assert list(frame.columns) == COLUMNS
    assert len(frame) == 2 * len(test_set.items)
    assert not frame.duplicated(["variant", "image_id", "mask_id"]).any()
    assert (frame["error"] == "").all() and frame["l1"].notna().all()
    versions = json.loads(frame["metric_versions"][0])
    assert versions == {n: stated_version(METRICS[n]) for n in ("l1", "l1_hole", "psnr")}


def test_metrics_are_those_of_the_eight_bit_composite(measure, test_set, calls):
    _, frame = measure("Counting")
    reader = TestSetReader(test_set)
    for position in (0, 17, 40):
        image, hole = reader.read(position)
        item = test_set.items[position]
        filled = np.where(hole.numpy() > 0.5, 128 / 255, image.numpy())
        expected = 100 * np.abs(filled - image.numpy()).mean()
        row = frame[(frame["image_id"] == item.image_id) & (frame["mask_id"] == item.mask_id)]
        assert row["l1"].item() == pytest.approx(expected, abs=1e-5)
        assert row["hole_ratio"].item() == item.hole_ratio


def test_running_again_calls_no_model_and_touches_no_file(measure, calls, tmp_path, snapshot):
    measure("Counting", "Drawing")
    before, called = snapshot(tmp_path), dict(calls)
    preparation, _ = measure("Counting", "Drawing")
    assert preparation.works == ()
    assert dict(calls) == called
    assert snapshot(tmp_path) == before


def test_a_model_that_fails_on_some_items_is_recorded_and_the_others_go_on(measure, calls):
    _, frame = measure("Failing", "Counting")
    large = frame["hole_ratio"] > 0.4
    failing = frame["variant"] == "Failing"
    assert (frame["error"] != "").equals(large & failing)
    assert frame[large & failing]["l1"].isna().all()
    message = "model: RuntimeError: the hole is too large for me"
    assert set(frame[large & failing]["error"]) == {message}
    assert frame[~(large & failing)]["l1"].notna().all()


def test_a_model_that_failed_is_run_again_only_when_asked(measure, calls):
    _, frame = measure("Failing")
    failed = int((frame["error"] != "").sum())
    calls.clear()
    measure("Failing")
    assert calls["Failing"] == 0
    measure("Failing", retry_errors=True)
    assert calls["Failing"] == failed > 0


def test_a_model_that_cannot_be_built_fills_its_rows_with_the_reason(measure, calls):
    _, frame = measure("Unbuildable", "Counting")
    rows = frame[frame["variant"] == "Unbuildable"]
    assert len(rows) == 48 and rows["l1"].isna().all()
    assert set(rows["error"]) == {"load: OSError: no such weights"}
    assert frame[frame["variant"] == "Counting"]["l1"].notna().all()


def test_a_model_is_tried_again_once_its_weights_may_be_there(
    measure, calls, monkeypatch, tmp_path, snapshot
):
    measure("Unbuildable")
    before = snapshot(tmp_path / "run" / "records")
    measure("Unbuildable")  # still not there: nothing is written
    assert snapshot(tmp_path / "run" / "records") == before
    monkeypatch.setattr(MODELS["Unbuildable"], "__init__", lambda self: None)
    _, frame = measure("Unbuildable")
    assert (frame["error"] == "").all() and frame["l1"].notna().all()


def test_an_unreadable_image_is_recorded_and_the_others_go_on(
    measure, test_set, photographs, tmp_path
):
    copy = tmp_path / "copy"
    shutil.copytree(photographs, copy)
    moved = dataclasses.replace(test_set, images=str(copy))
    (copy / "photo3.png").write_bytes(b"no image at all")
    _, frame = measure("mean_colour", test_sets=(moved,))
    bad = frame["image_id"] == "photo3"
    assert bad.sum() == 6 and frame[bad]["psnr"].isna().all()
    assert frame[bad]["error"].str.startswith("read: ImageError: ").all()
    assert (frame[~bad]["error"] == "").all()

    shutil.copy(photographs / "photo3.png", copy / "photo3.png")
    preparation, frame = measure("mean_colour", test_sets=(moved,))
    assert preparation.rows == 6
    assert (frame["error"] == "").all() and frame["psnr"].notna().all()


def test_a_row_that_failed_while_a_metric_was_added_is_fine_again_without_it(
    measure, test_set, photographs, tmp_path
):
    copy = tmp_path / "copy"
    shutil.copytree(photographs, copy)
    moved = dataclasses.replace(test_set, images=str(copy))
    _, first = measure("mean_colour", test_sets=(moved,), metrics=("l1",))
    (copy / "photo3.png").write_bytes(b"no image at all")
    _, spoilt = measure("mean_colour", test_sets=(moved,), metrics=("l1", "tv"))
    assert (spoilt["error"] != "").sum() == 6 and spoilt["l1"].equals(first["l1"])
    shutil.copy(photographs / "photo3.png", copy / "photo3.png")
    preparation, frame = measure("mean_colour", test_sets=(moved,), metrics=("l1",))
    assert preparation.rows == 6
    assert (frame["error"] == "").all() and frame["l1"].equals(first["l1"])


def test_a_metric_that_fails_on_an_item_does_not_cost_the_others(measure, monkeypatch):
    def fail(result, truth, hole):
        raise ArithmeticError("no")

    broken = dataclasses.replace(METRICS["psnr"], compute=fail)
    monkeypatch.setitem(METRICS._entries, "psnr", broken)
    _, frame = measure("mean_colour")
    assert frame["psnr"].isna().all() and frame["l1"].notna().all()
    assert set(frame["error"]) == {"metric psnr: ArithmeticError: no"}


def test_kept_outputs_have_the_contracts_names_and_the_known_pixels(measure, test_set, tmp_path):
    measure("telea", keep_outputs=True)
    folder = tmp_path / "run" / "outputs" / "telea"
    names = {f"{i.image_id}__{i.mask_id.replace(':', '_')}.png" for i in test_set.items}
    assert {path.name for path in folder.iterdir()} == names
    image, hole = TestSetReader(test_set).read(0)
    item = test_set.items[0]
    kept = read_image(folder / f"{item.image_id}__{item.mask_id.replace(':', '_')}.png")
    known = hole[0].numpy() < 0.5
    truth = (image.permute(1, 2, 0).numpy() * 255).round().astype(np.uint8)
    assert (kept[known] == truth[known]).all()


def test_stochastic_models_do_not_depend_on_order_or_on_what_else_is_run(
    measure, calls, test_set, tmp_path
):
    _, whole = measure("Drawing")
    backwards = dataclasses.replace(test_set, items=test_set.items[::-1])
    _, reverse = measure("Drawing", test_sets=(backwards,), folder=tmp_path / "other", limit=20)
    both = whole.merge(reverse, on=["image_id", "mask_id"])
    assert len(both) == 20
    assert (both["l1_x"] == both["l1_y"]).all()
    assert whole["l1"].nunique() == 48


def test_another_seed_recomputes_stochastic_models_alone(measure, calls):
    _, first = measure("Counting", "Drawing")
    calls.clear()
    _, second = measure("Counting", "Drawing", seed=1)
    assert dict(calls) == {"Drawing": 48}
    drawn = first["variant"] == "Drawing"
    assert (first[drawn]["l1"] != second[drawn]["l1"]).all()


def test_ctrl_c_keeps_every_finished_row_and_the_next_run_goes_on(measure, calls, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        measure("Interrupted")
    assert len(Store(tmp_path / "run").records()) == 4
    preparation, frame = measure("Interrupted")  # the fifth call is behind it
    assert preparation.lines == (
        "computing what is missing: 28 rows (Interrupted on tiny)",
        "computing: 16 rows (Interrupted on tiny)",
    )
    assert len(frame) == 48 and calls["Interrupted"] == 49


def test_a_damaged_part_is_computed_again(measure, calls, tmp_path):
    _, before = measure("Counting")
    Store(tmp_path / "run").record_path("Counting", "tiny", 1).write_bytes(b"PAR1 not really")
    calls.clear()
    _, after = measure("Counting")
    assert calls["Counting"] == 16
    same(before, after)


def test_work_can_be_sent_to_another_machine(measure, calls, tmp_path, test_set):
    """Other engines pickle what they are given; `prepare` alone computes nothing."""
    _, expected = measure("Drawing", "telea", folder=tmp_path / "here")
    suite = Suite("custom", "Tiny", ("tiny",), "all", ("l1", "l1_hole", "psnr"))
    variants = [Variant("Drawing", "Drawing"), Variant("telea", "telea")]
    preparation = prepare(suite, [test_set], variants, tmp_path / "there")
    sent = pickle.loads(pickle.dumps((preparation.works, preparation.settings)))
    for work in reversed(sent[0]):  # in any order
        Worker(sent[1]).run(work, lambda name: None)
    same(Store(tmp_path / "there").records(), expected)


def test_a_folder_of_something_else_is_refused(measure, tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "letter.txt").write_text("dear reader")
    with pytest.raises(BenchError, match="holds other files and no run.json"):
        measure("mean_colour")


def test_kept_outputs_of_two_test_sets_are_refused(measure, test_set):
    other = dataclasses.replace(test_set, name="tiny-2")
    with pytest.raises(BenchError, match="--keep-outputs"):
        measure("mean_colour", test_sets=(test_set, other), keep_outputs=True)


def test_outputs_that_were_kept_are_never_taken_for_those_of_another_test_set(
    measure, test_set, tmp_path
):
    measure("mean_colour", keep_outputs=True)
    kept = {path: path.read_bytes() for path in (tmp_path / "run" / "outputs").rglob("*.png")}
    other = dataclasses.replace(test_set, name="tiny-2")
    with pytest.raises(BenchError, match="might be taken for others'"):
        measure("mean_colour", test_sets=(other,))
    save_test_set(test_set, tmp_path / "run" / "testsets" / "tiny.json")
    with pytest.raises(BenchError, match="of tiny-2 and .* of tiny: run each into its own folder"):
        measure("mean_colour", test_sets=(other,))
    assert {path: path.read_bytes() for path in kept} == kept


def test_two_items_whose_outputs_would_have_one_name_are_refused(measure, test_set):
    first, second, *rest = test_set.items
    first = dataclasses.replace(first, image_id="a", mask_id="b__c")
    second = dataclasses.replace(second, image_id="a__b", mask_id="c")
    other = dataclasses.replace(test_set, items=(first, second, *rest))
    with pytest.raises(BenchError, match="a under b__c of tiny and a__b under c of tiny"):
        measure("mean_colour", test_sets=(other,), keep_outputs=True)


def test_a_full_disk_stops_the_run_and_is_no_fault_of_the_model(
    measure, calls, monkeypatch, tmp_path
):
    write, written = maker.write_picture, []

    def fill_up(path, pixels):
        written.append(path)
        if len(written) > 3:
            raise WriteError(f"cannot write {path}: No space left on device")
        write(path, pixels)

    monkeypatch.setattr(maker, "write_picture", fill_up)
    with pytest.raises(WriteError, match="No space left"):
        measure("Counting", keep_outputs=True)
    monkeypatch.setattr(maker, "write_picture", write)
    _, frame = measure("Counting", keep_outputs=True)
    assert len(frame) == 48 and (frame["error"] == "").all()


def test_two_commands_do_not_work_in_one_folder(tmp_path):
    with occupied(tmp_path / "run"):
        with (
            pytest.raises(BenchError, match="another command is at work in .*run: wait"),
            occupied(tmp_path / "run"),
        ):
            pass
        with occupied(tmp_path / "other"):
            pass
    assert not list(tmp_path.iterdir())


def test_what_a_stop_in_the_first_moment_leaves_behind_does_not_refuse_the_next(measure, tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / ".run.json.elsewhere.99999.tmp").write_text("{")
    _, frame = measure("mean_colour")
    assert len(frame) == 48


def test_an_unknown_metric_is_told_with_the_valid_ones(measure):
    with pytest.raises(UnknownNameError, match="unknown metric 'l3'.*Valid: l1"):
        measure("mean_colour", metrics=("l3",))


def test_missing_data_of_every_test_set_are_told(tmp_path, monkeypatch):
    suite = Suite("published", "", ("kodak-256", "samples-256"), "all", "all")
    present, skipped = load_test_sets(suite, tmp_path)
    assert [one.name for one in present] == ["samples-256"]
    assert "test/kodak" in skipped["kodak-256"]
    with pytest.raises(DataMissingError, match="test/kodak"):
        load_test_sets(dataclasses.replace(suite, test_sets=("kodak-256",)), tmp_path)
