"""Contextual attention against section 4.1 of the paper, patch by patch."""

from __future__ import annotations

import torch
from torch.nn import functional as F

from inpaint_bench.layers.contextual_attention import ContextualAttention


def _patch(x: torch.Tensor, row: int, column: int, size: int) -> torch.Tensor:
    return x[:, row : row + size, column : column + size]


def _by_hand(features: torch.Tensor, hole: torch.Tensor) -> torch.Tensor:
    """Cosine similarity with every usable background patch, softmax, overlapping paste."""
    small, small_hole = features[:, ::2, ::2], hole[:, ::8, ::8]
    channels, height, width = small.shape
    padded, padded_hole = F.pad(small, [1] * 4), F.pad(small_hole, [1] * 4)
    wide = F.pad(features, [1] * 4)
    places = [(i, j) for i in range(height) for j in range(width)]
    canvas = torch.zeros(channels, 2 * height + 2, 2 * width + 2)
    usable = [float(_patch(padded_hole, i, j, 3).sum() == 0) for i, j in places]
    for i, j in places:
        wanted = _patch(padded, i, j, 3)
        scores = []
        for (k, m), free in zip(places, usable, strict=True):
            source = _patch(padded, k, m, 3)
            scores.append(free * (wanted * source).sum() / source.norm().clamp(min=1e-4))
        weights = torch.softmax(10.0 * torch.stack(scores), 0) * torch.tensor(usable)
        for weight, (k, m) in zip(weights, places, strict=True):
            _patch(canvas, 2 * i, 2 * j, 4).add_(weight * _patch(wide, 2 * k, 2 * m, 4))
    return canvas[:, 1:-1, 1:-1] / 4.0


def test_without_fusing_it_is_the_paper_patch_by_patch():
    torch.manual_seed(0)
    features, hole = torch.randn(1, 3, 12, 16), torch.zeros(1, 1, 48, 64)
    hole[..., 8:24, 16:40] = 1
    rebuilt, _ = ContextualAttention(fuse=False)(features, hole)
    assert torch.allclose(rebuilt[0], _by_hand(features[0], hole[0]), atol=1e-5)


def test_every_picture_of_a_batch_uses_its_own_hole():
    torch.manual_seed(0)
    layer = ContextualAttention()
    features, hole = torch.randn(2, 4, 16, 16), torch.zeros(2, 1, 64, 64)
    hole[0, :, :32], hole[1, :, 32:] = 1, 1
    both, _ = layer(features, hole)
    for i in range(2):
        assert torch.allclose(both[i], layer(features[i : i + 1], hole[i : i + 1])[0][0], atol=1e-5)


def test_nothing_is_copied_from_the_hole():
    features, hole = torch.zeros(1, 1, 32, 32), torch.zeros(1, 1, 128, 128)
    hole[..., 32:96, 32:96] = 1
    features[..., 8:24, 8:24] = 1000.0  # what lies under the hole stands out
    features[..., :6, :6] = 1.0
    _, best = ContextualAttention(fuse=False)(features, hole)
    rows, columns = best // 16, best % 16
    inside = (rows >= 4) & (rows < 12) & (columns >= 4) & (columns < 12)
    assert not inside.any()


def test_bfloat16_autocast_does_not_reach_the_norms():
    torch.manual_seed(0)
    features, hole = torch.randn(1, 8, 16, 16), torch.zeros(1, 1, 64, 64)
    plain, _ = ContextualAttention()(features, hole)
    with torch.autocast("cpu", torch.bfloat16):
        mixed, _ = ContextualAttention()(features, hole)
    assert torch.equal(plain, mixed)
