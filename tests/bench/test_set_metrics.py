"""Metrics of a set from stored features, with a backbone of three numbers a picture."""

from __future__ import annotations

import dataclasses
from collections import Counter

import numpy as np
import pytest

from inpaint_bench.bench import summary as summary_module
from inpaint_bench.bench.report import collect, report
from inpaint_bench.bench.run_info import describe_metric
from inpaint_bench.bench.store import TRUTH, Store
from inpaint_bench.bench.words import note_lines
from inpaint_bench.cli import main
from inpaint_bench.data import TestSetReader, freeze, save_test_set
from inpaint_bench.errors import BenchError, WeightsError
from inpaint_bench.imaging import read_image, write_png
from inpaint_bench.metrics import SET_METRICS, SetMetric, SetValue

SEEN: Counter[str] = Counter()


def mean_colours(images):
    SEEN["pictures"] += len(images)
    return images.mean(dim=(2, 3)).numpy()


def gap(result, truth):
    """Distance of the mean features; tells how many rows it got in its settings."""
    if len(result) < 2:
        raise BenchError("expected two pictures")
    value = float(np.abs(result.mean(axis=0) - truth.mean(axis=0)).sum())
    return SetValue(value, np.nan, len(truth), settings=f"{len(truth)} truths", caveat="a toy")


@pytest.fixture
def toy(monkeypatch):
    """Put `gap` in the place of FID and KID."""
    words = {"title": "Gap", "higher_is_better": False, "unit": "", "definition": "gap"}
    metric = SetMetric(
        name="gap", reference="here", version="1", features=mean_colours, compute=gap, **words
    )
    monkeypatch.setattr(SET_METRICS, "_entries", {"gap": metric})
    SEEN.clear()
    return metric


def test_features_are_extracted_once_and_every_photograph_once(toy, measure, calls):
    measure("Counting", "telea", metrics=("l1", "gap"))
    assert SEEN["pictures"] == 2 * 48 + 8 + 1  # one photograph lies across both shards
    preparation, _ = measure("Counting", "telea", metrics=("l1", "gap"))
    assert preparation.works == () and calls["Counting"] == 48


def test_the_value_is_that_of_all_results_against_every_photograph_once(
    toy, measure, test_set, tmp_path
):
    measure("mean_colour", metrics=("l1", "gap"), keep_outputs=True)
    _, (summary,) = collect(tmp_path / "run")
    reader = TestSetReader(test_set)
    truths = {item.image_id: reader.read(i)[0] for i, item in enumerate(test_set.items)}
    truth = np.mean([image.mean(dim=(1, 2)).numpy() for image in truths.values()], axis=0)
    outputs = (tmp_path / "run" / "outputs" / "mean_colour").iterdir()
    result = np.mean([read_image(path).mean(axis=(0, 1)) / 255 for path in outputs], axis=0)
    cell = summary.cells["gap"]["mean_colour", "all"]
    assert cell.mean == pytest.approx(np.abs(result - truth).sum(), abs=1e-6)
    assert cell.n == 48
    assert "Gap: 8 truths" in summary.caveats and "Gap: a toy" in summary.caveats
    assert "Gap: a toy" in report(tmp_path / "run")


def test_features_added_later_leave_the_rows_alone(toy, measure, calls, tmp_path, snapshot):
    measure("Counting", metrics=("l1",))
    before = snapshot(tmp_path / "run" / "records")
    preparation, _ = measure("Counting", metrics=("l1", "gap"))
    assert preparation.lines[0].startswith("adding mean_colours: 48 rows")
    assert snapshot(tmp_path / "run" / "records") == before
    parts = Store(tmp_path / "run").feature_parts("mean_colours", TRUTH, "tiny")
    assert sum(len(part.rows) for _, part in parts) == 48


def test_changed_weights_extract_again(toy, measure, calls, variant):
    measure(variant("Counting", sha256="a" * 64), metrics=("gap",))
    SEEN.clear()
    measure(variant("Counting", sha256="b" * 64), metrics=("gap",))
    assert SEEN["pictures"] == 48  # not the photographs


def test_features_of_what_has_changed_since_are_not_shown(toy, measure, calls, variant, tmp_path):
    def shown():
        _, (summary,) = collect(tmp_path / "run")
        return summary.cells["gap"].get(("Counting", "all"))

    before, after = (variant("Counting", sha256=letter * 64) for letter in "ab")
    measure(before, metrics=("l1", "gap"))
    assert shown().n == 48
    measure(after, metrics=("l1",))
    assert shown() is None
    measure(after, metrics=("l1", "gap"))
    assert shown().n == 48


def test_features_of_a_strangers_pictures_are_those_of_the_pictures_now(toy, test_set, tmp_path):
    reader = TestSetReader(test_set)
    frozen, theirs, out = tmp_path / "tiny.json", tmp_path / "theirs", tmp_path / "run"
    save_test_set(test_set, frozen)

    def score(filling, metrics):
        for index, item in enumerate(test_set.items):
            image, hole = reader.read(index)
            pixels = (image.permute(1, 2, 0).numpy() * 255).round().astype(np.uint8)
            missing = hole[0].numpy() > 0.5
            pixels[missing] = pixels[missing] ^ 1 if filling is None else filling
            write_png(theirs / f"{item.image_id}__{item.mask_id.replace(':', '_')}.png", pixels)
        fixed = ["--testset", str(frozen), "--outputs", str(theirs), "--name", "mine"]
        assert main(["score", *fixed, "--metrics", metrics, "--out", str(out)]) == 0
        _, (summary,) = collect(out)
        return summary.cells["gap"].get(("mine", "all"))

    assert score(255, "l1,gap").mean > 0.05
    assert score(None, "l1") is None  # the pictures are others, their features of before
    assert score(None, "l1,gap").mean < 0.001


