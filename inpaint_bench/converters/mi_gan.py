"""MI-GAN weights of Picsart-AI-Research (`migan_inference.Generator`), traced or not."""

from __future__ import annotations

import re
from collections.abc import Mapping

import torch
from torch import Tensor

from inpaint_bench.converters._base import CONVERTERS, rename
from inpaint_bench.errors import WeightsError

__all__ = ["from_picsart"]

_TAPS = torch.tensor([1.0, 3.0, 3.0, 1.0]) / 8.0
_LOW_PASS = torch.outer(_TAPS, _TAPS)
_ZERO_INSERTION = torch.tensor([[1.0, 0.0], [0.0, 0.0]])
_PART = re.compile(r"(encoder|synthesis)\.b(\d+)\.(.+)")


def _without_constants(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Drop the resampling filters, which our layers have built in, after looking at them."""
    kept = {}
    for name, tensor in state.items():
        if name.endswith("downsample.filter.weight"):
            expected = _LOW_PASS
        elif name.endswith("upsample.filter.weight"):
            expected = 4.0 * _LOW_PASS
        elif name.endswith(("upsample.filter_const", "upsample.insert_zeros.weight")):
            expected = _ZERO_INSERTION.repeat(*(side // 2 for side in tensor.shape[-2:]))
        else:
            kept[name] = tensor
            continue
        if tensor.shape[-2:] != expected.shape or not torch.allclose(
            tensor.float().cpu(), expected.expand(tensor.shape)
        ):
            raise WeightsError(
                f"expected {name!r} to be the filter [1, 3, 3, 1] of the released network: are "
                "these another model's weights?"
            )
    return kept


@CONVERTERS.register("mi_gan-picsart")
def from_picsart(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Convert a state dict of `migan_*.pt` or of the traced network, for `MIGAN(resolution)`.

    Raises:
        WeightsError: a filter that is not the constant one, a tensor too many, a layer too few.
    """
    kept = _without_constants(state)
    sides = sorted({int(found[2]) for name in kept if (found := _PART.match(name))})
    names = {f"encoder.b{sides[-1] if sides else 256}.fromrgb": "from_rgb"}
    for i, side in enumerate(sides):
        for part, number in (("encoder", len(sides) - 1 - i), ("synthesis", i)):
            theirs, ours = f"{part}.b{side}", f"{part}.{number}"
            for conv, order in (("conv1", "first"), ("conv2", "second")):
                names[f"{theirs}.{conv}.conv1"] = f"{ours}.{order}.depthwise"
                names[f"{theirs}.{conv}.conv2"] = f"{ours}.{order}.pointwise"
                if part == "synthesis" and side > 4:
                    names[f"{theirs}.{conv}"] = f"{ours}.{order}"  # the noise
        names[f"synthesis.b{side}.torgb"] = f"synthesis.{i}.to_rgb"
    return rename(kept, names)
