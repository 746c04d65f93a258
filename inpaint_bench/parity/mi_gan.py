"""MI-GAN of Picsart."""

from __future__ import annotations

from inpaint_bench.converters import CONVERTERS
from inpaint_bench.models.mi_gan import MIGAN
from inpaint_bench.parity._base import Fixture, Pairs, runner

__all__: list[str] = []


@runner(r"MI-GAN .*migan_inference\.py", "Generator")
def _mi_gan(fixture: Fixture) -> Pairs:
    model = MIGAN(fixture.options.get("resolution", 256))
    model.load_state_dict(CONVERTERS["mi_gan-picsart"](fixture.state))
    output = model.eval().network(fixture.tensors["image"], fixture.tensors["hole"])
    return [(output, fixture.tensors["output"])]
