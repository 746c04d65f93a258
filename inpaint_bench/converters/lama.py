"""LaMa weights of advimman/lama: its checkpoints, and the TorchScript file made from one."""

from __future__ import annotations

import re
from collections.abc import Mapping

from torch import Tensor

from inpaint_bench.converters._base import CONVERTERS, rename
from inpaint_bench.converters._checkpoint import state_of
from inpaint_bench.errors import WeightsError

__all__ = ["from_advimman"]

# Other networks of a training checkpoint, which completing a picture does not need.
_STRANGERS = (
    "adversarial_loss.",
    "discriminator.",
    "extra_evaluators.",
    "loss_",
    "test_evaluator.",
    "val_evaluator.",
)
_GENERATOR = re.compile(r"(?:(?:model\.)?generator\.)?model\.")
_BLOCK = re.compile(r"(\d+)\.conv1\.")


def _layer(theirs: str, ours: str, *, distant_in: bool, distant_out: bool) -> dict[str, str]:
    """Name the parts of one Fourier convolution."""
    names = {f"{theirs}.ffc.convl2l": f"{ours}.local_to_local"}
    names[f"{theirs}.bn_l"] = f"{ours}.norm_local"
    if distant_out:
        names[f"{theirs}.ffc.convl2g"] = f"{ours}.local_to_global"
        names[f"{theirs}.bn_g"] = f"{ours}.norm_global"
    if distant_in:
        names[f"{theirs}.ffc.convg2l"] = f"{ours}.global_to_local"
        spectral, part = f"{theirs}.ffc.convg2g", f"{ours}.global_to_global"
        names |= {
            f"{spectral}.conv1.0": f"{part}.reduce",
            f"{spectral}.conv1.1": f"{part}.norm",
            f"{spectral}.fu.conv_layer": f"{part}.unit.conv",
            f"{spectral}.fu.bn": f"{part}.unit.norm",
            f"{spectral}.conv2": f"{part}.expand",
        }
    return names


def _names(blocks: int) -> dict[str, str]:
    """Name every layer; theirs are numbered in one list, pads and activations included."""
    names: dict[str, str] = {}
    for i in range(4):
        names |= _layer(f"{i + 1}", f"encoder.{i}", distant_in=False, distant_out=i == 3)
    for i in range(blocks):
        for theirs, ours in (("conv1", "first"), ("conv2", "second")):
            names |= _layer(
                f"{i + 5}.{theirs}", f"blocks.{i}.{ours}", distant_in=True, distant_out=True
            )
    start = 5 + blocks + 1  # after the joining of the two parts
    for i in range(3):
        names[f"{start + 3 * i}"] = f"decoder.{3 * i}"
        names[f"{start + 3 * i + 1}"] = f"decoder.{3 * i + 1}"
    names[f"{start + 10}"] = "head"
    return names


@CONVERTERS.register("lama-advimman")
def from_advimman(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Convert a generator, for `LaMa(blocks=...)`.

    Args:
        state: what `best.ckpt` holds, with its entry `state_dict` or that entry itself (names
            begin with `generator.`); or the state dict of the scripted `big-lama.pt` (names begin
            with `model.generator.`); or of the bare generator.

    Raises:
        WeightsError: a tensor of no network of LaMa's, or a layer without a tensor.
    """
    state = state_of(state, "state_dict")
    kept = {}
    for name, tensor in state.items():
        found = _GENERATOR.match(name)
        if found:
            kept[name[found.end() :]] = tensor
        elif not name.startswith(_STRANGERS):
            raise WeightsError(f"unexpected tensor {name!r}: are these another model's weights?")
    blocks = {found[1] for name in kept if (found := _BLOCK.match(name))}
    return rename(kept, _names(len(blocks)))
