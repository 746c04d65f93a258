"""SSIM against scikit-image."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage import data
from skimage.metrics import structural_similarity

from inpaint_bench.errors import ImageError
from inpaint_bench.metrics import ssim
from inpaint_bench.metrics.ssim import _blur_opencv, _blur_torch, _index


def reference(result: np.ndarray, truth: np.ndarray) -> float:
    """Return scikit-image's SSIM of two CxHxW pictures with the settings of Wang et al."""
    return structural_similarity(
        truth.astype(np.float64),
        result.astype(np.float64),
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
        data_range=1.0,
        channel_axis=0,
    )


@settings(max_examples=30, deadline=None)
@given(
    st.integers(11, 60), st.integers(11, 60), st.sampled_from([1, 3]),
    st.sampled_from(["noise", "close", "grey", "flat", "inverse"]), st.integers(0, 2**31),
)
def test_ssim_equals_scikit_image(height, width, channels, kind, seed):
    rng = np.random.default_rng(seed)
    truth = rng.random((channels, height, width), dtype=np.float32)
    if kind == "grey":
        truth = np.repeat(truth[:1], channels, axis=0)
    if kind == "flat":
        truth = np.full_like(truth, 0.93)
    result = {
        "noise": rng.random(truth.shape, dtype=np.float32),
        "inverse": 1.0 - truth,
    }.get(kind, (truth + 0.02 * rng.standard_normal(truth.shape)).clip(0, 1).astype(np.float32))
    found = ssim(torch.from_numpy(result)[None], torch.from_numpy(truth)[None])
    assert found.item() == pytest.approx(reference(result, truth), abs=1e-6)


def test_ssim_of_a_photograph_equals_scikit_image():
    truth = (data.astronaut()[100:228, 120:301] / 255).transpose(2, 0, 1).astype(np.float32)
    result = truth.copy()
    result[:, 30:90, 40:100] = result[:, 30:90, 40:100].mean(axis=(1, 2), keepdims=True)
    found = ssim(torch.from_numpy(result)[None], torch.from_numpy(truth)[None])
    assert found.item() == pytest.approx(reference(result, truth), abs=1e-9)


def test_the_filters_of_cpu_and_gpu_give_one_index():
    a, b = torch.rand(2, 2, 3, 29, 41, dtype=torch.float64)
    together = _index(a, b, _blur_torch)
    for i in range(2):
        for channel in range(3):
            alone = _index(a[i, channel], b[i, channel], _blur_opencv)
            torch.testing.assert_close(together[i, channel], alone, rtol=0, atol=1e-12)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_ssim_is_the_same_on_the_gpu():
    a, b = torch.rand(2, 2, 3, 64, 48)
    on_gpu = ssim(a.cuda(), b.cuda()).cpu()
    torch.testing.assert_close(on_gpu, ssim(a, b), rtol=0, atol=1e-9)


def test_identical_pictures_have_an_ssim_of_one():
    picture = torch.rand(2, 3, 20, 30)
    assert ssim(picture, picture).tolist() == pytest.approx([1.0, 1.0], abs=1e-12)


def test_a_picture_smaller_than_the_window_is_refused():
    with pytest.raises(ImageError, match="at least 11x11 pixels, got 10x40"):
        ssim(torch.rand(1, 3, 10, 40), torch.rand(1, 3, 10, 40))
