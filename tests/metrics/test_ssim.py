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
from inpaint_bench.metrics import METRICS, ssim, ssim_hole, ssim_ring
from inpaint_bench.metrics._similarity import GAUSSIAN, _factors_torch, _scratch, index_map
from inpaint_bench.metrics.ring import boundary_ring


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
    st.integers(11, 60),
    st.integers(11, 60),
    st.sampled_from([1, 3]),
    st.sampled_from(["noise", "close", "grey", "flat", "inverse"]),
    st.integers(0, 2**31),
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
    assert found.item() == pytest.approx(reference(result, truth), abs=1e-7)
    double = ssim(torch.from_numpy(result)[None].double(), torch.from_numpy(truth)[None].double())
    assert double.item() == pytest.approx(reference(result, truth), abs=1e-12)


@pytest.mark.parametrize("level", [0.0, 0.05, 0.93, 1.0])
@pytest.mark.parametrize("noise", [0.005, 0.02])
def test_flat_dark_and_bright_halves_lose_no_digits(level, noise):
    """Where float32 is weakest: a small variance of large numbers."""
    rng = np.random.default_rng(0)
    truth = np.full((3, 96, 96), level, dtype=np.float32)
    truth[..., 48:] = 1.0 - level
    result = (truth + noise * rng.standard_normal(truth.shape)).clip(0, 1).astype(np.float32)
    found = ssim(torch.from_numpy(result)[None], torch.from_numpy(truth)[None])
    assert found.item() == pytest.approx(reference(result, truth), abs=1e-6)


def test_the_filters_of_cpu_and_gpu_give_one_index():
    a, b = torch.rand(2, 2, 3, 29, 41, dtype=torch.float64)
    luminance, structure = _factors_torch(a, b, GAUSSIAN)
    expected = (luminance * structure).mean(dim=1)
    torch.testing.assert_close(index_map(a, b, GAUSSIAN), expected, rtol=0, atol=1e-12)
    torch.testing.assert_close(ssim(a, b), expected.mean(dim=(1, 2)), rtol=0, atol=1e-12)


def test_large_pictures_are_measured_channel_by_channel_with_the_same_result():
    a, b = torch.rand(2, 1, 3, 300, 280)
    expected = reference(a[0].numpy(), b[0].numpy())
    assert ssim(a, b).item() == pytest.approx(expected, abs=1e-7)
    assert index_map(a, b, GAUSSIAN).mean().item() == pytest.approx(expected, abs=1e-7)


def test_the_index_inside_the_hole_is_scikit_images_map_there():
    rng = np.random.default_rng(4)
    truth, result = rng.random((2, 3, 40, 50))
    hole = np.zeros((40, 50), dtype=bool)
    hole[2:30, 20:44] = True
    _, whole = structural_similarity(
        truth,
        result,
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
        data_range=1.0,
        channel_axis=0,
        full=True,
    )
    tensors = [torch.from_numpy(x)[None] for x in (result, truth, hole[None].astype(float))]
    counted = np.zeros_like(hole)
    counted[5:-5, 5:-5] = True
    expected = whole.mean(axis=0)[hole & counted].mean()
    assert ssim_hole(*tensors).item() == pytest.approx(expected, abs=1e-9)
    ring = boundary_ring(tensors[2])[0, 0].numpy() > 0
    expected = whole.mean(axis=0)[ring & counted].mean()
    assert ssim_ring(*tensors).item() == pytest.approx(expected, abs=1e-9)


def test_a_hole_within_the_left_out_border_has_no_index():
    picture, hole = torch.rand(1, 3, 32, 32), torch.zeros(1, 1, 32, 32)
    hole[..., :3, :] = 1
    assert METRICS["ssim_hole"].compute(picture, picture, hole).isnan().all()


def test_threads_do_not_disturb_each_other():
    from concurrent.futures import ThreadPoolExecutor

    pairs = [torch.rand(2, 1, 3, 64, 64 + 8 * n) for n in range(8)]
    alone = [ssim(a, b) for a, b in pairs]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda pair: ssim(*pair), pairs * 5))
    assert all(torch.equal(x, y) for x, y in zip(together, alone * 5, strict=True))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_scratch_memory_starts_where_opencvs_sums_are_the_same_in_every_process(dtype):
    for height in range(30, 60):
        arrays, tensors = _scratch((height, 21), np.dtype(dtype))
        assert all(one.ctypes.data % 64 == 0 for one in arrays)
        assert [one.data_ptr() for one in tensors] == [one.ctypes.data for one in arrays]


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
