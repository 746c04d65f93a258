"""SSIM of Wang et al. 2004, equal to scikit-image's with a Gaussian window.

Window 11x11 with sigma 1.5, K = (0.01, 0.03), range 1, biased covariance; computed on each
colour channel and averaged over channels and over the pixels whose whole window lies inside
the picture (a border of 5 is left out). `ssim_hole` and `ssim_ring` average the same index over
missing pixels only; the windows of these see known pixels too.
"""

from __future__ import annotations

import torch
from torch import Tensor

from inpaint_bench.errors import ImageError
from inpaint_bench.metrics._base import Metric, check_pair, register, whole_picture
from inpaint_bench.metrics._similarity import GAUSSIAN, index_map, mean_index
from inpaint_bench.metrics.ring import IN_THE_RING, boundary_ring

__all__ = ["WINDOW", "check_window", "ssim", "ssim_hole", "ssim_ring"]

WINDOW = len(GAUSSIAN.kernel)
_REFERENCE = "Wang et al. 2004, Image Quality Assessment: From Error Visibility to Structural "
_REFERENCE += "Similarity"
_CONVENTION = "Gaussian window 11x11 with sigma 1.5, K = (0.01, 0.03), range 1, biased covariance"


def ssim(result: Tensor, truth: Tensor) -> Tensor:
    """Return the mean structural similarity of each picture.

    Args:
        result, truth: BxCxHxW in [0,1], at least 11x11.

    Returns:
        B values in [-1,1], float64; 1 for identical pictures.

    Raises:
        ImageError: the pictures are smaller than the window.

    Reference:
        Wang, Bovik, Sheikh, Simoncelli 2004, Image Quality Assessment: From Error Visibility
        to Structural Similarity, equation 13.
    """
    check_pair(result, truth)
    check_window(result, WINDOW)
    return mean_index(result, truth, GAUSSIAN)


def ssim_hole(result: Tensor, truth: Tensor, hole: Tensor) -> Tensor:
    """Return the mean index of each picture over its missing pixels.

    Args:
        result, truth: BxCxHxW in [0,1], at least 11x11.
        hole: Bx1xHxW, 1 = missing.

    Returns:
        B values in [-1,1], float64; NaN where all missing pixels are within 5 of the border.
    """
    check_pair(result, truth, hole)
    return _mean_inside(result, truth, hole > 0)


def ssim_ring(result: Tensor, truth: Tensor, hole: Tensor) -> Tensor:
    """Return the mean index of each picture over the ring; arguments as `ssim_hole`."""
    check_pair(result, truth, hole)
    return _mean_inside(result, truth, boundary_ring(hole) > 0)


def check_window(picture: Tensor, side: int) -> None:
    """Raise an `ImageError` for pictures smaller than a window."""
    if min(picture.shape[-2:]) < side:
        height, width = picture.shape[-2:]
        raise ImageError(f"SSIM needs at least {side}x{side} pixels, got {height}x{width}")


def _mean_inside(result: Tensor, truth: Tensor, region: Tensor) -> Tensor:
    check_window(result, WINDOW)
    index = index_map(result, truth, GAUSSIAN)  # Bxhxw
    border = GAUSSIAN.border
    inside = region[:, 0, border:-border, border:-border]
    sums = torch.where(inside, index, 0.0).sum(dim=(1, 2))
    return sums / inside.sum(dim=(1, 2))


register(
    Metric(
        name="ssim",
        title="SSIM",
        higher_is_better=True,
        unit="",
        definition=f"{_CONVENTION}, mean over colour channels and over pixels at least 5 from "
        "the border, on the composite",
        reference=f"{_REFERENCE}; as skimage.metrics.structural_similarity with "
        "gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=1",
        version="1",
        compute=whole_picture(ssim),
        smallest=WINDOW,
    ),
    raw=True,
)
register(
    Metric(
        name="ssim_hole",
        title="SSIM in the hole",
        higher_is_better=True,
        unit="",
        definition=f"{_CONVENTION}, mean over colour channels and over missing pixels at least 5 "
        "from the border; their windows see known pixels too",
        reference=f"{_REFERENCE}; the index averaged over the region that was filled",
        version="1",
        compute=ssim_hole,
        region="hole",
        smallest=WINDOW,
    )
)
register(
    Metric(
        name="ssim_ring",
        title="SSIM in the ring",
        higher_is_better=True,
        unit="",
        definition=f"{_CONVENTION}, mean over colour channels and {IN_THE_RING} and at least 5 "
        "from the border of the picture",
        reference=f"{_REFERENCE}; the index averaged over the boundary of the filled region",
        version="1",
        compute=ssim_ring,
        region="ring",
        smallest=WINDOW,
    )
)
