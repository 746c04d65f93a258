"""The boundary ring: the missing pixels next to known ones, where seams show."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional

__all__ = ["IN_THE_RING", "RING", "boundary_ring"]

RING = 4
"""Pixels that the ring is wide."""

IN_THE_RING = (
    f"over the missing pixels that are at most {RING} pixels (to the side or diagonally) away "
    "from a known one"
)
"""The words for it in definitions."""


def boundary_ring(hole: Tensor, width: int = RING) -> Tensor:
    """Return the missing pixels that are near a known one.

    Args:
        hole: Bx1xHxW, 1 = missing.
        width: how far "near" goes, in pixels to the side or diagonally. Beyond the border of
            the picture nothing is known.

    Returns:
        Bx1xHxW float32 of zeros and ones; the whole hole where that is narrow. A hole without
        any known pixel beside it has an empty ring.
    """
    missing = (hole > 0).float()
    reach = 2 * width + 1
    near = functional.max_pool2d(1.0 - missing, (reach, 1), stride=1, padding=(width, 0))
    near = functional.max_pool2d(near, (1, reach), stride=1, padding=(0, width))
    return missing * near
