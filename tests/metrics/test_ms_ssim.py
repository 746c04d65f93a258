"""MS-SSIM against torchmetrics."""

from __future__ import annotations

import pytest
import torch
from torchmetrics.functional.image import multiscale_structural_similarity_index_measure

from inpaint_bench.errors import ImageError
from inpaint_bench.metrics import METRICS, ms_ssim
from inpaint_bench.metrics.ms_ssim import EXPONENTS, SMALLEST


@pytest.mark.parametrize("size", [(176, 176), (193, 231), (256, 256)])
@pytest.mark.parametrize("noise", [0.02, 0.3])
def test_ms_ssim_equals_torchmetrics(size, noise):
    generator = torch.Generator().manual_seed(0)
    truth = torch.rand(2, 3, *size, generator=generator, dtype=torch.float64)
    truth = torch.nn.functional.avg_pool2d(truth, 5, stride=1, padding=2)
    result = truth + noise * torch.randn(truth.shape, generator=generator, dtype=torch.float64)
    result = result.clamp(0, 1)
    expected = multiscale_structural_similarity_index_measure(
        result, truth, data_range=1.0, reduction="none"
    )
    torch.testing.assert_close(ms_ssim(result, truth), expected, rtol=0, atol=1e-7)
    single = ms_ssim(result.float(), truth.float())
    torch.testing.assert_close(single, expected, rtol=0, atol=1e-6)


def test_a_negative_factor_counts_as_none():
    picture = torch.rand(1, 3, 200, 200)
    assert ms_ssim(1.0 - picture, picture).item() == 0.0


def test_identical_pictures_have_an_ms_ssim_of_one():
    picture = torch.rand(2, 3, 180, 200)
    assert ms_ssim(picture, picture).tolist() == pytest.approx([1.0, 1.0], abs=1e-9)


def test_the_exponents_are_the_published_ones_and_add_up_to_one():
    assert sum(EXPONENTS) == pytest.approx(1.0, abs=2e-4) and len(EXPONENTS) == 5


def test_pictures_too_small_for_five_scales_have_none():
    assert SMALLEST == 176
    small = torch.rand(2, 3, 175, 400)
    with pytest.raises(ImageError, match="at least 176x176 pixels, got 175x400"):
        ms_ssim(small, small)
    found = METRICS["ms_ssim"].compute(small, small, small[:, :1])
    assert found.shape == (2,) and found.isnan().all()
