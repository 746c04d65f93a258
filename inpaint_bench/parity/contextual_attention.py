"""Contextual attention of DeepFill v2 alone."""

from __future__ import annotations

from inpaint_bench.layers.contextual_attention import ContextualAttention
from inpaint_bench.parity._base import Fixture, Pairs, runner

__all__: list[str] = []


@runner("deepfillv2-pytorch", "ContextualAttention")
def _contextual_attention(fixture: Fixture) -> Pairs:
    options = fixture.options
    layer = ContextualAttention(
        options.get("rate", 1), options.get("softmax_scale", 10.0), fuse=options.get("fuse", False)
    )
    features = fixture.tensors["features"]
    hole = fixture.tensors["hole"].expand(len(features), -1, -1, -1)
    return [(layer(features, hole), fixture.tensors["output"])]
