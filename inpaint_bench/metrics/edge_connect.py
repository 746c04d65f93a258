"""EdgeConnect's own evaluation: relative L1, PSNR and SSIM of grey pictures. Compatibility.

Its script turns both pictures into grey by 0.2125 R + 0.7154 G + 0.0721 B and gives

    MAE   sum |a - b| / sum (a + b)
    PSNR  10 log10(1 / mean (a - b)^2)
    SSIM  a flat window of 51x51, K = (0.01, 0.03), range 1, sample covariance, mean over the
          pixels at least 25 from the border

A window of 51 is large: these SSIM lie far above those of 11x11 windows.
"""

from __future__ import annotations

import torch
from torch import Tensor

from inpaint_bench.errors import ImageError
from inpaint_bench.metrics._base import Metric, check_pair, large_enough, register, squared_error
from inpaint_bench.metrics._base import whole_picture as whole
from inpaint_bench.metrics._similarity import Window, mean_index
from inpaint_bench.metrics.psnr import CAP, decibels
from inpaint_bench.metrics.ssim import check_window

__all__ = ["WINDOW", "edgeconnect_l1", "edgeconnect_psnr", "edgeconnect_ssim", "grey"]

WINDOW = 51
_FLAT = Window((1.0 / WINDOW,) * WINDOW, sample=True)
_WEIGHTS = (0.2125, 0.7154, 0.0721)
_GREY = "grey = 0.2125 R + 0.7154 G + 0.0721 B of the composite, in [0,1]"
_SOURCE = "Nazeri et al. 2019, EdgeConnect: Generative Image Inpainting with Adversarial Edge "
_SOURCE += "Learning; released code, scripts/metrics.py"


def grey(picture: Tensor) -> Tensor:
    """Return Bx3xHxW as Bx1xHxW float64 of scikit-image's grey.

    Raises:
        ImageError: not three channels.
    """
    if picture.shape[1] != 3:
        raise ImageError(f"expected 3 colour channels, got {picture.shape[1]}")
    double = picture.double()
    weights = double.new_tensor(_WEIGHTS).view(1, 3, 1, 1)
    return (double * weights).sum(dim=1, keepdim=True)


def edgeconnect_l1(result: Tensor, truth: Tensor) -> Tensor:
    """Return sum |a - b| / sum (a + b) of the grey pictures.

    Args:
        result, truth: Bx3xHxW in [0,1].

    Returns:
        B values in [0,1], float64; 0 where both are black.
    """
    check_pair(result, truth)
    a, b = grey(result), grey(truth)
    size = (a + b).sum(dim=(1, 2, 3))
    return torch.where(size > 0, (a - b).abs().sum(dim=(1, 2, 3)) / size.clamp_min(1e-300), 0.0)


def edgeconnect_psnr(result: Tensor, truth: Tensor) -> Tensor:
    """Return the PSNR of the grey pictures in dB, at most `psnr.CAP`; arguments as above."""
    check_pair(result, truth)
    return decibels(squared_error(grey(result), grey(truth)))


def edgeconnect_ssim(result: Tensor, truth: Tensor) -> Tensor:
    """Return the SSIM of the grey pictures under a flat window of 51x51.

    Args:
        result, truth: Bx3xHxW in [0,1], at least 51x51.

    Returns:
        B values in [-1,1], float64.

    Raises:
        ImageError: the pictures are smaller than the window.
    """
    check_pair(result, truth)
    check_window(result, WINDOW)
    return mean_index(grey(result), grey(truth), _FLAT)


register(
    Metric(
        name="edgeconnect_l1",
        title="L1 (EdgeConnect)",
        higher_is_better=False,
        unit="",
        definition=f"sum |a - b| / sum (a + b) of grey pictures; {_GREY}",
        reference=f"{_SOURCE}, compare_mae",
        version="1",
        compute=whole(edgeconnect_l1),
    )
)
register(
    Metric(
        name="edgeconnect_psnr",
        title="PSNR (EdgeConnect)",
        higher_is_better=True,
        unit="dB",
        definition=f"10 log10(1 / mean (a - b)^2) of grey pictures; {_GREY}; at most {CAP:.0f} dB",
        reference=_SOURCE,
        version="1",
        compute=whole(edgeconnect_psnr),
    )
)
register(
    Metric(
        name="edgeconnect_ssim",
        title="SSIM (EdgeConnect)",
        higher_is_better=True,
        unit="",
        definition=f"flat window {WINDOW}x{WINDOW}, K = (0.01, 0.03), range 1, sample covariance, "
        f"mean over pixels at least {WINDOW // 2} from the border, of grey pictures; {_GREY}; "
        f"pictures with a side below {WINDOW} have none",
        reference=f"{_SOURCE}, compare_ssim with win_size=51",
        version="1",
        compute=large_enough(whole(edgeconnect_ssim), WINDOW),
        smallest=WINDOW,
    )
)
