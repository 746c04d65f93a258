"""What is measured: one metric a file, each with its direction, unit, convention and version.

`METRICS` holds the per-image metrics of the composite by name, `RAW_METRICS` those of the output
before compositing (`l1_raw`, ...), `SET_METRICS` those of whole sets; `MAIN` names what a reader
wants first. `reinpainting` scores results without a truth. Importing this package loads no
weights; `Metric.prepare` does.
"""

from inpaint_bench.metrics._base import (
    METRICS,
    RAW_METRICS,
    SET_METRICS,
    Metric,
    SetMetric,
    SetValue,
)
from inpaint_bench.metrics.l1 import l1, l1_hole, l1_ring
from inpaint_bench.metrics.l2 import l2, l2_hole, l2_ring
from inpaint_bench.metrics.psnr import psnr, psnr_hole, psnr_ring
from inpaint_bench.metrics.ssim import ssim, ssim_hole, ssim_ring

# isort: split
# Tables show metrics in the order in which these files register them.
from inpaint_bench.metrics.ms_ssim import ms_ssim

# isort: split
from inpaint_bench.metrics.lpips import lpips_alex, lpips_vgg

# isort: split
from inpaint_bench.metrics.squeeze import perceptual_squeeze

# isort: split
from inpaint_bench.metrics.pconv import pconv_perceptual, pconv_style
from inpaint_bench.metrics.recurrent import recurrent_perceptual, recurrent_style
from inpaint_bench.metrics.total_variation import total_variation, total_variation_hole

# isort: split
from inpaint_bench.metrics.dice import dice, dice_hole
from inpaint_bench.metrics.mmagic import mmagic_l1

# isort: split
from inpaint_bench.metrics.edge_connect import edgeconnect_l1, edgeconnect_psnr, edgeconnect_ssim
from inpaint_bench.metrics.lama_ssim import lama_ssim

# isort: split
from inpaint_bench.metrics.fid import fid
from inpaint_bench.metrics.kid import kid

# isort: split
from inpaint_bench.metrics.cost import MetricsCost, compare_with_skimage
from inpaint_bench.metrics.ids import p_ids, u_ids
from inpaint_bench.metrics.reinpainting import Setting, reinpainting_consistency

MAIN = (
    "l1",
    "l1_hole",
    "l2",
    "l2_hole",
    "psnr",
    "psnr_hole",
    "ssim",
    "ms_ssim",
    "lpips_alex",
    "perceptual_squeeze",
    "fid",
    "kid",
)
"""What tables show first; the others are for readers who look for them."""

__all__ = [
    "MAIN",
    "METRICS",
    "RAW_METRICS",
    "SET_METRICS",
    "Metric",
    "MetricsCost",
    "SetMetric",
    "SetValue",
    "Setting",
    "compare_with_skimage",
    "dice",
    "dice_hole",
    "edgeconnect_l1",
    "edgeconnect_psnr",
    "edgeconnect_ssim",
    "fid",
    "kid",
    "l1",
    "l1_hole",
    "l1_ring",
    "l2",
    "l2_hole",
    "l2_ring",
    "lama_ssim",
    "lpips_alex",
    "lpips_vgg",
    "mmagic_l1",
    "ms_ssim",
    "p_ids",
    "pconv_perceptual",
    "pconv_style",
    "perceptual_squeeze",
    "psnr",
    "psnr_hole",
    "psnr_ring",
    "recurrent_perceptual",
    "recurrent_style",
    "reinpainting_consistency",
    "ssim",
    "ssim_hole",
    "ssim_ring",
    "total_variation",
    "total_variation_hole",
    "u_ids",
]
