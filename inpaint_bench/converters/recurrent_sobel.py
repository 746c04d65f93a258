"""Recurrent Sobel and its discriminator, as jwbaik96/Image-inpainting saves them."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

from inpaint_bench.converters._base import CONVERTERS, rename
from inpaint_bench.errors import WeightsError

__all__ = ["from_jwbaik96", "from_jwbaik96_discriminator"]

_NORMED = {  # torch's older spectral norm -> its parametrization
    "bias": "bias",
    "weight_orig": "parametrizations.weight.original",
    "weight_u": "parametrizations.weight.0._u",
    "weight_v": "parametrizations.weight.0._v",
}


def _generator_names() -> dict[str, str]:
    names = {}
    for part, count in (("encoder", 6), ("decoder", 8)):
        for i in range(count):
            theirs = f"main_module.{part}_layer{i + 1}"
            if part == "decoder" and i in (2, 4):  # those that double the size
                theirs += ".recurrent_conv"
            names[f"{theirs}.conv"] = f"{part}.{i}.conv"
            names[f"{theirs}.buffer_conv"] = f"{part}.{i}.recall"
    blocks = (("coarse_module", "coarse"), ("refine_module.res_module", "refinement.residual"))
    for theirs, ours in blocks:
        for i in range(8):
            names[f"{theirs}.res_module.{i}.conv_block.1"] = f"{ours}.{i}.first"
            names[f"{theirs}.res_module.{i}.conv_block.5"] = f"{ours}.{i}.second"
    layers = {"conv1": "reduce", "conv4": "fuse"}
    layers |= {f"conv2_{rate}": f"dilated.{i}" for i, rate in enumerate((1, 2, 4, 8))}
    layers |= {f"conv3_{i + 1}": f"sums.{i}" for i in range(3)}
    for i in range(4):
        for theirs, ours in layers.items():
            names[f"refine_module.dmfb_module.dmfb.{i}.{theirs}"] = f"refinement.fusion.{i}.{ours}"
    for i, theirs in enumerate((0, 3)):
        names[f"refine_module.concatenation.{theirs}"] = f"refinement.join.{i}"
    return names


@CONVERTERS.register("recurrent_sobel-jwbaik96")
def from_jwbaik96(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Convert the state dict of its `WrappingModule`, for `RecurrentSobel`."""
    return rename(state, _generator_names())


@CONVERTERS.register("recurrent_sobel_discriminator-jwbaik96")
def from_jwbaik96_discriminator(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Convert the state dict of its `Discriminator`, for `SobelDiscriminator`.

    Every layer is saved under two names, `conv` and `spec_norm`; the latter is what it ran on.
    """
    kept = {
        name: tensor
        for name, tensor in state.items()
        if name.replace(".conv.", ".spec_norm.") == name
        or name.replace(".conv.", ".spec_norm.") not in state
    }
    ours = [f"patch.{i}" for i in range(6)] + [f"edge.{i}" for i in range(5)] + ["join"]
    theirs = [f"conv{i}" for i in range(1, 7)] + [f"edge{i}" for i in range(1, 6)] + ["concat"]
    names = {f"{old}.spec_norm": new for old, new in zip(theirs, ours, strict=True)}
    converted = {}
    for name, tensor in rename(kept, names).items():
        layer, _, leaf = name.rpartition(".")
        if leaf not in _NORMED:
            raise WeightsError(f"unexpected tensor {leaf!r} of the discriminator's layer {layer}")
        converted[f"{layer}.{_NORMED[leaf]}"] = tensor
    return converted
