"""PConv U-Net weights of naoto0804/pytorch-inpainting-with-partial-conv (`PConvUNet`)."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from inpaint_bench.converters._base import CONVERTERS, rename
from inpaint_bench.errors import WeightsError

__all__ = ["from_naoto"]

_DEPTH = 7


@CONVERTERS.register("pconv_unet-naoto")
def from_naoto(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Convert a state dict of depth 7, for `PConvUNet(depth=7, scale="count")`."""
    kept = {}
    for name, tensor in state.items():
        if not name.endswith("mask_conv.weight"):
            kept[name] = tensor
        elif not torch.all(tensor == 1):
            raise WeightsError(f"expected {name!r} to be all ones")
    names = {}
    for i in range(1, _DEPTH + 1):
        for theirs, ours in ((f"enc_{i}", f"encoder.{i - 1}"), (f"dec_{i}", f"decoder.{7 - i}")):
            names[f"{theirs}.conv.input_conv"] = f"{ours}.conv.conv"
            if i > 1:
                names[f"{theirs}.bn"] = f"{ours}.norm"
    renamed = rename(kept, names)
    last = f"decoder.{_DEPTH - 1}.conv"
    renamed[f"{last}.bias"] = renamed.pop(f"{last}.conv.bias")
    return renamed
