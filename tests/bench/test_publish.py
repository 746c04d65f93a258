"""Publishing into a folder of its own: what is merged, replaced, kept and refused."""

from __future__ import annotations

import csv
import dataclasses
import json
import shutil
from pathlib import Path

import pytest

from inpaint_bench.bench import compute, run_info
from inpaint_bench.bench import publish as publish_module
from inpaint_bench.bench.publish import publish, write_tables_again
from inpaint_bench.bench.store import published_results
from inpaint_bench.errors import BenchError, UnknownNameError, WeightsError
from inpaint_bench.metrics import METRICS
from inpaint_bench.models import MODELS


@pytest.fixture
def frozen(monkeypatch, test_set):
    """Let the tiny set be one of the frozen ones; return a dictionary to change that."""
    sets = {"tiny": test_set}

    def load(name):
        if name not in sets:
            raise UnknownNameError(f"unknown test set {name!r}")
        return sets[name]

    monkeypatch.setattr(publish_module, "load_test_set", load)
    monkeypatch.setattr(run_info, "machine_load", lambda: 0.1)
    return sets


@pytest.fixture
def results(tmp_path):
    return tmp_path / "results"


def test_a_published_run_is_four_files_that_agree(frozen, measure, tmp_path, results):
    _, frame = measure("mean_colour", "telea", command="python -m inpaint_bench run --x")
    assert publish(tmp_path / "run", results=results) == [results / "tiny.parquet"]
    assert {path.name for path in results.iterdir()} == {
        f"tiny.{ending}" for ending in ("parquet", "json", "csv", "md")
    }
    published = published_results(results)
    assert published.drop(columns="seconds").equals(frame.drop(columns="seconds"))
    about = json.loads((results / "tiny.json").read_text())
    measured = about["variants"]["telea"]["measured"]
    assert measured["command"] == "python -m inpaint_bench run --x"
    assert {"cpu", "cores", "torch"} <= set(measured["machine"]) and measured["code_version"]
    assert len(about["test_set"]["sha256"]) == 64
    with (results / "tiny.csv").open() as stream:
        lines = [x for x in csv.DictReader(stream) if x["bucket"] == "all"]
    means = {(x["variant"], x["metric"]): float(x["mean"]) for x in lines}
    telea = published[published["variant"] == "telea"]
    assert means["telea", "l1"] == pytest.approx(telea["l1"].mean())
    assert about["test_set"]["sha256"][:12] in (results / "tiny.md").read_text()


def test_seconds_of_a_busy_machine_are_left_out_and_said_to_be(
    frozen, measure, monkeypatch, tmp_path, results
):
    monkeypatch.setattr(run_info, "machine_load", lambda: 999.0)
    measure("mean_colour")
    publish(tmp_path / "run", results=results)
    published = published_results(results)
    assert published["seconds"].isna().all()
    assert published["l1"].notna().all()
    assert "No seconds for mean_colour" in (results / "tiny.md").read_text()
    measure("telea", folder=tmp_path / "second")
    publish(tmp_path / "second", results=results)
    text = (results / "tiny.md").read_text()
    assert "No seconds for any method that was run here: the machine was busy" in text


def test_a_quiet_command_does_not_excuse_the_busy_one_before_it(
    frozen, measure, monkeypatch, tmp_path, results
):
    monkeypatch.setattr(run_info, "machine_load", lambda: 999.0)
    measure("mean_colour")
    monkeypatch.setattr(run_info, "machine_load", lambda: 0.0)
    measure("mean_colour", "telea", command="again")
    publish(tmp_path / "run", results=results)
    seconds = published_results(results).groupby("variant")["seconds"]
    assert seconds.count().to_dict() == {"mean_colour": 0, "telea": seconds.size()["telea"]}
    assert "No seconds for mean_colour: " in (results / "tiny.md").read_text()


def test_what_is_published_does_not_tell_where_somebodys_home_is(
    frozen, measure, monkeypatch, tmp_path, results
):
    def missing() -> None:
        raise WeightsError(f"put it into {Path.home()}/.cache/x")

    lacking = dataclasses.replace(METRICS["psnr"], prepare=missing)
    monkeypatch.setitem(METRICS._entries, "psnr", lacking)
    measure("mean_colour", command=f"run --data-root {Path.home()}/data")
    publish(tmp_path / "run", results=results)
    for name in ("tiny.json", "tiny.md", "tiny.csv"):
        text = (results / name).read_text()
        assert "~/.cache/x" in text and str(Path.home()) not in text


