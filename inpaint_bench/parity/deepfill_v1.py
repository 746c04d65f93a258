"""DeepFill v1 of daa233."""

from __future__ import annotations

from inpaint_bench.converters import CONVERTERS
from inpaint_bench.errors import WeightsError
from inpaint_bench.models.deepfill_v1 import DeepFillV1
from inpaint_bench.parity._base import Fixture, Pairs, runner

__all__: list[str] = []


@runner("generative-inpainting-pytorch", "Generator")
def _deepfill_v1(fixture: Fixture) -> Pairs:
    config = fixture.arguments[0] if fixture.arguments else fixture.options.get("config", {})
    if not isinstance(config, dict) or config.get("input_dim", 3) != 3:
        raise WeightsError(f"expected a network for pictures of 3 channels, got {config!r}")
    model = DeepFillV1(config.get("ngf", 32))
    model.load_state_dict(CONVERTERS["deepfill_v1-daa233"](fixture.state))
    coarse, refined = model.eval().network(fixture.tensors["image"], fixture.tensors["hole"])
    return [(coarse, fixture.tensors["coarse"]), (refined, fixture.tensors["refined"])]
