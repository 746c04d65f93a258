"""Masked window attention: which tokens matter, and which become known."""

from __future__ import annotations

import pytest
import torch

from inpaint_bench.layers.masked_transformer import MaskedConv2d, TransformerStage
from inpaint_bench.layers.masked_transformer import _Block as Block
from inpaint_bench.layers.masked_transformer import _WindowAttention as WindowAttention


def test_attention_is_the_softmax_of_scaled_products_with_unit_tokens():
    layer = WindowAttention(12, heads=3)
    x, bias = torch.randn(4, 9, 12), torch.randn(4, 1, 9, 9)
    result = layer(x, bias)
    unit = x / x.norm(dim=-1, keepdim=True)
    heads = []
    for i in range(3):
        part = slice(4 * i, 4 * i + 4)
        q, k, v = layer.q(unit)[..., part], layer.k(unit)[..., part], layer.v(x)[..., part]
        weights = torch.softmax(q @ k.transpose(1, 2) / 2.0 + bias[:, 0], dim=-1)
        heads.append(weights @ v)
    expected = layer.proj(torch.cat(heads, dim=-1))
    torch.testing.assert_close(result, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("shifted", [False, True])
def test_unknown_tokens_do_not_reach_others_while_their_window_knows_one(shifted):
    block = Block(6, 2, side=8, window=4, shifted=shifted).eval()
    x = torch.randn(1, 8, 8, 6)
    known = torch.ones(1, 8, 8, 1)
    known[:, 2, 2] = 0
    changed = x.clone()
    changed[:, 2, 2] += 1.0
    before, after = block(x, known)[0], block(changed, known)[0]
    elsewhere = torch.ones(8, 8, dtype=torch.bool)
    elsewhere[2, 2] = False
    torch.testing.assert_close(before[:, elsewhere], after[:, elsewhere], rtol=0, atol=1e-6)
    every, all_known = torch.ones_like(known), block(x, None)[0]
    torch.testing.assert_close(block(x, every)[0], all_known, rtol=0, atol=1e-6)
    assert not torch.allclose(block(x, every)[0], block(changed, every)[0], atol=1e-3)


def test_one_known_token_makes_its_window_known():
    block = Block(6, 2, side=8, window=4, shifted=False)
    known = torch.zeros(1, 8, 8, 1)
    known[:, 1, 6] = 1
    grown = block(torch.randn(1, 8, 8, 6), known)[1][0, :, :, 0]
    expected = torch.zeros(8, 8)
    expected[:4, 4:] = 1
    assert torch.equal(grown, expected)


def test_a_shifted_block_makes_the_window_two_tokens_further_known():
    block = Block(6, 2, side=8, window=4, shifted=True)
    known = torch.zeros(1, 8, 8, 1)
    known[:, 3, 3] = 1
    grown = block(torch.randn(1, 8, 8, 6), known)[1][0, :, :, 0]
    expected = torch.zeros(8, 8)
    expected[2:6, 2:6] = 1
    assert torch.equal(grown, expected)


def test_a_masked_convolution_scales_by_the_share_of_its_window_that_is_known():
    layer = MaskedConv2d(2, 3)
    x = torch.randn(1, 2, 6, 6)
    known = torch.zeros(1, 1, 6, 6)
    known[..., :2] = 1
    result, grown = layer(x, known)
    plain, _ = layer(x, None)
    torch.testing.assert_close(result[..., 3, 2], plain[..., 3, 2] * 9 / 3, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(result[..., 0, 0], plain[..., 0, 0] * 9 / 4, rtol=1e-4, atol=1e-5)
    assert not result[..., 3:].any()
    assert torch.equal(grown[0, 0], (torch.arange(6) < 3).float().expand(6, 6))


@pytest.mark.parametrize(("options", "side"), [({}, 8), ({"down": True}, 16), ({"up": True}, 4)])
def test_a_stage_resamples_features_and_mask(options, side):
    stage = TransformerStage(6, 2, side=8, window=4, depth=2, **options)
    known = None if "up" in options else torch.ones(2, 1, side, side)
    x, mask = stage(torch.randn(2, 6, side, side), known)
    assert x.shape == (2, 6, 8, 8)
    assert mask is None if known is None else mask.shape == (2, 1, 8, 8)
