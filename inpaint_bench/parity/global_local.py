"""Global & Local of GLCIC-PyTorch."""

from __future__ import annotations

from inpaint_bench.converters import CONVERTERS
from inpaint_bench.models.global_local import GlobalLocal
from inpaint_bench.parity._base import Fixture, Pairs, runner

__all__: list[str] = []


@runner("GLCIC-PyTorch", "CompletionNetwork")
def _global_local(fixture: Fixture) -> Pairs:
    state = CONVERTERS["global_local-otenim"](fixture.state)
    model = GlobalLocal()  # whose default mean colour is that of the fixtures' convention
    model.load_state_dict(state)
    output = model.eval().network(fixture.tensors["image"], fixture.tensors["hole"])
    return [(output, fixture.tensors["output"])]
