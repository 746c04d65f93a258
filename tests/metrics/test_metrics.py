"""What holds for every per-image metric that needs no download."""

from __future__ import annotations

import subprocess
import sys

import pytest
import torch

from inpaint_bench.errors import ImageError, MaskError, UnknownNameError
from inpaint_bench.metrics import MAIN, METRICS, RAW_METRICS, SET_METRICS

TRAINED = (
    "lpips_alex",
    "lpips_vgg",
    "perceptual_squeeze",
    "pconv_perceptual",
    "pconv_style",
    "recurrent_perceptual",
    "recurrent_style",
)
WITHOUT_WEIGHTS = [name for name in METRICS if name not in TRAINED]
DISTANCES = [name for name in WITHOUT_WEIGHTS if METRICS[name].needs_truth and "dice" not in name]
SMALL = [name for name in WITHOUT_WEIGHTS if METRICS[name].smallest <= 24]


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
    assert [name for name in METRICS if name not in TRAINED] == [
        "l1",
        "l1_hole",
        "l1_ring",
        "l2",
        "l2_hole",
        "l2_ring",
        "psnr",
        "psnr_hole",
        "psnr_ring",
        "ssim",
        "ssim_hole",
        "ssim_ring",
        "ms_ssim",
        "tv",
        "tv_hole",
        "dice",
        "dice_hole",
        "mmagic_l1",
        "edgeconnect_l1",
        "edgeconnect_psnr",
        "edgeconnect_ssim",
        "lama_ssim",
    ]
    assert set(TRAINED) < set(METRICS)
    assert list(SET_METRICS) == ["fid", "kid", "u_ids", "p_ids"]
    assert set(MAIN) <= {*METRICS, *SET_METRICS}


@pytest.mark.parametrize("metric", RAW_METRICS)
def test_a_metric_of_the_raw_output_is_its_twin_on_another_picture(metric):
    raw, twin = RAW_METRICS[metric], METRICS[metric.removesuffix("_raw")]
    assert (raw.on, twin.on) == ("raw", "composite") and raw.region == "whole"
    assert raw.compute is twin.compute and raw.version == twin.version
    assert "before compositing" in raw.definition and metric not in METRICS


def test_the_hole_of_the_raw_output_is_that_of_the_composite_so_only_whole_metrics_have_twins():
    twins = {name.removesuffix("_raw") for name in RAW_METRICS}
    assert {METRICS[name].region for name in twins} == {"whole"}
    assert {"l1", "l2", "psnr", "ssim", "ms_ssim", "lpips_alex", "lpips_vgg", "tv"} <= twins


def test_metrics_of_a_set_are_greyed_out_below_2048_pictures_for_a_stated_reason():
    for name in SET_METRICS:
        assert SET_METRICS[name].enough == 2048 and SET_METRICS[name].enough_because
    assert [name for name in SET_METRICS if SET_METRICS[name].paired] == ["u_ids", "p_ids"]


@pytest.mark.parametrize("metric", [*METRICS, *RAW_METRICS, *SET_METRICS])
def test_every_metric_declares_its_convention(metric):
    registry = next(one for one in (METRICS, RAW_METRICS, SET_METRICS) if metric in one)
    declared = registry[metric]
    assert declared.name == metric
    assert all([declared.title, declared.definition, declared.reference, declared.version])
    assert isinstance(declared.higher_is_better, bool)


@pytest.mark.parametrize("metric", WITHOUT_WEIGHTS)
def test_a_batch_gives_what_its_pictures_give_alone(metric, batch):
    together = METRICS[metric].compute(*batch)
    alone = [METRICS[metric].compute(*(x[i : i + 1] for x in batch)) for i in range(3)]
    assert together.shape == (3,) and together.dtype == torch.float64
    torch.testing.assert_close(together, torch.cat(alone), rtol=1e-12, atol=1e-12, equal_nan=True)


@pytest.mark.parametrize("metric", WITHOUT_WEIGHTS)
def test_arguments_are_not_modified(metric, batch):
    for dtype in (torch.float32, torch.float64):
        given = [x.to(dtype) for x in batch]  # MS-SSIM and the like look at none so small
        before = [x.clone() for x in given]
        METRICS[metric].compute(*given)
        assert all(torch.equal(x, y) for x, y in zip(given, before, strict=True))


@pytest.fixture(scope="module")
def large() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return a perfect result and a bad one of a size that every metric takes."""
    generator = torch.Generator().manual_seed(5)
    truth = torch.rand(2, 3, 180, 176, generator=generator)
    hole = torch.zeros(2, 1, 180, 176)
    hole[..., 40:120, 50:150] = 1
    noise = torch.rand(truth.shape, generator=generator)
    result = torch.where(hole > 0, noise, truth)
    result[0] = truth[0]
    return result, truth, hole


@pytest.mark.parametrize("metric", DISTANCES)
def test_a_perfect_result_is_finite_and_the_best(metric, large):
    values = METRICS[metric].compute(*large)
    assert torch.isfinite(values).all()
    best = values.argmax() if METRICS[metric].higher_is_better else values.argmin()
    assert int(best) == 0


@pytest.mark.parametrize("metric", WITHOUT_WEIGHTS)
def test_strided_and_inference_tensors_are_taken(metric, batch):
    strided = [x.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2) for x in batch]
    expected = METRICS[metric].compute(*batch)
    torch.testing.assert_close(
        METRICS[metric].compute(*strided), expected, rtol=0, atol=1e-9, equal_nan=True
    )
    with torch.inference_mode():
        found = METRICS[metric].compute(*(x.clone() for x in batch))
        torch.testing.assert_close(found, expected, rtol=1e-12, atol=1e-12, equal_nan=True)
    torch.testing.assert_close(
        METRICS[metric].compute(*batch), expected, rtol=0, atol=0, equal_nan=True
    )


@pytest.mark.parametrize("metric", [name for name in WITHOUT_WEIGHTS if name not in SMALL])
def test_pictures_smaller_than_a_metric_can_take_have_no_value_and_no_error(metric, batch):
    assert METRICS[metric].compute(*batch).isnan().all()
    assert str(METRICS[metric].smallest) in METRICS[metric].definition


# Their windows, or pairs of neighbours, reach over the edge of the hole.
REACHING = ("ssim_hole", "ssim_ring", "tv_hole")


@pytest.mark.parametrize("metric", [name for name in WITHOUT_WEIGHTS if name not in REACHING])
def test_a_hole_metric_ignores_known_pixels_and_the_others_do_not(metric, large):
    result, truth, hole = (x[1:] for x in large)
    changed = torch.where(hole > 0, result, result * 0.5)
    same = torch.allclose(
        METRICS[metric].compute(result, truth, hole),
        METRICS[metric].compute(changed, truth, hole),
    )
    assert same == (METRICS[metric].region != "whole")


def test_a_batch_that_was_changed_after_it_was_found_good_is_looked_at_again(batch):
    result, truth, hole = batch
    METRICS["l1"].compute(result, truth, hole)
    result.mul_(255)
    with pytest.raises(ImageError, match=r"expected result in \[0,1\]"):
        METRICS["l2"].compute(result, truth, hole)


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


@pytest.mark.parametrize("metric", [name for name in METRICS if METRICS[name].region != "whole"])
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