def test_publishing_twice_changes_nothing(frozen, measure, tmp_path, results):
    measure("mean_colour")
    publish(tmp_path / "run", results=results)
    before = {path.name: path.read_bytes() for path in results.iterdir()}
    publish(tmp_path / "run", results=results)
    assert {path.name: path.read_bytes() for path in results.iterdir()} == before


def test_tables_written_again_are_the_same_and_follow_their_records(
    frozen, measure, calls, monkeypatch, tmp_path, results
):
    monkeypatch.setitem(MODELS._entries, "Staged", MODELS["TwoStages"])
    # Two runs, the second of which is earlier in any order of names.
    measure("telea", "TwoStages", metrics=("l1", "tv"), stages=True)
    measure("Staged", "mean_colour", folder=tmp_path / "b", metrics=("l1", "tv"), stages=True)
    publish(tmp_path / "run", tmp_path / "b", results=results)
    before = {path.name: path.read_bytes() for path in results.iterdir() if path.is_file()}
    assert write_tables_again(results) == [results / "tiny.parquet"]
    now = {path.name: path.read_bytes() for path in results.iterdir() if path.is_file()}
    assert now == before
    (results / "tiny.csv").write_text("an older table")
    write_tables_again(results)
    assert (results / "tiny.csv").read_bytes() == before["tiny.csv"]


def test_a_metric_that_only_describes_ranks_nobody(frozen, measure, tmp_path, results):
    measure("mean_colour", "telea", metrics=("l1", "tv"))
    publish(tmp_path / "run", results=results)
    with (results / "tiny.csv").open() as stream:
        ranks = {(x["metric"], bool(x["rank"])) for x in csv.DictReader(stream)}
    assert ("l1", True) in ranks and ("tv", False) in ranks and ("tv", True) not in ranks
    head = next(x for x in (results / "tiny.md").read_text().splitlines() if "Total var" in x)
    assert "L1 (%) ↓" in head and "Total variation (%) |" in head


def test_a_variant_is_replaced_and_the_others_stay(
    frozen, measure, calls, variant, tmp_path, results
):
    measure("Counting", "telea")
    publish(tmp_path / "run", results=results)
    first = published_results(results)
    changed = variant("Counting", sha256="b" * 64)
    measure(changed, folder=tmp_path / "second", metrics=("l1", "l1_hole", "psnr"))
    publish(tmp_path / "second", results=results)
    frame = published_results(results)
    assert len(frame) == 96
    counting = frame[frame["variant"] == "Counting"]
    assert set(counting["weights_sha256"]) == {"b" * 64} and counting["psnr"].notna().all()
    kept = frame["variant"] == "telea"
    assert (
        frame[kept]
        .reset_index(drop=True)
        .equals(first[first["variant"] == "telea"].reset_index(drop=True))
    )
    about = json.loads((results / "tiny.json").read_text())
    assert set(about["variants"]) == {"telea", "Counting"}


def test_a_variant_that_others_outdo_in_metrics_is_told(frozen, measure, tmp_path, results):
    measure("telea")
    measure("mean_colour", folder=tmp_path / "second", metrics=("l1",))
    publish(tmp_path / "run", tmp_path / "second", results=results)
    assert "PSNR: none for mean_colour" in (results / "tiny.md").read_text()


def test_what_is_published_of_a_variant_is_not_lost(frozen, measure, calls, tmp_path, results):
    measure("TwoStages", "telea", stages=True)
    publish(tmp_path / "run", results=results)
    before = {path.name: path.read_bytes() for path in results.iterdir() if path.is_file()}
    measure("telea", folder=tmp_path / "second", metrics=("l1", "ssim"))
    with pytest.raises(BenchError, match="has l1_hole, psnr of telea, which this run did not"):
        publish(tmp_path / "second", results=results)
    measure("TwoStages", folder=tmp_path / "third")
    with pytest.raises(BenchError, match="has the stage coarse, the stage edges of Two"):
        publish(tmp_path / "third", results=results)
    assert before == {path.name: path.read_bytes() for path in results.iterdir() if path.is_file()}


def test_rows_whose_photographs_were_missing_are_refused(
    frozen, measure, tmp_path, results, monkeypatch
):
    reader = compute.TestSetReader
    monkeypatch.setattr(reader, "read", lambda self, index: 1 / 0)
    measure("telea")
    with pytest.raises(BenchError, match="48 of 48 rows of telea on tiny lack what .*read: Zero"):
        publish(tmp_path / "run", results=results)
    assert not results.exists()


