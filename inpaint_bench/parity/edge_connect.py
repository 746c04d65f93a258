"""EdgeConnect's two networks, each alone."""

from __future__ import annotations

import torch

from inpaint_bench.converters import CONVERTERS
from inpaint_bench.models.edge_connect import EdgeConnect, EdgeConnectStage
from inpaint_bench.parity._base import Fixture, Pairs, runner

__all__: list[str] = []

_SOURCE = r"edge-connect.* src/networks\.py"


def _stage(fixture: Fixture, converter: str, *channels: int) -> EdgeConnectStage:
    state = CONVERTERS[converter](fixture.state)
    stage = EdgeConnectStage(
        *channels,
        width=len(state["encoder.0.conv.bias"]),
        blocks=(fixture.arguments or (fixture.options.get("residual_blocks", 8),))[0],
        residual_bias="middle.0.first.conv.bias" in state,
    )
    stage.load_state_dict(state)
    return stage


def _model(**stages: EdgeConnectStage) -> EdgeConnect:
    with torch.device("meta"):  # only the stage of the fixture needs memory
        model = EdgeConnect()
    for name, stage in stages.items():
        setattr(model, name, stage)
    return model.eval()


@runner(_SOURCE, "EdgeGenerator")
def _edges(fixture: Fixture) -> Pairs:
    model = _model(edges=_stage(fixture, "edge_connect-edge", 3, 1))
    image, hole, edge = (fixture.tensors[name] for name in ("image", "hole", "edge"))
    # the fixtures' grey is not that of the authors' data loader
    grey = (image * torch.tensor([0.299, 0.587, 0.114]).view(1, 3, 1, 1)).sum(1, keepdim=True)
    return [(model.network_edges(grey, hole, edge), fixture.tensors["edge_out"])]


@runner(_SOURCE, "InpaintGenerator")
def _picture(fixture: Fixture) -> Pairs:
    model = _model(picture=_stage(fixture, "edge_connect-inpaint", 4, 3))
    image, hole, edge = (fixture.tensors[name] for name in ("image", "hole", "edge"))
    return [(model.network_picture(image, hole, edge), fixture.tensors["output"])]
