"""AOT-GAN weights of researchmm/AOT-GAN-for-Inpainting, also on the Hub, and of OpenMMLab."""

from __future__ import annotations

import re
from collections.abc import Mapping

from torch import Tensor

from inpaint_bench.converters._base import CONVERTERS, rename
from inpaint_bench.converters._checkpoint import state_of
from inpaint_bench.converters._openmmlab import generator_of

__all__ = ["from_openmmlab", "from_researchmm"]

_BRANCH = re.compile(r"middle\.(\d+)\.block(\d+)\.")
_PERCEPTION = "loss_percep."  # the network that OpenMMLab's training compared features with


@CONVERTERS.register("aot_gan-researchmm")
def from_researchmm(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Convert a generator's state dict, for `AOTGAN()`; blocks and rates as many as it holds."""
    found = [match for name in state if (match := _BRANCH.match(name))]
    blocks = 1 + max((int(match[1]) for match in found), default=-1)
    rates = 1 + max((int(match[2]) for match in found), default=-1)
    names = {"encoder.1": "stem", "encoder.3": "encoder.1", "encoder.5": "encoder.3"}
    for i in range(blocks):
        for j in range(rates):
            names[f"middle.{i}.block{j:02}.1"] = f"blocks.{i}.branches.{j}"
        names[f"middle.{i}.fuse.1"] = f"blocks.{i}.fuse"
        names[f"middle.{i}.gate.1"] = f"blocks.{i}.gate_conv"
    names |= {"decoder.0.conv": "decoder.0.conv", "decoder.2.conv": "decoder.2.conv"}
    return rename(state, names | {"decoder.4": "decoder.4"})


@CONVERTERS.register("aot_gan-mmediting")
def from_openmmlab(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Convert `AOT-GAN_512x512_*.pth`, for `AOTGAN()`.

    Drops the critic. Unlike OpenMMLab's other networks, it was trained on red, green, blue.
    """
    state = state_of(state, "state_dict")
    kept = {name: t for name, t in state.items() if not name.startswith(_PERCEPTION)}
    names = {
        "encoder.encoder.1.conv": "stem",
        "encoder.encoder.2.conv": "encoder.1",
        "encoder.encoder.3.conv": "encoder.3",
        "decoder.decoder.0.conv": "decoder.0.conv",
        "decoder.decoder.1.conv": "decoder.2.conv",
        "decoder.decoder.2.conv": "decoder.4",
    }
    for i in range(8):
        for j in range(4):
            names[f"dilation_neck.model.{i}.blocks.{j}.1.conv"] = f"blocks.{i}.branches.{j}"
        names[f"dilation_neck.model.{i}.fuse.1.conv"] = f"blocks.{i}.fuse"
        names[f"dilation_neck.model.{i}.gate.1.conv"] = f"blocks.{i}.gate_conv"
    return rename(generator_of(kept), names)
