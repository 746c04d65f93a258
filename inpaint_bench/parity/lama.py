"""LaMa of advimman: LaMa-Fourier and Big LaMa."""

from __future__ import annotations

import torch

from inpaint_bench.converters import CONVERTERS
from inpaint_bench.models.lama import LaMa
from inpaint_bench.parity._base import Fixture, Pairs, runner

__all__: list[str] = []


@runner(r"lama .*/ffc\.py", "FFCResNetGenerator")
def _lama(fixture: Fixture) -> Pairs:
    # The constructor is written for people ("resnet ratio_gin=..."): sizes are read off the state.
    state = CONVERTERS["lama-advimman"](fixture.state)
    blocks = {name.split(".")[1] for name in state if name.startswith("blocks.")}
    model = LaMa(blocks=len(blocks), width=state["head.weight"].shape[1])
    model.load_state_dict(state)
    logits = model.eval().network(fixture.tensors["image"], fixture.tensors["hole"])
    return [
        (logits, fixture.tensors["logits"]),
        (torch.sigmoid(logits), fixture.tensors["output"]),
    ]
