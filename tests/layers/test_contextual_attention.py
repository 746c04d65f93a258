"""Contextual attention against section 4.1 of the paper, patch by patch."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F

from inpaint_bench.layers import contextual_attention
from inpaint_bench.layers.contextual_attention import ContextualAttention, record_sources


def _patch(x: torch.Tensor, row: int, column: int, size: int) -> torch.Tensor:
    return x[:, row : row + size, column : column + size]


def _by_hand(
    features: torch.Tensor, hole: torch.Tensor, *, normalised: bool = False, smooth: bool = False
) -> torch.Tensor:
    """Cosine similarity with every usable background patch, softmax, overlapping paste."""
    small, small_hole = features[:, ::2, ::2], hole[:, ::8, ::8]
    channels, height, width = small.shape
    padded, padded_hole = F.pad(small, [1] * 4), F.pad(small_hole, [1] * 4)
    wide = F.pad(features, [1] * 4)
    places = [(i, j) for i in range(height) for j in range(width)]
    canvas = torch.zeros(channels, 2 * height + 2, 2 * width + 2)
    covered = torch.zeros(1, 2 * height + 2, 2 * width + 2)
    usable = [float(_patch(padded_hole, i, j, 3).sum() == 0) for i, j in places]
    for i, j in places:
        wanted = _patch(padded, i, j, 3)
        scores = []
        for (k, m), free in zip(places, usable, strict=True):
            source = _patch(padded, k, m, 3)
            norm = (source.square() + 1e-4).sum().sqrt() if smooth else source.norm()
            score = (wanted * source).sum() / norm.clamp(min=1e-4)
            scores.append(torch.tensor(-torch.inf) if normalised and not free else free * score)
        weights = torch.softmax(10.0 * torch.stack(scores), 0) * torch.tensor(usable)
        _patch(covered, 2 * i, 2 * j, 4).add_(1.0)
        for weight, (k, m) in zip(weights, places, strict=True):
            _patch(canvas, 2 * i, 2 * j, 4).add_(weight * _patch(wide, 2 * k, 2 * m, 4))
    return (canvas / (covered if normalised else 4.0))[:, 1:-1, 1:-1]


def test_without_fusing_it_is_the_paper_patch_by_patch():
    torch.manual_seed(0)
    features, hole = torch.randn(1, 3, 12, 16), torch.zeros(1, 1, 48, 64)
    hole[..., 8:24, 16:40] = 1
    rebuilt = ContextualAttention(fuse=False)(features, hole)
    assert torch.allclose(rebuilt[0], _by_hand(features[0], hole[0]), atol=1e-5)


@pytest.mark.parametrize(
    ("options", "origin"), [({"normalised": True}, "openmmlab"), ({"smooth": True}, "daa233")]
)
def test_the_variants_of_released_weights_are_theirs_patch_by_patch(options, origin):
    torch.manual_seed(0)
    # small features, so that the constant beside the norm counts
    features, hole = 0.05 * torch.randn(1, 3, 12, 16), torch.zeros(1, 1, 48, 64)
    hole[..., 8:24, 16:40] = 1
    openmmlab = origin == "openmmlab"
    layer = ContextualAttention(fuse=False, normalised=openmmlab, smooth_norm=not openmmlab)
    rebuilt = layer(features, hole)
    assert torch.allclose(rebuilt[0], _by_hand(features[0], hole[0], **options), atol=1e-6)
    plain = ContextualAttention(fuse=False)(features, hole)
    assert not torch.allclose(rebuilt, plain, atol=1e-4)


@pytest.mark.parametrize("normalised", [True, False])
def test_shares_sum_to_one_only_where_asked_for(normalised):
    torch.manual_seed(0)
    layer, sums = ContextualAttention(normalised=normalised), []
    layer.weights.register_forward_hook(lambda _, inputs, shares: sums.append(shares.sum(dim=1)))
    features, hole = 0.05 * torch.randn(1, 3, 16, 16), torch.zeros(1, 1, 64, 64)
    hole[..., 16:40, 16:40] = 1
    layer(features, hole)
    assert torch.allclose(sums[0], torch.ones(1, 64), atol=1e-5) == normalised
    nothing = layer(features, torch.ones_like(hole))
    assert (nothing == 0).all()


def test_every_picture_of_a_batch_uses_its_own_hole():
    torch.manual_seed(0)
    layer = ContextualAttention()
    features, hole = torch.randn(2, 4, 16, 16), torch.zeros(2, 1, 64, 64)
    hole[0, :, :32], hole[1, :, 32:] = 1, 1
    both = layer(features, hole)
    for i in range(2):
        assert torch.allclose(both[i], layer(features[i : i + 1], hole[i : i + 1])[0], atol=1e-5)


def test_nothing_is_copied_from_the_hole():
    features, hole = torch.zeros(1, 1, 32, 32), torch.zeros(1, 1, 128, 128)
    hole[..., 32:96, 32:96] = 1
    features[..., 8:24, 8:24] = 1000.0  # what lies under the hole stands out
    features[..., :6, :6] = 1.0
    layer, maps = ContextualAttention(fuse=False), {}
    record_sources(layer, (16, 16), maps)
    layer(features, hole)
    best = maps["attention"][:, 0]
    rows, columns = best // 16, best % 16
    inside = (rows >= 4) & (rows < 12) & (columns >= 4) & (columns < 12)
    assert not inside.any()


def test_bfloat16_autocast_does_not_reach_the_norms():
    torch.manual_seed(0)
    features, hole = torch.randn(1, 8, 16, 16), torch.zeros(1, 1, 64, 64)
    plain = ContextualAttention()(features, hole)
    with torch.autocast("cpu", torch.bfloat16):
        mixed = ContextualAttention()(features, hole)
    assert torch.equal(plain, mixed)


def _fused_by_hand(scores: torch.Tensor, height: int, width: int) -> torch.Tensor:
    """Section 4.1: neighbours on the diagonals of the table of scores, rows first, then columns."""
    columns = [i * width + j for j in range(width) for i in range(height)]  # counted by columns
    for order in (list(range(height * width)), columns):
        fused = scores.clone()
        for step in (-1, 1):
            for n in range(len(order)):
                for m in range(len(order)):
                    if 0 <= n + step < len(order) and 0 <= m + step < len(order):
                        fused[order[n], order[m]] += scores[order[n + step], order[m + step]]
        scores = fused
    return scores


def test_fusing_adds_the_neighbours_of_both_patches_in_both_directions():
    torch.manual_seed(0)
    height, width = 3, 5
    patches = torch.randn(1, 7, height * width)
    table = patches[0].T @ patches[0]  # foreground x background
    scores = contextual_attention._Scores(patches, patches, height, width)
    fused = scores.fused(0, height).flatten(3).flatten(1, 2)[0]
    torch.testing.assert_close(fused, _fused_by_hand(table, height, width), rtol=0, atol=1e-4)


@pytest.mark.parametrize("options", [{}, {"fuse": False}, {"normalised": True, "fuse": True}])
def test_rows_of_patches_at_a_time_give_what_all_at_once_give(options, monkeypatch):
    torch.manual_seed(0)
    features, hole = torch.randn(2, 4, 20, 12), torch.zeros(2, 1, 80, 48)
    hole[0, :, :32, 8:20], hole[1, :, 70:] = 1, 1
    whole, pieces = {}, {}
    layer = ContextualAttention(**options)
    with record_sources(layer, (10, 6), whole):
        together = layer(features, hole)
    for scores in (1, 2 * 3 * 60 * 6):  # one row of patches at a time, and three
        monkeypatch.setattr(contextual_attention, "_SCORES", scores)
        with record_sources(layer, (10, 6), pieces):
            torch.testing.assert_close(layer(features, hole), together, rtol=0, atol=1e-5)
        assert torch.equal(pieces["attention"][:, 0], whole["attention"][:, 0])


def test_the_scores_held_at_once_do_not_grow_with_the_square_of_the_pixels(monkeypatch):
    monkeypatch.setattr(contextual_attention, "_SCORES", 2**12)
    layer, sizes = ContextualAttention(), []
    layer.weights.register_forward_hook(lambda _, inputs, shares: sizes.append(shares.numel()))
    for side in (32, 64):
        layer(torch.randn(1, 2, side, side), torch.zeros(1, 1, side, side))
    assert max(sizes) == 32 * 1024  # one row of the larger grid, not 1024 * 1024
