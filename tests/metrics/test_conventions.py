"""Columns in the conventions of others, against their formulas written out here."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from skimage.color import rgb2gray
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from inpaint_bench.metrics import METRICS


@pytest.fixture
def pictures() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return result and truth as 3xHxW float64 and the hole as HxW bool."""
    rng = np.random.default_rng(0)
    truth = rng.random((3, 64, 71))
    hole = np.zeros((64, 71), dtype=bool)
    hole[10:50, 20:60] = True
    result = np.where(hole, (truth + 0.3 * rng.standard_normal(truth.shape)).clip(0, 1), truth)
    return result, truth, hole


def value(name: str, result: np.ndarray, truth: np.ndarray, hole: np.ndarray) -> float:
    tensors = [torch.from_numpy(x)[None] for x in (result, truth, hole[None].astype(float))]
    return METRICS[name].compute(*tensors).item()


def test_mmagic_averages_over_the_hole_and_multiplies_by_a_hundred(pictures):
    result, truth, hole = pictures
    total = count = 0.0
    for channel in range(3):
        for y, x in np.argwhere(hole):
            total += abs(result[channel, y, x] - truth[channel, y, x])
            count += 1
    expected = 100.0 * total / (count + 1e-12)
    assert value("mmagic_l1", *pictures) == pytest.approx(expected, rel=1e-9)


def greys(result: np.ndarray, truth: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    weights = np.array([0.2125, 0.7154, 0.0721])[:, None, None]
    return (weights * result).sum(axis=0), (weights * truth).sum(axis=0)


def test_the_grey_of_edgeconnect_is_scikit_images(pictures):
    result, truth, _ = pictures
    for ours, picture in zip(greys(result, truth), (result, truth), strict=True):
        np.testing.assert_allclose(ours, rgb2gray(picture, channel_axis=0), atol=1e-12)


def test_edgeconnect_divides_the_summed_difference_by_the_summed_light(pictures):
    a, b = greys(*pictures[:2])
    expected = np.abs(a - b).sum() / (a + b).sum()
    assert value("edgeconnect_l1", *pictures) == pytest.approx(expected, rel=1e-12)


def test_edgeconnect_takes_psnr_of_grey_pictures(pictures):
    a, b = greys(*pictures[:2])
    expected = peak_signal_noise_ratio(b, a, data_range=1)
    assert value("edgeconnect_psnr", *pictures) == pytest.approx(expected, abs=1e-9)
    assert 10 * np.log10(1 / np.square(a - b).mean()) == pytest.approx(expected, abs=1e-9)


def test_edgeconnect_takes_ssim_of_grey_pictures_under_a_flat_window_of_51(pictures):
    a, b = greys(*pictures[:2])
    expected = structural_similarity(b, a, data_range=1, win_size=51)
    assert value("edgeconnect_ssim", *pictures) == pytest.approx(expected, abs=1e-9)
    # Written out: means over the window, variances by n - 1.
    indices = []
    for y in range(25, a.shape[0] - 25):
        for x in range(25, a.shape[1] - 25):
            u, v = (c[y - 25 : y + 26, x - 25 : x + 26].ravel() for c in (a, b))
            covariance = np.cov(u, v)
            light = (2 * u.mean() * v.mean() + 1e-4) / (u.mean() ** 2 + v.mean() ** 2 + 1e-4)
            form = (2 * covariance[0, 1] + 9e-4) / (covariance[0, 0] + covariance[1, 1] + 9e-4)
            indices.append(light * form)
    assert value("edgeconnect_ssim", *pictures) == pytest.approx(np.mean(indices), abs=1e-9)


def test_two_black_pictures_do_not_divide_by_zero():
    black, hole = np.zeros((3, 64, 64)), np.ones((64, 64), dtype=bool)
    assert value("edgeconnect_l1", black, black, hole) == 0.0


def test_lama_counts_every_pixel_with_zeros_beyond_the_border(pictures):
    result, truth, _ = pictures
    position = np.arange(11) - 5
    line = np.exp(-(position**2) / (2 * 1.5**2))
    window = np.outer(line, line) / line.sum() ** 2

    def blurred(channel: np.ndarray) -> np.ndarray:
        padded = np.pad(channel, 5)
        views = np.lib.stride_tricks.sliding_window_view(padded, (11, 11))
        return (views * window).sum(axis=(2, 3))

    indices = []
    for a, b in zip(result, truth, strict=True):
        mean_a, mean_b = blurred(a), blurred(b)
        variance_a, variance_b = blurred(a * a) - mean_a**2, blurred(b * b) - mean_b**2
        covariance = blurred(a * b) - mean_a * mean_b
        above = (2 * mean_a * mean_b + 0.01**2) * (2 * covariance + 0.03**2)
        below = (mean_a**2 + mean_b**2 + 0.01**2) * (variance_a + variance_b + 0.03**2)
        indices.append((above / below).mean())
    assert value("lama_ssim", *pictures) == pytest.approx(np.mean(indices), abs=1e-9)
    assert value("lama_ssim", *pictures) != pytest.approx(value("ssim", *pictures), abs=1e-3)


def test_the_conventions_disagree_as_much_as_the_papers_do(pictures):
    found = {name: value(name, *pictures) for name in ("l1", "mmagic_l1", "edgeconnect_l1")}
    assert found["mmagic_l1"] > 2 * found["l1"] > 2 * found["edgeconnect_l1"]
