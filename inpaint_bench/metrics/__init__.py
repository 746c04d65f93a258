"""What is measured: one metric a file, each with its direction, unit, convention and version.

`METRICS` holds the per-image metrics by name, `SET_METRICS` those of whole sets. Importing
this package loads no weights; `Metric.prepare` does.
"""

from inpaint_bench.metrics._base import METRICS, SET_METRICS, Metric, SetMetric, SetValue
from inpaint_bench.metrics.l1 import l1, l1_hole
from inpaint_bench.metrics.l2 import l2, l2_hole
from inpaint_bench.metrics.psnr import psnr, psnr_hole
from inpaint_bench.metrics.ssim import ssim

# isort: split
# Tables show metrics in the order in which these files register them.
from inpaint_bench.metrics.lpips import lpips_alex

# isort: split
from inpaint_bench.metrics.fid import fid
from inpaint_bench.metrics.kid import kid

__all__ = [
    "METRICS",
    "SET_METRICS",
    "Metric",
    "SetMetric",
    "SetValue",
    "fid",
    "kid",
    "l1",
    "l1_hole",
    "l2",
    "l2_hole",
    "lpips_alex",
    "psnr",
    "psnr_hole",
    "ssim",
]
