"""KID against torch-fidelity on the same subsets and against a loop over pairs."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch_fidelity.metric_kid import (
    KEY_METRIC_KID_MEAN,
    KEY_METRIC_KID_STD,
    kid_features_to_metric,
)

from inpaint_bench.errors import BenchError
from inpaint_bench.metrics import kid
from inpaint_bench.metrics.kid import mmd2_unbiased


@pytest.fixture
def sets() -> tuple[np.ndarray, np.ndarray]:
    """Return features of two sets that differ."""
    rng = np.random.default_rng(0)
    return rng.gamma(2.0, size=(120, 48)), rng.gamma(2.2, size=(90, 48))


def test_kid_equals_torch_fidelity_on_the_same_subsets(sets):
    expected = kid_features_to_metric(
        torch.from_numpy(sets[0]),
        torch.from_numpy(sets[1]),
        kid_subsets=20,
        kid_subset_size=50,
        kid_kernel="poly",
        kid_kernel_poly_degree=3,
        kid_kernel_poly_gamma=None,
        kid_kernel_poly_coef0=1.0,
        rng_seed=2020,
        verbose=False,
    )
    found = kid(*sets, subset_size=50, subsets=20)
    assert found.value == pytest.approx(expected[KEY_METRIC_KID_MEAN], rel=1e-9)
    assert found.deviation == pytest.approx(expected[KEY_METRIC_KID_STD], rel=1e-9)
    assert found.settings == "20 subsets of 50"


def test_the_estimate_is_the_mean_of_the_kernel_over_pairs():
    rng = np.random.default_rng(1)
    x, y = rng.standard_normal((5, 3)), rng.standard_normal((4, 3))

    def kernel(a, b):
        return (float(a @ b) / 3 + 1) ** 3

    within_x = np.mean([kernel(x[i], x[j]) for i in range(5) for j in range(5) if i != j])
    within_y = np.mean([kernel(y[i], y[j]) for i in range(4) for j in range(4) if i != j])
    between = np.mean([kernel(a, b) for a in x for b in y])
    assert mmd2_unbiased(x, y) == pytest.approx(within_x + within_y - 2 * between, rel=1e-12)


def test_kid_of_two_halves_of_one_set_is_zero_on_average():
    rng = np.random.default_rng(2)
    values = [mmd2_unbiased(*rng.standard_normal((2, 60, 8))) for _ in range(200)]
    error = np.std(values) / np.sqrt(len(values))
    assert abs(np.mean(values)) < 4 * error and min(values) < 0


def test_small_sets_use_half_of_their_pictures_and_say_so(sets):
    found = kid(*sets)
    assert found.settings == "100 subsets of 45" and found.count == 90
    assert found.deviation > 0


def test_large_sets_use_subsets_of_a_thousand():
    features = np.random.default_rng(3).standard_normal((2000, 2))
    assert kid(features, features, subsets=2).settings == "2 subsets of 1,000"
    # Subsets that are the whole set would deviate by rounding alone.
    assert kid(features[:1000], features, subsets=2).settings == "2 subsets of 500"


def test_kid_is_the_same_every_time(sets):
    assert kid(*sets) == kid(*sets)


@pytest.mark.parametrize("size", [1, 91])
def test_subsets_that_cannot_be_drawn_are_refused(sets, size):
    with pytest.raises(BenchError, match="subsets of 2 to 90 pictures"):
        kid(*sets, subset_size=size)
