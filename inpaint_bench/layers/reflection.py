"""Reflection padding that also serves pictures smaller than the padding."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

__all__ = ["reflect_pad"]


def reflect_pad(x: Tensor, pad: int) -> Tensor:
    """Pad H and W by `pad` on each side, mirrored at the border pixel.

    Where a side is not longer than `pad`, the mirror image is mirrored again, as `numpy.pad`
    does; PyTorch refuses that.

    Args:
        x: BxCxHxW.

    Returns:
        BxCx(H+2 pad)x(W+2 pad).
    """
    if pad < min(x.shape[2:]):
        # On a processor, autocast would go to float32 and back only to copy numbers.
        with torch.autocast(x.device.type, enabled=False):
            return F.pad(x, (pad, pad, pad, pad), mode="reflect")
    rows = _mirrored(x.shape[2], pad).to(x.device)
    columns = _mirrored(x.shape[3], pad).to(x.device)
    return x[:, :, rows][:, :, :, columns]


def _mirrored(size: int, pad: int) -> Tensor:
    """Return which of `size` pixels stands at each place from -pad to size + pad - 1."""
    period = max(2 * (size - 1), 1)
    place = torch.arange(-pad, size + pad) % period
    return torch.minimum(place, period - place)
