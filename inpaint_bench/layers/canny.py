"""Canny's edges of the known part of a picture."""

from __future__ import annotations

import numpy as np
import torch
from skimage.feature import canny
from torch import Tensor

__all__ = ["canny_edges", "luminance"]

_WEIGHTS = (0.2125, 0.7154, 0.0721)  # of scikit-image's rgb2gray


def luminance(image: Tensor) -> Tensor:
    """Return the grey picture that scikit-image makes: Bx3xHxW to Bx1xHxW, the same range."""
    red, green, blue = image.unbind(dim=1)
    return (red * _WEIGHTS[0] + green * _WEIGHTS[1] + blue * _WEIGHTS[2]).unsqueeze(1)


@torch.no_grad()
def canny_edges(grey: Tensor, hole: Tensor | None = None, *, sigma: float = 2.0) -> Tensor:
    """Find edges, one pixel wide, of what is known.

    Smoothing averages known pixels alone, so nothing under the hole matters, and a pixel that
    touches the hole or the frame is never an edge, so the hole's outline makes none.

    Args:
        grey: Bx1xHxW in [0,1].
        hole: Bx1xHxW, 1 = missing; None for a picture that is known everywhere.
        sigma: standard deviation of the smoothing in pixels.

    Returns:
        Bx1xHxW of zeros and ones, on the device of `grey`; it has no gradient.

    Reference:
        Canny, A Computational Approach to Edge Detection, PAMI 1986; thresholds are
        scikit-image's, a tenth and a fifth of the range.
    """
    planes = grey[:, 0].double().cpu().numpy()
    known = None if hole is None else hole[:, 0].cpu().numpy() < 0.5
    edges = np.stack(
        [
            canny(plane, sigma=sigma, mask=None if known is None else known[i])
            for i, plane in enumerate(planes)
        ]
    )
    return torch.from_numpy(edges).unsqueeze(1).to(grey)  # B x 1 x H x W
