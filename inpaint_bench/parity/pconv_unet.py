"""PConv U-Net of naoto0804."""

from __future__ import annotations

from inpaint_bench.converters import CONVERTERS
from inpaint_bench.models.pconv_unet import PConvUNet
from inpaint_bench.parity._base import Fixture, Pairs, runner

__all__: list[str] = []


@runner("pytorch-inpainting-with-partial-conv", "PConvUNet")
def _pconv_unet(fixture: Fixture) -> Pairs:
    model = PConvUNet(depth=fixture.options.get("layer_size", 7), scale="count")
    model.load_state_dict(CONVERTERS["pconv_unet-naoto"](fixture.state))
    output, _ = model.eval().network(fixture.tensors["image"], fixture.tensors["hole"])
    return [(output, fixture.tensors["output"])]
