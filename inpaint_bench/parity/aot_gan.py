"""AOT-GAN of researchmm."""

from __future__ import annotations

from inpaint_bench.converters import CONVERTERS
from inpaint_bench.models.aot_gan import AOTGAN
from inpaint_bench.parity._base import Fixture, Pairs, runner

__all__: list[str] = []


@runner(r"AOT-GAN-for-Inpainting .*aotgan\.py", "InpaintGenerator")
def _aot_gan(fixture: Fixture) -> Pairs:
    rates = fixture.options.get("rates", (1, 2, 4, 8))
    model = AOTGAN(blocks=fixture.options.get("block_num", 8), rates=tuple(rates))
    model.load_state_dict(CONVERTERS["aot_gan-researchmm"](fixture.state))
    output = model.eval().network(fixture.tensors["image"], fixture.tensors["hole"])
    return [(output, fixture.tensors["output"])]
