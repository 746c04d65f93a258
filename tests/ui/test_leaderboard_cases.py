from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from inpaint_bench import load
from inpaint_bench.bench.agreement import Case
from inpaint_bench.errors import BenchError, DataMissingError
from inpaint_bench.imaging import read_image
from inpaint_bench.ui.leaderboard_cases import (
    case_values,
    commands,
    find_cases,
    make_picture,
    open_set,
)
from inpaint_bench.ui.published import read_published


class Models:
    """Loads what is asked for."""

    def __getitem__(self, name):
        return load(name)


@pytest.fixture
def results(measured_results):
    return read_published(measured_results[1], "samples-256")


def test_worst_and_best_are_the_extremes_of_the_methods_own_rows(results):
    found = find_cases(results, "telea", "psnr", "30-40 %", ["psnr", "l1_hole"])
    frame = results.frame
    mine = frame[(frame["variant"] == "telea") & (frame["bucket"] == "30-40 %")]
    by_psnr = mine.sort_values("psnr")
    assert [case.image_id for case in found["worst"]] == list(by_psnr["image_id"].head(5))
    assert [case.value for case in found["best"]] == list(by_psnr["psnr"].iloc[::-1].head(5))
    assert {case.variant for case in found["worst"]} == {"telea"}
    assert found["disputed"] == []  # it takes three methods


def test_a_picture_made_again_is_the_one_that_was_measured(results, measured_results):
    case = find_cases(results, "telea", "l1_hole", "all", ["l1_hole"])["worst"][0]
    picture = make_picture(results, "telea", case, "l1_hole", Models())
    kept = measured_results[0] / "outputs" / "telea"
    name = f"{case.image_id}__{case.mask_id.replace(':', '_')}.png"
    assert np.array_equal(picture.result, read_image(kept / name))
    assert np.array_equal(picture.result[~picture.hole], picture.truth[~picture.hole])
    off = np.abs(picture.result.astype(float) - picture.truth)[picture.hole].mean() / 2.55
    assert off == pytest.approx(picture.value, rel=1e-5) == pytest.approx(case.value, rel=1e-5)
    assert not picture.differs
    assert replace(picture, published=picture.value * 1.1).differs


def test_the_numbers_of_a_case_are_those_of_its_record(results):
    case = find_cases(results, "telea", "psnr", "all", [])["best"][0]
    values = case_values(results, "telea", case, ["psnr", "l1_hole", "fid"])
    assert values["psnr"] == case.value and set(values) == {"psnr", "l1_hole"}
    assert case_values(results, "telea", Case("no", "such", 0.1, 0.0), ["psnr"]) == {}


def test_metrics_of_a_set_and_empty_ones_have_no_cases(results_folder):
    results = read_published(results_folder, "made-up-a")
    with pytest.raises(BenchError, match="one value for all"):
        find_cases(results, "telea", "fid", "all", [])
    with pytest.raises(BenchError, match="none here"):
        find_cases(results, "telea", "lpips_alex", "all", [])


def test_the_command_that_measured_a_row_is_told_with_its_date(results):
    ((about, command),) = commands(results, "telea")
    assert command.startswith("python -m inpaint_bench run --suite quick --models mean_colour")
    assert "code" in about


def test_a_test_set_that_has_changed_since_shows_no_pictures(results):
    changed = replace(results, about={**results.about, "sha256": "1" * 64}, _memory={})
    with pytest.raises(BenchError, match="has changed"):
        open_set(changed)
    with pytest.raises(BenchError, match="no frozen test set"):
        open_set(replace(results, test_set="gone", _memory={}))


def test_missing_photographs_are_told_without_the_servers_folders(
    results_folder, tmp_path, monkeypatch
):
    from inpaint_bench.bench.plan import test_set_hash
    from inpaint_bench.data import load_test_set

    monkeypatch.setenv("INPAINT_DATA", str(tmp_path))
    path = results_folder / "made-up-b.json"
    said = json.loads(path.read_text())
    said["test_set"]["sha256"] = test_set_hash(load_test_set("kodak-256"))
    path.write_text(json.dumps(said))
    results = replace(read_published(results_folder, "made-up-b"), test_set="kodak-256")
    with pytest.raises(DataMissingError, match="Kodak True Color") as caught:
        open_set(results)
    assert str(tmp_path) not in str(caught.value)


def test_pictures_made_elsewhere_cannot_be_made_again(results):
    origins = {"telea": {"made_from": {"made": "elsewhere"}}}
    elsewhere = replace(results, origins=origins, _memory={})
    case = find_cases(results, "telea", "psnr", "all", [])["best"][0]
    with pytest.raises(BenchError, match="made elsewhere"):
        make_picture(elsewhere, "telea", case, "psnr", Models())
