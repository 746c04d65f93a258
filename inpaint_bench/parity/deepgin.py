"""DeepGIN of its authors (rlct1/gin)."""

from __future__ import annotations

from inpaint_bench.converters import CONVERTERS
from inpaint_bench.models.deepgin import DeepGIN
from inpaint_bench.parity._base import Fixture, Pairs, runner

__all__: list[str] = []


@runner("rlct1/gin ", "ImageTinker2")
def _deepgin(fixture: Fixture) -> Pairs:
    model = DeepGIN(fixture.options.get("ngf", 64))
    model.load_state_dict(CONVERTERS["deepgin-rlct1"](fixture.state))
    passes = model.eval().network(fixture.tensors["image"], fixture.tensors["hole"])
    return [
        (passes.coarse, fixture.tensors["coarse"]),
        (passes.low, fixture.tensors["low"]),
        (passes.image, fixture.tensors["refined"]),
    ]
