"""PSNR against scikit-image."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.metrics import peak_signal_noise_ratio

from inpaint_bench.metrics import METRICS, psnr, psnr_hole
from inpaint_bench.metrics.psnr import CAP


@settings(max_examples=25, deadline=None)
@given(
    st.integers(1, 40),
    st.integers(1, 40),
    st.sampled_from([1, 3]),
    st.floats(1e-3, 1.0),
    st.integers(0, 2**31),
)
def test_psnr_equals_scikit_image(height, width, channels, noise, seed):
    rng = np.random.default_rng(seed)
    truth = rng.random((channels, height, width), dtype=np.float32)
    result = (truth + noise * rng.standard_normal(truth.shape)).clip(0, 1).astype(np.float32)
    expected = peak_signal_noise_ratio(
        truth.astype(np.float64), result.astype(np.float64), data_range=1.0
    )
    found = psnr(torch.from_numpy(result)[None], torch.from_numpy(truth)[None])
    assert found.item() == pytest.approx(min(expected, CAP), abs=1e-6)


def test_psnr_hole_is_the_psnr_of_the_missing_pixels():
    rng = np.random.default_rng(5)
    truth, result = rng.random((2, 3, 31, 17))
    hole = rng.random((31, 17)) < 0.5
    expected = peak_signal_noise_ratio(truth[:, hole], result[:, hole], data_range=1.0)
    found = psnr_hole(
        torch.from_numpy(result)[None],
        torch.from_numpy(truth)[None],
        torch.from_numpy(hole)[None, None].double(),
    )
    assert found.item() == pytest.approx(expected, abs=1e-6)


def test_identical_pictures_get_the_stated_cap():
    picture = torch.rand(2, 3, 8, 8)
    hole = torch.ones(2, 1, 8, 8)
    assert psnr(picture, picture).tolist() == [CAP, CAP]
    assert psnr_hole(picture, picture, hole).tolist() == [CAP, CAP]
    assert f"{CAP:.0f} dB" in METRICS["psnr"].definition


def test_one_grey_level_everywhere_is_48_decibels():
    truth = torch.zeros(1, 3, 16, 16)
    assert psnr(truth + 1 / 255, truth).item() == pytest.approx(20 * np.log10(255), abs=1e-6)