def test_results_of_two_seeds_are_never_mixed(frozen, measure, calls, tmp_path, results):
    measure("Drawing", "telea")
    measure("telea", folder=tmp_path / "second", seed=5)
    publish(tmp_path / "run", results=results)
    with pytest.raises(BenchError, match="expected results of seed 0 for .*got seed 5"):
        publish(tmp_path / "second", results=results)
    shutil.rmtree(results)
    with pytest.raises(BenchError, match="expected results of seed 0 for .*got seed 5"):
        publish(tmp_path / "run", tmp_path / "second", results=results)
    publish(tmp_path / "second", results=results)
    assert "seed 5" in (results / "tiny.md").read_text()


def test_what_was_said_of_a_variant_goes_with_its_rows(frozen, measure, tmp_path, results):
    measure("mean_colour", "telea")
    publish(tmp_path / "run", results=results)
    path = results / "tiny.json"
    said = [f"KID of {name}: standard deviation 0.1" for name in ("mean_colour", "telea")]
    path.write_text(json.dumps({**json.loads(path.read_text()), "caveats": said}))
    measure("telea", folder=tmp_path / "second")
    publish(tmp_path / "second", results=results)
    assert json.loads(path.read_text())["caveats"] == said[:1]


def test_seconds_that_are_shown_are_not_blamed_for_those_that_are_not(
    frozen, measure, monkeypatch, tmp_path, results
):
    monkeypatch.setattr(run_info, "machine_load", lambda: 999.0)
    measure("mean_colour")
    monkeypatch.setattr(run_info, "machine_load", lambda: 0.0)
    measure("telea", folder=tmp_path / "second")
    publish(tmp_path / "run", tmp_path / "second", results=results)
    text = (results / "tiny.md").read_text()
    assert "No seconds for mean_colour" in text and "not to be compared" not in text


def test_runs_that_are_published_together_give_what_they_give_one_by_one(
    frozen, measure, tmp_path, results
):
    measure("mean_colour", "telea", stages=True)
    measure("navier_stokes", "telea", folder=tmp_path / "second", stages=True)
    publish(tmp_path / "run", results=results)
    publish(tmp_path / "second", results=results)
    apart = {path.name: path.read_bytes() for path in results.iterdir() if path.is_file()}
    shutil.rmtree(results)
    written = publish(tmp_path / "run", tmp_path / "second", results=results)
    assert written == [results / "tiny.parquet"]
    assert {path.name: path.read_bytes() for path in results.iterdir() if path.is_file()} == apart


def test_an_unfinished_run_is_refused(frozen, measure, tmp_path, results):
    measure("mean_colour", limit=40)
    with pytest.raises(BenchError, match="expected 48 rows of mean_colour on tiny, got 40"):
        publish(tmp_path / "run", results=results)
    assert not results.exists()


def test_a_variant_that_was_asked_for_and_has_no_row_is_missed(frozen, measure, tmp_path, results):
    measure("mean_colour", "telea")
    shutil.rmtree(tmp_path / "run" / "records" / "telea")
    with pytest.raises(BenchError, match="expected 48 rows of telea on tiny, got 0"):
        publish(tmp_path / "run", results=results)
    assert not results.exists()


def test_a_test_set_of_ones_own_is_refused(frozen, measure, tmp_path, results):
    measure("mean_colour")
    frozen.clear()
    with pytest.raises(BenchError, match="only frozen test sets"):
        publish(tmp_path / "run", results=results)


def test_a_test_set_that_has_changed_is_refused(frozen, measure, test_set, tmp_path, results):
    measure("mean_colour")
    frozen["tiny"] = dataclasses.replace(test_set, size=64)
    with pytest.raises(BenchError, match="is not the one in eval/testsets"):
        publish(tmp_path / "run", results=results)


def test_two_versions_of_a_test_set_are_never_mixed(frozen, measure, test_set, tmp_path, results):
    measure("mean_colour", "telea")
    publish(tmp_path / "run", results=results)
    frozen["tiny"] = later = dataclasses.replace(test_set, items=test_set.items[:40])
    measure("telea", test_sets=(later,), folder=tmp_path / "second")
    with pytest.raises(BenchError, match="holds mean_colour on another version of tiny"):
        publish(tmp_path / "second", results=results)
    measure("mean_colour", test_sets=(later,), folder=tmp_path / "second")
    publish(tmp_path / "second", results=results)
    assert len(published_results(results)) == 80


def test_what_is_no_run_is_refused(tmp_path, results):
    with pytest.raises(BenchError, match="no run.json"):
        publish(tmp_path, results=results)
