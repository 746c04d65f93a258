"""How much of an image is missing, and the bucket that share falls in.

The one place that knows the edges of the buckets and how they are written. A bucket owns its
lower edge: 20 % missing is "20-30 %".
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from torch import Tensor

from inpaint_bench.errors import MaskError

__all__ = ["EDGES", "bucket_label", "bucket_labels", "check_edges", "hole_ratio"]

EDGES = (0.01, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6)


def hole_ratio(hole: Tensor | np.ndarray) -> float:
    """Return the share of missing pixels.

    Args:
        hole: zeros and ones (or bool) of any shape, 1 = missing; a batch gives one share.

    Returns:
        A number in [0,1].

    Raises:
        MaskError: the hole has no pixels at all.
    """
    pixels = hole.numel() if isinstance(hole, Tensor) else hole.size
    if pixels == 0:
        raise MaskError(f"expected a hole with pixels, got shape {tuple(hole.shape)}")
    missing = hole > 0.5
    if isinstance(missing, Tensor):
        return int(missing.count_nonzero()) / pixels
    return int(np.count_nonzero(missing)) / pixels


def bucket_label(ratio: float, edges: Sequence[float] = EDGES) -> str:
    """Return the bucket of a hole ratio, such as "20-30 %".

    Args:
        ratio: share of missing pixels in [0,1].
        edges: two or more ascending shares; the lower edge of a bucket belongs to it, and the
            last edge to the last bucket.

    Returns:
        One of `bucket_labels(edges)`, or "<1 %" and ">60 %" for what lies outside of them.

    Raises:
        MaskError: the ratio lies outside [0,1], or the edges do not ascend in it.
    """
    check_edges(edges)
    if not 0.0 <= ratio <= 1.0:
        raise MaskError(f"expected a hole ratio in [0,1], got {ratio}")
    if ratio < edges[0]:
        return f"<{_percent(edges[0])} %"
    if ratio > edges[-1]:
        return f">{_percent(edges[-1])} %"
    index = min(bisect_right(edges, ratio), len(edges) - 1)
    return f"{_percent(edges[index - 1])}-{_percent(edges[index])} %"


def bucket_labels(edges: Sequence[float] = EDGES) -> list[str]:
    """Return the labels of all buckets between the edges, in ascending order."""
    check_edges(edges)
    return [f"{_percent(low)}-{_percent(high)} %" for low, high in pairwise(edges)]


def check_edges(edges: Sequence[float]) -> None:
    """Raise a `MaskError` unless `edges` are two or more ascending shares in [0,1]."""
    ascending = all(low < high for low, high in pairwise(edges))
    if len(edges) < 2 or not ascending or not 0.0 <= edges[0] < edges[-1] <= 1.0:
        raise MaskError(
            "expected two or more ascending bucket edges in [0,1], "
            f"got {', '.join(f'{edge:g}' for edge in edges) or 'none'}"
        )


def _percent(share: float) -> str:
    return f"{100.0 * share:.10g}"
