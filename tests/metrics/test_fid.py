"""FID against the closed form for Gaussians and against torch-fidelity."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.linalg import sqrtm
from torch_fidelity.metric_fid import fid_features_to_statistics, fid_statistics_to_metric

from inpaint_bench.errors import BenchError
from inpaint_bench.metrics import fid
from inpaint_bench.metrics.fid import ENOUGH


def gaussian_sample(rng, count, mean, covariance) -> np.ndarray:
    """Return `count` points whose sample mean and covariance are exactly the given ones."""
    points = rng.standard_normal((count, len(mean)))
    points -= points.mean(axis=0)
    own = np.linalg.cholesky(np.cov(points, rowvar=False))
    return points @ np.linalg.inv(own).T @ np.linalg.cholesky(covariance).T + mean


def test_fid_of_two_gaussians_is_the_closed_form():
    rng = np.random.default_rng(0)
    mean_1, mean_2 = rng.standard_normal((2, 6))
    cov_1, cov_2 = (a @ a.T + np.eye(6) for a in rng.standard_normal((2, 6, 6)))
    expected = (
        np.square(mean_1 - mean_2).sum()
        + np.trace(cov_1)
        + np.trace(cov_2)
        - 2 * np.trace(sqrtm(cov_1 @ cov_2)).real
    )
    found = fid(gaussian_sample(rng, 50, mean_1, cov_1), gaussian_sample(rng, 70, mean_2, cov_2))
    assert found.value == pytest.approx(expected, rel=1e-9)


def test_fid_of_two_halves_drawn_from_known_gaussians_is_near_the_closed_form():
    rng = np.random.default_rng(7)
    one, other = np.array([1.0, 4.0, 0.25]), np.array([2.25, 1.0, 0.25])
    drawn = rng.standard_normal((40_000, 3))
    first = drawn[::2] * np.sqrt(one)
    second = drawn[1::2] * np.sqrt(other) + 0.5
    expected = 3 * 0.5**2 + np.square(np.sqrt(one) - np.sqrt(other)).sum()
    assert fid(first, second).value == pytest.approx(expected, rel=0.05)
    assert fid(drawn[::2], drawn[1::2]).value == pytest.approx(0.0, abs=0.002)


def test_fid_of_commuting_covariances_is_the_sum_over_their_axes():
    rng = np.random.default_rng(1)
    one, other = np.array([4.0, 1.0, 9.0]), np.array([1.0, 1.0, 25.0])
    found = fid(
        gaussian_sample(rng, 40, np.zeros(3), np.diag(one)),
        gaussian_sample(rng, 30, np.full(3, 2.0), np.diag(other)),
    )
    assert found.value == pytest.approx(3 * 4.0 + 1.0 + 0.0 + 4.0, rel=1e-9)


@pytest.mark.parametrize(("count", "other"), [(300, 260), (40, 300)])
def test_fid_equals_torch_fidelity(count, other):
    rng = np.random.default_rng(2)
    a = rng.gamma(2.0, size=(count, 64))
    b = rng.gamma(2.3, size=(other, 64))
    stats = [fid_features_to_statistics(torch.from_numpy(x)) for x in (a, b)]
    expected = fid_statistics_to_metric(*stats, verbose=False)["frechet_inception_distance"]
    assert fid(a, b).value == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("count", [5, 64, 400])
def test_fid_of_a_set_and_itself_is_zero(count):
    features = np.random.default_rng(3).gamma(2.0, size=(count, 64)).astype(np.float32)
    assert fid(features, features).value == pytest.approx(0.0, abs=1e-9)
    assert fid(features, features[::-1]).value == pytest.approx(0.0, abs=1e-9)


def test_fid_does_not_depend_on_which_set_is_the_truth():
    rng = np.random.default_rng(4)
    a, b = rng.standard_normal((30, 16)), 1.3 * rng.standard_normal((50, 16))
    assert fid(a, b).value == pytest.approx(fid(b, a).value, rel=1e-9)


def test_fid_of_few_pictures_says_that_it_is_biased():
    features = np.random.default_rng(5).standard_normal((ENOUGH, 3))
    few = fid(features[:-1], features)
    assert few.count == ENOUGH - 1 and "at least 2,048" in few.caveat
    assert fid(features, features).caveat == ""


@pytest.mark.parametrize(
    ("a", "b", "message"),
    [
        (np.zeros((1, 4)), np.zeros((9, 4)), "at least 2 pictures, got 1"),
        (np.zeros((9, 4)), np.zeros((9, 5)), "features NxD and MxD"),
        (np.full((9, 4), np.nan), np.zeros((9, 4)), "finite"),
    ],
)
def test_features_that_give_no_fid_are_refused(a, b, message):
    with pytest.raises(BenchError, match=message):
        fid(a, b)
