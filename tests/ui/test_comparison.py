from __future__ import annotations

import numpy as np
import pytest
from skimage.metrics import peak_signal_noise_ratio

from inpaint_bench import load
from inpaint_bench.errors import InpaintBenchError, WeightsError
from inpaint_bench.ui.comparison import Comparison, best_scores, check_names, compare


class Models:
    """Loads by name; "absent" has no weights and "broken" is no model at all."""

    def __getitem__(self, name):
        if name == "absent":
            raise WeightsError("expected weights, got none")
        return object() if name == "broken" else load(name)


def plan(picture, *variants, scored=True):
    hole = np.zeros(picture.shape[:2], bool)
    hole[10:30, 20:50] = True
    return Comparison(
        name="one", picture=picture, hole=hole, variants=variants, seed=3, scored=scored
    )


def test_results_arrive_one_by_one_and_earlier_ones_stay(photograph_array):
    steps = list(compare(plan(photograph_array, "mean_colour", "telea"), Models()))
    assert [list(step.outcomes) for step in steps] == [["mean_colour"], ["mean_colour", "telea"]]
    assert steps[1].outcomes["mean_colour"] is steps[0].outcomes["mean_colour"]


def test_known_pixels_come_back_bit_exact(photograph_array):
    asked = plan(photograph_array, "telea")
    *_, done = compare(asked, Models())
    picture = done.pictures["telea"]
    assert np.array_equal(picture[~asked.hole], photograph_array[~asked.hole])
    assert not np.array_equal(picture[asked.hole], photograph_array[asked.hole])


def test_one_failing_model_does_not_stop_the_others(photograph_array):
    *_, done = compare(plan(photograph_array, "absent", "broken", "telea"), Models())
    assert done.outcomes["absent"].error == "expected weights, got none"
    assert "AttributeError" in done.outcomes["broken"].error
    assert list(done.pictures) == ["telea"]


def test_scores_agree_with_scikit_image(photograph_array):
    *_, done = compare(plan(photograph_array, "telea"), Models())
    outcome = done.outcomes["telea"]
    expected = peak_signal_noise_ratio(photograph_array, outcome.picture)
    assert outcome.scores["psnr"] == pytest.approx(expected, abs=1e-4)
    hole = done.hole
    difference = np.abs(outcome.picture[hole].astype(float) - photograph_array[hole])
    assert outcome.scores["l1_hole"] == pytest.approx(100.0 * difference.mean() / 255.0, abs=1e-4)


def test_nothing_is_scored_unless_asked_for(photograph_array):
    *_, done = compare(plan(photograph_array, "telea", scored=False), Models())
    assert done.outcomes["telea"].scores == {}
    assert best_scores(done) == {}


def test_best_scores_follow_the_direction_of_each_metric(photograph_array):
    *_, done = compare(plan(photograph_array, "mean_colour", "telea"), Models())
    better = "telea"  # the picture is a smooth ramp
    assert best_scores(done) == {"l1_hole": better, "psnr": better, "ssim": better}


def test_no_ticked_model_is_refused():
    with pytest.raises(InpaintBenchError, match="tick one"):
        check_names([])
    assert check_names(["a", "b", "a"]) == ("a", "b")
