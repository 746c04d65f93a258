from __future__ import annotations

import io
import json
import zipfile

import numpy as np
import pytest
from PIL import Image

from inpaint_bench.ui.comparison import Comparison, Outcome
from inpaint_bench.ui.export import result_name, results_zip


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
        variants=("telea", "pconv_unet-scenes128"),
        seed=4,
        outcomes={
            "telea": Outcome(picture=filled, seconds=0.25, scores={"psnr": 30.5}),
            "pconv_unet-scenes128": Outcome(error="no weights"),
        },
    )


def test_results_are_named_after_photograph_and_model(comparison):
    assert result_name(comparison, "telea") == "cat__telea"


def test_the_zip_holds_input_hole_results_and_settings(comparison):
    with zipfile.ZipFile(io.BytesIO(results_zip(comparison))) as archive:
        names = archive.namelist()
        hole = np.array(Image.open(io.BytesIO(archive.read("hole.png"))))
        said = json.loads(archive.read("comparison.json"))
    assert names == ["input.png", "hole.png", "results/cat__telea.png", "comparison.json"]
    assert np.array_equal(hole == 255, comparison.hole)
    assert said["hole_ratio"] == 0.2 and said["bucket"] == "20-30 %" and said["seed"] == 4
    assert said["results"]["telea"] == {"seconds": 0.25, "psnr": 30.5}
    assert said["results"]["pconv_unet-scenes128"] == {"error": "no weights"}