def test_without_a_backbone_the_column_is_empty_and_says_why(toy, measure, monkeypatch, tmp_path):
    def missing() -> None:
        raise WeightsError("fetch <the net> and put it there")

    lacking = dataclasses.replace(toy, prepare=missing)
    monkeypatch.setattr(SET_METRICS, "_entries", {"gap": lacking})
    measure("mean_colour", metrics=("l1", "gap"))
    text = report(tmp_path / "run")
    assert "Empty: fetch \\<the net> and put it there" in text
    assert not (tmp_path / "run" / "features").exists()


def test_too_few_pictures_for_a_metric_leave_that_cell_empty(toy, measure, tmp_path):
    measure("mean_colour", metrics=("gap",), limit=7)
    _, (summary,) = collect(tmp_path / "run")
    assert ("mean_colour", "all") in summary.cells["gap"]
    assert ("mean_colour", "10-20 %") not in summary.cells["gap"]
    assert "Gap: expected two pictures" in summary.caveats


def test_results_whose_photograph_has_no_features_yet_do_not_count(toy, monkeypatch):
    """A photograph's features come last in its shard: a run that was stopped may lack them."""
    seen = {}

    def paired(result, truth):
        seen["pairs"] = np.abs(result - truth).max()
        return SetValue(1.0, np.nan, len(truth))

    metric = dataclasses.replace(toy, compute=paired, paired=True)
    monkeypatch.setattr(SET_METRICS, "_entries", {"gap": metric})
    vectors = np.random.default_rng(0).random((6, 3))
    names, buckets = np.array(list("abcdef")), np.array(["1-10 %"] * 6)
    for there in (slice(0, 5), slice(1, 6), slice(2, 4)):
        truth = summary_module._Features(vectors[there], names[there], buckets[there])
        result = summary_module._Features(vectors, names, buckets)
        cells, _ = summary_module._set_cells("gap", "telea", result, truth)
        assert seen["pairs"] == 0.0
        assert cells["telea", "all"].n == len(names[there])


def test_the_deviation_of_a_metric_of_a_set_is_stated(monkeypatch, toy, measure, tmp_path):
    deviating = dataclasses.replace(toy, compute=lambda result, truth: SetValue(1.0, 0.25, 9))
    monkeypatch.setattr(SET_METRICS, "_entries", {"gap": deviating})
    measure("telea", metrics=("l1", "gap"))
    text = report(tmp_path / "run")
    assert "Gap of telea: standard deviation 0.25" in text


def test_as_many_photographs_as_results_draw_the_plane_of_u_ids():
    """Against each photograph once, six masks of one law would score a seventh instead of half."""
    rng = np.random.default_rng(1)
    photographs = np.array([f"p{i:02d}" for i in range(60)])
    truth = summary_module._Features(rng.normal(size=(60, 4)), photographs, photographs)
    names = photographs.repeat(6)
    buckets = np.full(names.size, "1-10 %")
    result = summary_module._Features(rng.normal(size=(360, 4)), names, buckets)
    cells, _ = summary_module._set_cells("u_ids", "telea", result, truth)
    assert 40.0 < cells["telea", "all"].mean <= 52.0


def test_photographs_of_one_file_have_their_own_features(toy, measure, tmp_path):
    names = ["motorcycle_2", "motorcycle_3"]
    whole = freeze("pairs", images="skimage", masks="free_form:any", size=32, seed=0)
    items = tuple(item for item in whole.items if item.image_id in names)
    assert len({item.image_sha256 for item in items}) == 1
    test_set = dataclasses.replace(whole, items=items)
    measure("mean_colour", metrics=("l1", "gap"), test_sets=(test_set,))
    ((_, part),) = Store(tmp_path / "run").feature_parts("mean_colours", TRUTH, "pairs")
    reader = TestSetReader(test_set)
    images = {item.image_id: reader.read(i)[0].numpy() for i, item in enumerate(items)}
    for key, vector in part.rows.items():
        expected = images[part.images[key]].mean(axis=(1, 2))
        np.testing.assert_allclose(vector, expected, atol=1e-6)


@pytest.mark.parametrize(
    ("names", "then"), [(("fid",), "."), (("fid", "u_ids"), "; for U-IDS once for each of them.")]
)
def test_the_note_says_how_often_a_photograph_counts(names, then, measure, tmp_path):
    measure("telea", metrics=("l1",))
    info, (summary,) = collect(tmp_path / "run")
    summary = dataclasses.replace(summary, metrics={n: describe_metric(n) for n in names})
    source, counted, *_ = note_lines(summary, info)
    assert source.startswith("Holes of free_form: Yu et al. 2019, ")
    assert counted == (
        f"Metrics of a set: every true photograph counts once, under all its masks{then}"
    )
