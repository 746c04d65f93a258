"""DeepFill v2: the fine-tuned PyTorch network, and the one for the authors' weights."""

from __future__ import annotations

from inpaint_bench.converters import CONVERTERS
from inpaint_bench.models.deepfill_v2 import DeepFillV2
from inpaint_bench.parity._base import Fixture, Pairs, runner

__all__: list[str] = []


@runner(r"deepfillv2-pytorch .*/networks\.py", "Generator")
def _deepfill_v2(fixture: Fixture) -> Pairs:
    return _deepfill(fixture, "deepfill_v2-pytorch", tensorflow=False)


@runner(r"deepfillv2-pytorch .*/networks_tf\.py", "Generator")
def _deepfill_v2_tf(fixture: Fixture) -> Pairs:
    return _deepfill(fixture, "deepfill_v2-tensorflow", tensorflow=True)


def _deepfill(fixture: Fixture, converter: str, *, tensorflow: bool) -> Pairs:
    model = DeepFillV2(fixture.options["cnum"], tensorflow=tensorflow, fuse=not tensorflow)
    model.load_state_dict(CONVERTERS[converter](fixture.state))
    coarse, refined = model.eval().network(fixture.tensors["image"], fixture.tensors["hole"])
    return [(coarse, fixture.tensors["coarse"]), (refined, fixture.tensors["refined"])]
