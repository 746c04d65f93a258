"""Spatially discounted L1: pixels deep inside a hole may differ from the truth more freely."""

from __future__ import annotations

import cv2
import numpy as np
import torch
from torch import Tensor

from trainers.processes import mean_everywhere

__all__ = ["discounted_l1", "spatial_discount"]


def discounted_l1(output: Tensor, truth: Tensor, hole: Tensor, *, gamma: float = 0.9) -> Tensor:
    """Return the mean over the hole of gamma^l |output - truth|.

    Args:
        output, truth: Bx3xHxW in [0,1].
        hole: Bx1xHxW, 1 = missing.

    Reference:
        Yu et al. 2018, section 3.2; the published training takes the mean over the box.
    """
    weight = spatial_discount(hole, gamma)
    total = ((output - truth).abs() * weight).sum() / output.shape[1]
    return total / mean_everywhere(hole.sum()).clamp(min=1.0)


@torch.no_grad()
def spatial_discount(hole: Tensor, gamma: float = 0.9) -> Tensor:
    """Return gamma^l in the hole, Bx1xHxW, with l steps to its outermost pixel; 0 outside.

    The paper's holes are boxes; for other shapes the steps are Euclidean. What lies outside of
    the picture is not known.
    """
    planes = hole[:, 0].cpu().numpy().astype(np.uint8)
    steps = [cv2.distanceTransform(plane, cv2.DIST_L2, cv2.DIST_MASK_PRECISE) for plane in planes]
    steps = np.clip(np.stack(steps) - 1.0, 0.0, None)
    weight = torch.from_numpy(gamma**steps).to(hole).unsqueeze(1)  # B x 1 x H x W
    return weight * hole
