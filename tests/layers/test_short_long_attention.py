"""Short and long attention against loops over places."""

from __future__ import annotations

import pytest
import torch

from inpaint_bench.layers import short_long_attention
from inpaint_bench.layers.short_long_attention import ShortLongAttention


def inputs(batch=2, height=3, width=5):
    generator = torch.Generator().manual_seed(0)
    x, context = torch.randn(2, batch, 8, height, width, generator=generator).unbind(0)
    return x, context, torch.rand(batch, 1, height, width, generator=generator)


@pytest.fixture
def layer():
    torch.manual_seed(0)
    layer = ShortLongAttention(8)
    with torch.no_grad():
        layer.query.weight.normal_(std=0.5)
        layer.query.bias.normal_()
        layer.gamma.fill_(0.7)
        layer.alpha.fill_(1.3)
    return layer


def by_hand(layer, x, context, known):
    """Follow the paper's section 3.3 place by place."""
    result = torch.zeros(len(x), 16, *x.shape[2:])
    query = layer.query(x)
    places = [(i, j) for i in range(x.shape[2]) for j in range(x.shape[3])]
    for b in range(len(x)):
        for i, j in places:
            scores = torch.stack([query[b, :, i, j] @ query[b, :, k, m] for k, m in places])
            weights = scores.softmax(0)
            own = sum(w * x[b, :, k, m] for w, (k, m) in zip(weights, places, strict=True))
            far = sum(w * context[b, :, k, m] for w, (k, m) in zip(weights, places, strict=True))
            share = known[b, 0, i, j]
            result[b, :8, i, j] = 0.7 * own + x[b, :, i, j]
            result[b, 8:, i, j] = 1.3 * (1 - share) * far + share * context[b, :, i, j]
    return result


@torch.no_grad()
@pytest.mark.parametrize("scores", [2**24, 40, 1])
def test_it_attends_as_the_paper_says_however_small_its_memory(layer, monkeypatch, scores):
    monkeypatch.setattr(short_long_attention, "_SCORES", scores)
    x, context, known = inputs()
    expected = by_hand(layer, x, context, known)
    torch.testing.assert_close(layer(x, context, known), expected, rtol=0, atol=1e-5)
    last = x.contiguous(memory_format=torch.channels_last)
    torch.testing.assert_close(layer(last, context, known), expected, rtol=0, atol=1e-5)


@torch.no_grad()
def test_without_an_encoder_it_is_self_attention(layer):
    x, context, known = inputs()
    torch.testing.assert_close(layer(x), layer(x, context, known)[:, :8], rtol=0, atol=1e-6)


@torch.no_grad()
def test_sources_are_known_places_in_falling_order(layer):
    x, _, known = inputs()
    places, weights = layer.sources(x, known, 4)
    assert places.shape == weights.shape == (2, 4, 3, 5)
    assert (weights.diff(dim=1) <= 0).all()
    usable = known.flatten(1) > 0.5
    for b in range(2):
        assert usable[b][places[b].flatten()].all()
