"""LaMa's SSIM: Wang's window and constants, but zeros beyond the border. Compatibility.

Its evaluation filters with zero padding and averages over all pixels, those at the border
included, where both pictures are mixed with black.
"""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional

from inpaint_bench.metrics._base import Metric, check_pair, register, whole_picture
from inpaint_bench.metrics._similarity import GAUSSIAN, mean_index

__all__ = ["lama_ssim"]


def lama_ssim(result: Tensor, truth: Tensor) -> Tensor:
    """Return the mean structural similarity with zeros beyond the border.

    Args:
        result, truth: BxCxHxW in [0,1].

    Returns:
        B values in [-1,1], float64; 1 for identical pictures.
    """
    check_pair(result, truth)
    # A window that lies inside the padded picture is one around each pixel of the picture.
    margin = (GAUSSIAN.border,) * 4
    return mean_index(functional.pad(result, margin), functional.pad(truth, margin), GAUSSIAN)


register(
    Metric(
        name="lama_ssim",
        title="SSIM (LaMa)",
        higher_is_better=True,
        unit="",
        definition="Gaussian window 11x11 with sigma 1.5, K = (0.01, 0.03), range 1, biased "
        "covariance, zeros beyond the border, mean over colour channels and all pixels of the "
        "composite",
        reference="Suvorov et al. 2022, Resolution-robust Large Mask Inpainting with Fourier "
        "Convolutions; released code, evaluation/losses/ssim.py",
        version="1",
        compute=whole_picture(lama_ssim),
    )
)
