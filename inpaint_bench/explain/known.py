"""The mask of partial convolution after a layer: what counts as known there."""

from __future__ import annotations

import numpy as np
from torch import Tensor
from torch.nn import functional as F

__all__ = ["known_picture"]

_KNOWN = np.array((235, 238, 243), np.float32)
_MISSING = np.array((227, 37, 133), np.float32)  # the colour of holes in the app


def known_picture(known: Tensor, size: tuple[int, int], padded: tuple[int, int]) -> np.ndarray:
    """Return a layer's mask at the size of the picture: light where known, magenta where not.

    Args:
        known: 1x1xhxw in [0,1], 1 = known.
        size: height and width of the picture.
        padded: height and width that the network saw.
    """
    share = enlarge(known, size, padded)[..., None]
    return (share * _KNOWN + (1.0 - share) * _MISSING).round().astype(np.uint8)


def enlarge(x: Tensor, size: tuple[int, int], padded: tuple[int, int]) -> np.ndarray:
    """Return a 1x1xhxw map as HxW float32 of the picture, each of its cells a plain square."""
    full = F.interpolate(x.float(), size=padded, mode="nearest")  # 1 x 1 x H' x W'
    return full[0, 0, : size[0], : size[1]].cpu().numpy()
