"""A metric's values change only with its version: stored rows of an unchanged version are kept."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn import functional

from inpaint_bench.metrics import METRICS

# Version and value on the pictures below. Whoever changes a value raises the version, by which runs
# know which rows to measure again, and then writes both here.
PINNED = {
    "l1": ("1", 1.3335078),
    "l1_hole": ("1", 6.82756),
    "l1_ring": ("1", 7.2171791),
    "l2": ("1", 0.14437565),
    "l2_hole": ("1", 0.73920331),
    "l2_ring": ("1", 0.79674802),
    "psnr": ("1", 28.405061),
    "psnr_hole": ("1", 21.312361),
    "psnr_ring": ("1", 20.98679),
    "ssim": ("1", 0.96280756),
    "ssim_hole": ("1", 0.85898688),
    "ssim_ring": ("1", 0.77287778),
    "ms_ssim": ("1", 0.95379971),
    "tv": ("1", 2.9606617),
    "tv_hole": ("1", 0.59677757),
    "dice": ("1", 0.56244351),
    "dice_hole": ("1", 0.54472658),
    "mmagic_l1": ("1", 6.82756),
    "edgeconnect_l1": ("1", 0.0094446235),
    "edgeconnect_psnr": ("1", 31.714798),
    "edgeconnect_ssim": ("1", 0.9642003),
    "lama_ssim": ("1", 0.96658089),
}
_OF_WEIGHTS = {
    "lpips_alex", "lpips_vgg", "perceptual_squeeze", "pconv_perceptual", "pconv_style",
    "recurrent_perceptual", "recurrent_style",
}  # fmt: skip


@pytest.fixture(scope="module")
def pictures() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return result, truth and hole: two smooth pictures mixed under a rectangle, in 8 bits."""
    small = torch.from_numpy(np.random.default_rng(1).random((2, 1, 3, 12, 12)))
    truth, other = (
        functional.interpolate(one, size=(192, 192), mode="bilinear").mul(255).round() / 255
        for one in small
    )
    truth, other = truth.float(), other.float()
    hole = torch.zeros(1, 1, 192, 192)
    hole[..., 40:120, 60:150] = 1
    mixed = torch.where(hole > 0, 0.7 * truth + 0.3 * other, truth)
    return mixed.mul(255).round().div(255), truth, hole


def test_every_metric_that_needs_no_weights_is_pinned():
    assert set(PINNED) == set(METRICS) - _OF_WEIGHTS


@pytest.mark.parametrize("name", list(PINNED))
def test_a_value_changes_only_with_the_version(name, pictures):
    version, value = PINNED[name]
    found = float(METRICS[name].compute(*pictures)[0])
    changed = found != pytest.approx(value, rel=2e-6)
    assert (METRICS[name].version, changed) == (version, False), f"{found:.8g}: raise the version"
