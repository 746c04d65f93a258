"""SSIM of Wang et al. 2004, equal to scikit-image's with a Gaussian window.

Window 11x11 with sigma 1.5, K = (0.01, 0.03), range 1, biased covariance; computed on each
colour channel and averaged over channels and over the pixels whose whole window lies inside
the picture (a border of 5 is left out).

The index needs E[x], E[y], E[x^2 + y^2] and E[xy] under the window: four maps a channel, each
filtered separably. float64, because the variances are small differences of large numbers:
float32 is wrong in the fifth digit on flat bright regions. On the CPU the filter is OpenCV's,
twenty times faster there than torch's float64 convolution.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from inpaint_bench.errors import ImageError
from inpaint_bench.metrics._base import METRICS, Metric, check_pair, whole_picture

__all__ = ["WINDOW", "ssim"]

WINDOW = 11
_SIGMA = 1.5
_C1 = 0.01**2
_C2 = 0.03**2
_POSITION = np.arange(WINDOW) - WINDOW // 2
_KERNEL = np.exp(-0.5 * (_POSITION / _SIGMA) ** 2)
_KERNEL /= _KERNEL.sum()


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
    if min(result.shape[-2:]) < WINDOW:
        height, width = result.shape[-2:]
        raise ImageError(f"SSIM needs at least {WINDOW}x{WINDOW} pixels, got {height}x{width}")
    if result.device.type != "cpu":
        return _index(result.double(), truth.double(), _blur_torch).mean(dim=(1, 2, 3))
    planes = zip(result.double().flatten(0, 1), truth.double().flatten(0, 1), strict=True)
    # One HxW plane at a time: its maps stay in the processor's cache.
    means = torch.stack([_index(a, b, _blur_opencv).mean() for a, b in planes])
    return means.view(result.shape[:2]).mean(dim=1)


def _index(a: Tensor, b: Tensor, blur: Callable[[Tensor], Tensor]) -> Tensor:
    """Return the map of the index: ...xHxW -> ...x(H-10)x(W-10).

    In-place steps touch only what `blur` or a product has just made.
    """
    squares = blur((a * a).addcmul_(b, b))
    products = blur(a * b)
    mean_a, mean_b = blur(a), blur(b)
    mean_product = mean_a * mean_b
    mean_squares = mean_a.square_().addcmul_(mean_b, mean_b)
    structure = products.sub_(mean_product).mul_(2.0).add_(_C2)
    variance = squares.sub_(mean_squares).add_(_C2)
    luminance = mean_product.mul_(2.0).add_(_C1)
    brightness = mean_squares.add_(_C1)
    return luminance.mul_(structure).div_(brightness.mul_(variance))


def _blur_opencv(plane: Tensor) -> Tensor:
    """Return the windowed means of an HxW float64 plane where the window fits."""
    blurred = cv2.sepFilter2D(plane.numpy(), cv2.CV_64F, _KERNEL, _KERNEL)
    border = WINDOW // 2
    return torch.from_numpy(blurred)[border:-border, border:-border]


def _blur_torch(planes: Tensor) -> Tensor:
    """Return the windowed means of BxCxHxW float64 where the window fits."""
    kernel = torch.from_numpy(_KERNEL).to(planes.device)
    single = planes.flatten(0, 1).unsqueeze(1)  # BCx1xHxW
    single = functional.conv2d(single, kernel.view(1, 1, 1, WINDOW))
    single = functional.conv2d(single, kernel.view(1, 1, WINDOW, 1))
    return single.squeeze(1).unflatten(0, planes.shape[:2])  # BxCx(H-10)x(W-10)


METRICS.register("ssim")(
    Metric(
        name="ssim",
        title="SSIM",
        higher_is_better=True,
        unit="",
        definition="Gaussian window 11x11 with sigma 1.5, K = (0.01, 0.03), range 1, biased "
        "covariance, mean over colour channels and over pixels at least 5 from the border, on "
        "the composite",
        reference="Wang et al. 2004, Image Quality Assessment: From Error Visibility to "
        "Structural Similarity; as skimage.metrics.structural_similarity with "
        "gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=1",
        version="1",
        compute=whole_picture(ssim),
    )
)
