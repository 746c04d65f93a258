"""NVIDIA's layer of partial convolution."""

from __future__ import annotations

from inpaint_bench.converters import CONVERTERS
from inpaint_bench.layers.partial_conv import PartialConv2d
from inpaint_bench.parity._base import Fixture, Pairs, runner

__all__: list[str] = []


@runner(r"partialconv2d\.py", "PartialConv2d")
def _partial_conv(fixture: Fixture) -> Pairs:
    sizes = dict(zip(("in", "out", "kernel", "stride", "padding"), fixture.arguments, strict=False))
    layer = PartialConv2d(
        sizes["in"],
        sizes["out"],
        sizes["kernel"],
        sizes.get("stride", 1),
        sizes.get("padding", 0),
        bias=fixture.options.get("bias", True),
    )
    layer.load_state_dict(CONVERTERS["partial_conv-nvidia"](fixture.state))
    known = 1.0 - fixture.tensors["hole"]
    features, grown = layer(fixture.tensors["image"] * known, known)
    theirs = fixture.tensors["known_out"]
    return [(features, fixture.tensors["output"]), (grown.expand_as(theirs), theirs)]
