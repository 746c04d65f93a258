"""U-IDS and P-IDS: the plane against another solver, the scores against what they mean."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

from inpaint_bench.errors import BenchError
from inpaint_bench.metrics import p_ids, u_ids
from inpaint_bench.metrics._svm import fit_plane


def objective(w, x, y):
    """LinearSVC(dual=False): squared hinge, C = 1, the intercept regularised as a weight."""
    slack = np.maximum(0.0, 1.0 - y * (x @ w))
    gradient = w - 2.0 * x.T @ (y * slack)
    return 0.5 * w @ w + np.square(slack).sum(), gradient


@pytest.mark.parametrize(("counts", "length"), [((60, 40), 7), ((15, 12), 50), ((200, 210), 20)])
def test_the_plane_is_where_another_solver_finds_it(counts, length):
    rng = np.random.default_rng(0)
    positive = rng.standard_normal((counts[0], length)) + 0.3
    negative = rng.standard_normal((counts[1], length))
    x = np.concatenate([positive, negative])
    x = np.concatenate([x, np.ones((len(x), 1))], axis=1)
    y = np.repeat([1.0, -1.0], counts)
    expected = minimize(
        objective,
        np.zeros(length + 1),
        (x, y),
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": 5000, "ftol": 1e-15, "gtol": 1e-10},
    ).x
    weights, offset = fit_plane(positive, negative)
    np.testing.assert_allclose([*weights, offset], expected, atol=2e-5)
    _, gradient = objective(np.append(weights, offset), x, y)
    assert np.abs(gradient).max() < 1e-6


def test_two_points_have_the_plane_worked_out_by_hand():
    # By symmetry the offset is 0; the minimum of w^2 / 2 + 2 (1 - w)^2 is where w = 4 (1 - w).
    weights, offset = fit_plane(np.array([[1.0]]), np.array([[-1.0]]))
    assert weights[0] == pytest.approx(0.8) and offset == pytest.approx(0.0, abs=1e-12)


def test_sets_of_one_law_cannot_be_told_apart():
    rng = np.random.default_rng(1)
    a, b = rng.standard_normal((2, 3000, 4))
    assert u_ids(a, b).value == pytest.approx(50.0, abs=3.0)
    assert p_ids(a, b).value == pytest.approx(50.0, abs=3.0)
    assert u_ids(a, b).caveat == ""


def test_a_set_and_itself_score_half_and_no_pair_is_won():
    a = np.random.default_rng(2).standard_normal((500, 6))
    assert u_ids(a, a).value == pytest.approx(50.0, abs=0.5)
    assert p_ids(a, a).value == 0.0  # no result is more real than its own equal


def test_sets_far_apart_score_nothing():
    rng = np.random.default_rng(3)
    a, b = rng.standard_normal((300, 5)), rng.standard_normal((300, 5)) + 20
    assert u_ids(a, b).value == 0.0 and p_ids(a, b).value == 0.0


def test_two_shifted_gaussians_overlap_by_the_normal_distribution():
    from scipy.stats import norm

    rng = np.random.default_rng(4)
    a, b = rng.standard_normal((2, 20000, 1))
    shift = 1.0
    assert u_ids(a, b + shift).value == pytest.approx(100 * norm.cdf(-shift / 2), abs=1.0)
    assert p_ids(a, b + shift).value == pytest.approx(100 * norm.cdf(-shift / 2**0.5), abs=1.0)


def test_fewer_pictures_than_features_are_always_told_apart_and_the_caveat_says_so():
    rng = np.random.default_rng(5)
    found = u_ids(*rng.standard_normal((2, 30, 200)))
    assert found.value == 0.0 and found.count == 30 and "told apart" in found.caveat


def test_unequal_sets_have_a_u_ids_but_no_p_ids():
    rng = np.random.default_rng(6)
    a, b = rng.standard_normal((30, 4)), rng.standard_normal((20, 4))
    assert 0.0 < u_ids(a, b).value < 100.0
    with pytest.raises(BenchError, match="compares pairs: expected as many results as truths"):
        p_ids(a, b)
