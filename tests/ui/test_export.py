from __future__ import annotations

import csv
import io
import json
import zipfile
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from inpaint_bench import list_variants
from inpaint_bench.ui.catalogue import catalogue
from inpaint_bench.ui.comparison import Comparison, Outcome
from inpaint_bench.ui.export import result_name, results_zip

NETWORK = "deepfill_v2-scenes128"


@pytest.fixture(scope="module")
def entries():
    return {entry.name: entry for entry in catalogue()}


@pytest.fixture
def comparison(photograph_array):
    hole = np.zeros((60, 80), bool)
    hole[:12] = True
    filled = photograph_array.copy()
    filled[:12] = 7
    return Comparison(
        name="cat",
        picture=photograph_array,
        hole=hole,
        variants=("telea", f"{NETWORK}+2", "pconv_unet-scenes128"),
        seed=4,
        scored=True,
        outcomes={
            "telea": Outcome(picture=filled, seconds=0.25, scores={"psnr": 30.5}),
            f"{NETWORK}+2": Outcome(picture=filled, seconds=1.0, stages={"coarse": filled // 2}),
            "pconv_unet-scenes128": Outcome(error="no weights"),
        },
        sketch=hole & (np.indices((60, 80))[1] == 40),
    )


def read(archive, name):
    return np.array(Image.open(io.BytesIO(archive.read(name))))


def test_results_are_named_after_photograph_and_model(comparison):
    assert result_name(comparison, "telea") == "cat__telea"


def test_the_zip_holds_pictures_settings_and_metrics(comparison, entries):
    with zipfile.ZipFile(io.BytesIO(results_zip(comparison, entries))) as archive:
        assert archive.namelist() == [
            "input.png",
            "hole.png",
            "sketch.png",
            "results/cat__telea.png",
            f"results/cat__{NETWORK}+2.png",
            f"stages/cat__{NETWORK}+2__coarse.png",
            "metrics.csv",
            "comparison.json",
        ]
        said = json.loads(archive.read("comparison.json"))
        rows = list(csv.DictReader(io.StringIO(archive.read("metrics.csv").decode())))
        for name, there in (("hole.png", comparison.hole), ("sketch.png", comparison.sketch)):
            assert np.array_equal(read(archive, name) == 255, there)
        assert read(archive, f"stages/cat__{NETWORK}+2__coarse.png").max() < 128
    assert said["hole_ratio"] == 0.2 and said["bucket"] == "20-30 %" and said["seed"] == 4
    assert said["scored_against"] == "input.png" and said["code_version"]
    telea, network, failed = said["results"]
    assert telea["seconds"] == 0.25 and telea["psnr"] == 30.5 and telea["weights_sha256"] == ""
    assert failed["error"] == "no weights" and "seconds" not in failed
    assert network["variant"] == NETWORK and network["seed"] == 5  # the second sample
    stated = {variant.name: variant.sha256 for variant in list_variants()}
    assert network["weights_sha256"] == stated[NETWORK]
    assert [row["result"] for row in rows] == [row["result"] for row in said["results"]]
    assert [row["psnr"] for row in rows] == ["30.5", "", ""]


def test_a_comparison_without_a_sketch_has_none_in_its_zip(comparison, entries):
    bare = replace(comparison, sketch=None)
    with zipfile.ZipFile(io.BytesIO(results_zip(bare, entries))) as archive:
        assert "sketch.png" not in archive.namelist()
        assert json.loads(archive.read("comparison.json"))["sketch"] is None
