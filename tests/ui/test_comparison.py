from __future__ import annotations

import pickle
import threading

import numpy as np
import pytest
from skimage.metrics import peak_signal_noise_ratio

from inpaint_bench import load
from inpaint_bench.errors import InpaintBenchError, WeightsError
from inpaint_bench.ui import comparison as comparison_module
from inpaint_bench.ui.comparison import Comparison, best_scores, check_names, compare
from inpaint_bench.ui.workshop import Workshop


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


def test_a_model_that_takes_too_long_says_so_in_its_place_and_the_others_run_on(photograph_array):
    gate = threading.Event()

    class Slow(Models):
        def __getitem__(self, name):
            return gate.wait(30) if name == "slow" else super().__getitem__(name)

    workshop = Workshop(Slow(), seconds=1)
    *_, done = compare(plan(photograph_array, "slow", "mean_colour"), workshop)
    gate.set()
    assert "within 1 s" in done.outcomes["slow"].error
    assert list(done.pictures) == ["mean_colour"]


def test_stages_are_kept_until_a_comparison_holds_too_many(photograph_array, monkeypatch):
    network = "deepfill_v2-scenes128"
    *_, done = compare(plan(photograph_array, network), Models())
    stages = done.outcomes[network].stages
    assert list(stages) == ["coarse"] and stages["coarse"].shape == photograph_array.shape
    monkeypatch.setattr(comparison_module, "_MOST_STAGE_BYTES", 60 * 80 * 3)
    *_, done = compare(plan(photograph_array, network, f"{network}+2"), Models())
    assert [len(outcome.stages) for outcome in done.outcomes.values()] == [1, 0]
    assert len(done.pictures) == 2


def test_what_a_run_takes_and_gives_can_go_to_another_process(photograph_array):
    class Elsewhere(Workshop):
        def run(self, name, job, **_):
            job = pickle.loads(pickle.dumps(job))
            return pickle.loads(pickle.dumps(super().run(name, job)))

    workshop = Elsewhere(Models(), seconds=60)
    *_, done = compare(plan(photograph_array, "mean_colour", "telea"), workshop)
    assert list(done.pictures) == ["mean_colour", "telea"]
    assert done.outcomes["telea"].scores
