"""RegionNorm weights of geekyutao/RN."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

from inpaint_bench.converters._base import CONVERTERS, rename
from inpaint_bench.errors import WeightsError

__all__ = ["from_geekyutao"]

_GENERATOR = "generator."
_STRANGERS = ("discriminator.", "adversarial_loss.")  # a checkpoint holds them beside it
_BASIC = {
    "foreground_gamma": "hole_scale",
    "foreground_beta": "hole_shift",
    "background_gamma": "known_scale",
    "background_beta": "known_shift",
}


def _found(theirs: str, ours: str) -> dict[str, str]:
    """Name the parts of one learnable region normalisation."""
    parts = {"conv1": "importance", "gamma_conv": "scale", "beta_conv": "shift"}
    return {f"{theirs}.sa.{a}": f"{ours}.{b}" for a, b in parts.items()}


def _names(blocks: int) -> dict[str, str]:
    """Name every layer; theirs are numbered with paddings and activations."""
    names = {"decoder.9": "head"}
    for i in range(3):
        names[f"encoder_conv{i + 1}"] = f"encoder.{i}"
        names[f"encoder_in{i + 1}"] = f"norms.{i}"
    for i in range(blocks):
        theirs, ours = f"middle.{i}.conv_block", f"middle.{i}"
        for j, order in ((1, "first"), (5, "second")):
            names[f"{theirs}.{j}"] = f"{ours}.{order}"
            names |= _found(f"{theirs}.{j + 1}", f"{ours}.norm_{order}")
    for i in range(2):
        names[f"decoder.{4 * i}"] = f"decoder.{i}.conv"
        names |= _found(f"decoder.{4 * i + 2}", f"decoder.{i}.norm")
    return names


@CONVERTERS.register("region_norm-geekyutao")
def from_geekyutao(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Convert a checkpoint, for `RegionNorm()`.

    Args:
        state: the state dict of its `InpaintingModel`, with or without the `module.` that a
            training on several GPUs puts into the names; or of the generator alone.

    Raises:
        WeightsError: a tensor of no network of RN's, or a layer without a tensor.
    """
    whole = any(name.startswith(_GENERATOR) for name in state)
    kept = {}
    for name, tensor in state.items():
        bare = name.replace("module.", "")
        if not whole:
            kept[bare] = tensor
        elif bare.startswith(_GENERATOR):
            kept[bare.removeprefix(_GENERATOR)] = tensor
        elif not bare.startswith(_STRANGERS):
            raise WeightsError(f"unexpected tensor {name!r}: are these another model's weights?")
    blocks = {name.split(".")[1] for name in kept if name.startswith("middle.")}
    renamed = rename(kept, _names(len(blocks)))
    leaves = ((name.rpartition("."), tensor) for name, tensor in renamed.items())
    return {f"{layer}.{_BASIC.get(leaf, leaf)}": tensor for (layer, _, leaf), tensor in leaves}
