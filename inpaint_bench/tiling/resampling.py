"""Resizing with holes: shrinking lets nothing from under a hole through, enlarging gives windows.

Both are two products with small matrices, one an axis, worked on in strips of rows: the memory
they take depends on the small side, not on the photograph. The weights are those of Pillow and
of `torch.nn.functional.interpolate(antialias=True)`: a triangle when shrinking, cubic (a = -0.5)
when enlarging.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

import torch
from torch import Tensor

__all__ = ["enlarge", "resampling_matrix", "shrink"]

_STRIP = 1 << 18  # pixels of the photograph that are in work at once


@lru_cache(maxsize=8)
def resampling_matrix(source: int, target: int, kind: Literal["triangle", "cubic"]) -> Tensor:
    """Return the weights that resize one axis.

    Args:
        source: pixels of the axis before.
        target: pixels after.
        kind: of the kernel; it is widened by source / target when shrinking.

    Returns:
        `target` x `source` float32 whose rows sum to 1; shared, not to be written to.
    """
    scale = source / target
    wide = max(scale, 1.0)
    centre = (torch.arange(target, dtype=torch.float64) + 0.5) * scale
    place = torch.arange(source, dtype=torch.float64) + 0.5
    distance = ((place[None, :] - centre[:, None]) / wide).abs()  # target x source
    weights = (1 - distance).clamp(min=0) if kind == "triangle" else _cubic(distance)
    return (weights / weights.sum(1, keepdim=True)).to(torch.float32)


def shrink(image: Tensor, hole: Tensor, size: tuple[int, int]) -> tuple[Tensor, Tensor]:
    """Resize a photograph by its known pixels alone.

    Args:
        image: 1xCxHxW; what it holds under the hole does not matter.
        hole: 1x1xHxW, true or 1 = missing.
        size: (height, width) of the result, larger ones too.

    Returns:
        1xCxhxw float32, the mean of the known pixels each pixel covers, 0 where there are none;
        and 1x1xhxw float32, the share of what it covers that is known.
    """
    height, width = image.shape[-2:]
    down = resampling_matrix(height, size[0], "triangle").to(image.device)
    across = resampling_matrix(width, size[1], "triangle").to(image.device)
    channels = image.shape[1]
    total = torch.zeros(1, channels + 1, *size, device=image.device)
    for rows in _strips(height, width):
        missing = hole[..., rows, :] > 0.5
        seen = image[..., rows, :].to(torch.float32).masked_fill(missing, 0.0)
        known = torch.cat([seen, (~missing).to(torch.float32)], dim=1)  # 1x(C+1)xSxW
        total += down[:, rows] @ (known @ across.T)
    share = total[:, channels:]
    mean = torch.where(share > 1e-6, total[:, :channels] / share.clamp(min=1e-6), 0.0)
    return mean, share


def enlarge(small: Tensor, size: tuple[int, int], top: int, bottom: int) -> Tensor:
    """Return rows `top` to `bottom` of a picture enlarged to `size`.

    Args:
        small: 1xCxhxw float32.
        size: (height, width) of the whole enlarged picture.
        top: first row that is wanted.
        bottom: row after the last.

    Returns:
        1xCx(bottom - top)x(width), clamped to [0,1].
    """
    down = resampling_matrix(small.shape[-2], size[0], "cubic")[top:bottom].to(small.device)
    across = resampling_matrix(small.shape[-1], size[1], "cubic").to(small.device)
    return (down @ small @ across.T).clamp(0.0, 1.0)


def _strips(height: int, width: int) -> list[slice]:
    rows = max(1, _STRIP // width)
    return [slice(start, min(start + rows, height)) for start in range(0, height, rows)]


def _cubic(x: Tensor, a: float = -0.5) -> Tensor:
    """Return the cubic convolution kernel of Keys 1981, equation 4."""
    near = ((a + 2) * x - (a + 3)) * x * x + 1
    far = (((x - 5) * x + 8) * x - 4) * a
    return torch.where(x < 1, near, torch.where(x < 2, far, torch.zeros_like(x)))
