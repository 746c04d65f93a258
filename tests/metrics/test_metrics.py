"""What holds for every per-image metric that needs no download."""

from __future__ import annotations

import subprocess
import sys

import pytest
import torch

from inpaint_bench.errors import ImageError, MaskError, UnknownNameError
from inpaint_bench.metrics import METRICS, SET_METRICS

WITHOUT_WEIGHTS = [name for name in METRICS if name != "lpips_alex"]


@pytest.fixture
def batch() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return result, truth and hole of three pictures; the first result is perfect."""
    generator = torch.Generator().manual_seed(3)
    truth = torch.rand(3, 3, 24, 37, generator=generator)
    hole = (torch.rand(3, 1, 24, 37, generator=generator) < 0.3).float()
    noise = torch.rand(truth.shape, generator=generator)
    result = torch.where(hole > 0, noise, truth)
    result[0] = truth[0]
    return result, truth, hole


def test_the_names_that_records_use_are_registered():
    assert list(METRICS) == [
        "l1", "l1_hole", "l2", "l2_hole", "psnr", "psnr_hole", "ssim", "lpips_alex",
    ]
    assert list(SET_METRICS) == ["fid", "kid"]


@pytest.mark.parametrize("metric", [*METRICS, *SET_METRICS])
def test_every_metric_declares_its_convention(metric):
    declared = METRICS[metric] if metric in METRICS else SET_METRICS[metric]
    assert declared.name == metric
    assert all([declared.title, declared.definition, declared.reference, declared.version])
    assert isinstance(declared.higher_is_better, bool)


@pytest.mark.parametrize("metric", WITHOUT_WEIGHTS)
def test_a_batch_gives_what_its_pictures_give_alone(metric, batch):
    together = METRICS[metric].compute(*batch)
    alone = [METRICS[metric].compute(*(x[i : i + 1] for x in batch)) for i in range(3)]
    assert together.shape == (3,) and together.dtype == torch.float64
    torch.testing.assert_close(together, torch.cat(alone), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("metric", WITHOUT_WEIGHTS)
def test_arguments_are_not_modified(metric, batch):
    for dtype in (torch.float32, torch.float64):
        given = [x.to(dtype) for x in batch]
        before = [x.clone() for x in given]
        METRICS[metric].compute(*given)
        assert all(torch.equal(x, y) for x, y in zip(given, before, strict=True))


@pytest.mark.parametrize("metric", WITHOUT_WEIGHTS)
def test_a_perfect_result_is_finite_and_the_best(metric, batch):
    values = METRICS[metric].compute(*batch)
    assert torch.isfinite(values).all()
    best = values.argmax() if METRICS[metric].higher_is_better else values.argmin()
    assert int(best) == 0


@pytest.mark.parametrize("metric", WITHOUT_WEIGHTS)
def test_strided_and_inference_tensors_are_taken(metric, batch):
    strided = [x.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2) for x in batch]
    torch.testing.assert_close(
        METRICS[metric].compute(*strided), METRICS[metric].compute(*batch), rtol=0, atol=1e-12
    )
    with torch.inference_mode():
        assert torch.isfinite(METRICS[metric].compute(*(x.clone() for x in batch))).all()


@pytest.mark.parametrize("metric", WITHOUT_WEIGHTS)
def test_a_hole_metric_ignores_known_pixels_and_the_others_do_not(metric, batch):
    result, truth, hole = batch
    changed = torch.where(hole > 0, result, 1.0 - result)
    same = torch.allclose(
        METRICS[metric].compute(result, truth, hole),
        METRICS[metric].compute(changed, truth, hole),
    )
    assert same == (METRICS[metric].region == "hole")


@pytest.mark.parametrize("metric", WITHOUT_WEIGHTS)
def test_values_outside_the_range_are_refused(metric, batch):
    result, truth, hole = batch
    for wrong in (result * 255, result - 0.5, result / 0.0):
        with pytest.raises(ImageError, match=r"expected result in \[0,1\]"):
            METRICS[metric].compute(wrong, truth, hole)


@pytest.mark.parametrize("metric", WITHOUT_WEIGHTS)
def test_pictures_of_two_shapes_are_refused(metric, batch):
    result, truth, hole = batch
    with pytest.raises(ImageError, match="one shape"):
        METRICS[metric].compute(result[..., 1:], truth, hole)


@pytest.mark.parametrize("metric", [name for name in METRICS if METRICS[name].region == "hole"])
def test_an_empty_or_foreign_hole_is_refused_where_it_counts(metric, batch):
    result, truth, hole = batch
    with pytest.raises(MaskError, match="empty one"):
        METRICS[metric].compute(result, truth, torch.zeros_like(hole))
    with pytest.raises(MaskError, match="expected a hole of"):
        METRICS[metric].compute(result, truth, hole[..., 1:])


def test_an_unknown_metric_names_the_valid_ones():
    with pytest.raises(UnknownNameError, match="Did you mean 'psnr'.*lpips_alex"):
        METRICS["psnrr"]


def test_importing_the_metrics_imports_no_feature_package():
    code = (
        "import sys, inpaint_bench.metrics; "
        "print([m for m in ('lpips', 'torch_fidelity', 'torchvision') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
