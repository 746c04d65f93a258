"""Vanilla and partial convolution without a network: the same averaging kernel, two rules."""

from __future__ import annotations

import numpy as np
import torch
from torch.nn import functional as F

from inpaint_bench.imaging import hole_to_tensor, to_tensor, to_uint8
from inpaint_bench.layers.partial_conv import PartialConv2d

__all__ = ["fill_by_averaging"]

_KERNEL = 5


def fill_by_averaging(
    picture: np.ndarray, hole: np.ndarray, rounds: int
) -> tuple[np.ndarray, np.ndarray]:
    """Fill a hole by repeated averaging over 5x5 windows, holes starting as black.

    Known pixels are put back after every round. The vanilla convolution averages the black of
    the hole in; the partial one counts known pixels only and grows its mask by two each round.

    Args:
        picture: HxWx3 uint8.
        hole: HxW bool, True = missing.
        rounds: 1 or more.

    Returns:
        Two HxWx3 uint8: by vanilla and by partial convolution.

    Reference:
        Liu et al., Image Inpainting for Irregular Holes Using Partial Convolutions, ECCV 2018,
        equations 1 and 2.
    """
    image, known = to_tensor(picture), 1.0 - hole_to_tensor(hole)
    layer = PartialConv2d(1, 1, _KERNEL, padding=_KERNEL // 2)
    with torch.inference_mode():
        layer.conv.weight.fill_(1.0 / _KERNEL**2)
        vanilla = partial = (image * known).transpose(0, 1)  # 3 x 1 x H x W
        seen = known
        for _ in range(rounds):
            vanilla = F.conv2d(vanilla, layer.conv.weight, padding=_KERNEL // 2)
            vanilla = torch.where(known > 0, image.transpose(0, 1), vanilla)
            partial, grown = layer(partial * seen, seen.expand(3, -1, -1, -1))
            partial = torch.where(known > 0, image.transpose(0, 1), partial)
            seen = grown[:1]
    return to_uint8(vanilla.transpose(0, 1)), to_uint8(partial.transpose(0, 1))
