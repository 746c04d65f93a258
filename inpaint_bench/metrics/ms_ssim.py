"""MS-SSIM of Wang, Simoncelli, Bovik 2003 over five scales, equal to torchmetrics'.

On each scale the mean over pixels and channels of the structure factor is taken (of the whole
index on the coarsest), negative ones count as 0, and the five are multiplied, each to the power
of its published exponent. A scale is the mean of 2x2 pixels of the one before it. The index of
the coarsest scale counts at every pixel, the picture being mirrored beyond its border; elsewhere
only windows inside the picture count. That is torchmetrics' way.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from inpaint_bench.metrics._base import Metric, check_pair, large_enough, register, whole_picture
from inpaint_bench.metrics._similarity import GAUSSIAN, mean_index, mean_structure
from inpaint_bench.metrics.ssim import WINDOW, check_window

__all__ = ["EXPONENTS", "SMALLEST", "ms_ssim"]

EXPONENTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
SMALLEST = WINDOW * 2 ** (len(EXPONENTS) - 1)


def ms_ssim(result: Tensor, truth: Tensor) -> Tensor:
    """Return the multi-scale structural similarity of each picture.

    Args:
        result, truth: BxCxHxW in [0,1], at least 176x176.

    Returns:
        B values in [0,1], float64; 1 for identical pictures.

    Raises:
        ImageError: on the coarsest scale the pictures would be smaller than the window.

    Reference:
        Wang, Simoncelli, Bovik 2003, Multi-Scale Structural Similarity for Image Quality
        Assessment, equation 7.
    """
    check_pair(result, truth)
    check_window(result, SMALLEST)
    factors = []
    for scale in range(len(EXPONENTS)):
        if scale > 0:
            result, truth = functional.avg_pool2d(result, 2), functional.avg_pool2d(truth, 2)
        if scale < len(EXPONENTS) - 1:
            factors.append(mean_structure(result, truth, GAUSSIAN))
        else:
            factors.append(mean_index(_mirror(result), _mirror(truth), GAUSSIAN))
    stacked = torch.stack(factors, dim=1).clamp_min(0.0)  # Bx5
    return (stacked ** stacked.new_tensor(EXPONENTS)).prod(dim=1)


def _mirror(picture: Tensor) -> Tensor:
    return functional.pad(picture, (GAUSSIAN.border,) * 4, mode="reflect")


register(
    Metric(
        name="ms_ssim",
        title="MS-SSIM",
        higher_is_better=True,
        unit="",
        definition="five scales by means of 2x2 pixels, Gaussian window 11x11 with sigma 1.5, "
        "K = (0.01, 0.03), range 1, biased covariance, exponents 0.0448, 0.2856, 0.3001, 0.2363, "
        "0.1333, negative factors count as 0, mirrored borders on the coarsest scale, on the "
        f"composite; pictures with a side below {SMALLEST} have none",
        reference="Wang, Simoncelli, Bovik 2003, Multi-Scale Structural Similarity for Image "
        "Quality Assessment; as torchmetrics.image.MultiScaleStructuralSimilarityIndexMeasure "
        "with data_range=1",
        version="1",
        compute=large_enough(whole_picture(ms_ssim), SMALLEST),
        smallest=SMALLEST,
    ),
    raw=True,
)
