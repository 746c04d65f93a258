"""MADF weights of MADF-inpainting/Pytorch-MADF."""

from __future__ import annotations

import re
from collections.abc import Mapping

import torch
from torch import Tensor

from inpaint_bench.converters._base import CONVERTERS, rename
from inpaint_bench.converters._checkpoint import unwrap
from inpaint_bench.errors import WeightsError

__all__ = ["from_madf"]

_DEPTH = 7
_HIDDEN = 16
_MODEL = "model."
_EXTRACTOR = "extractor."  # VGG-16, saved beside the network
_UNUSED = re.compile(r"enc_conv_[1-7]\.bn\.")  # owned by the network, never called
_MASK, _MAKER = "filter_gen_{}.conv.0", "filter_gen_{}.conv1.0"


def _names() -> dict[str, str]:
    """Name every layer but the makers of kernels; theirs count sizes from the largest."""
    names = {f"dec_ref{i}_1": f"heads.{i}" for i in range(2)}
    for i in range(1, _DEPTH + 1):
        names[_MASK.format(i)] = f"encoder.{i - 1}.mask"
        names[f"enc_up_{i}.0"] = f"widen.{i - 1}"
        ours = f"recovery.{_DEPTH - i}"
        names |= {f"deconv_{i}.0": f"{ours}.deconv", f"att_conv_{i}.conv.0": f"{ours}.join"}
        if i == 1:
            continue
        names[f"deconv_{i}.1"] = f"{ours}.norm"
        for j in range(2):
            theirs, ours = f"dec_ref{j}_{i}", f"refinements.{j}.{_DEPTH - i}"
            names |= {
                f"{theirs}.deconv": f"{ours}.deconv",
                f"{theirs}.bn.batch_norm": f"{ours}.norm",
                f"{theirs}.bn.mlp_shared.0": f"{ours}.shared",
                f"{theirs}.bn.mlp_scale": f"{ours}.scale",
                f"{theirs}.bn.mlp_bias": f"{ours}.shift",
            }
    return names


def _kernels(state: dict[str, Tensor], level: int, in_channels: int) -> Tensor:
    """Take the maker of a layer's kernels out of `state`, as the weight of one convolution."""
    maker, mask = _MAKER.format(level), _MASK.format(level)
    missing = [n for n in (f"{maker}.weight", f"{maker}.bias", f"{mask}.weight") if n not in state]
    if missing:
        raise WeightsError(f"these weights lack {', '.join(missing)}")
    weight, bias = state.pop(f"{maker}.weight"), state.pop(f"{maker}.bias")
    side = state[f"{mask}.weight"].shape[-1]
    places = in_channels * side * side
    if weight.shape[1:] != (_HIDDEN, 1, 1) or weight.shape[0] % places or len(bias) != len(weight):
        raise WeightsError(
            f"expected {maker!r} to make kernels of {in_channels}x{side}x{side} out of {_HIDDEN} "
            f"features, got {tuple(weight.shape)}: are these another model's weights?"
        )
    parts = torch.cat([weight[:, :, 0, 0], bias[:, None]], dim=1)  # C k k C' x 17
    parts = parts.view(in_channels, side, side, -1, _HIDDEN + 1)
    # to 17 x C' x C x k x k, the first two as output channels
    return parts.permute(4, 3, 0, 1, 2).flatten(0, 1).contiguous()


@CONVERTERS.register("madf-pytorch_madf")
def from_madf(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Convert a snapshot, for `MADF()`.

    Args:
        state: a snapshot with its entry `model`, or that entry; with the names of a training
            (`module.model.` before each, and VGG-16 beside) or of the bare network.

    Raises:
        WeightsError: a tensor too many, or a layer without a tensor.
    """
    bare = {}
    for name, tensor in unwrap(state, "model").items():
        name = name.removeprefix(_MODEL)
        if not name.startswith(_EXTRACTOR) and not _UNUSED.match(name):
            bare[name] = tensor
    kernels, channels = {}, 6
    for i in range(1, _DEPTH + 1):
        weight = _kernels(bare, i, channels)
        kernels[f"encoder.{i - 1}.kernels.weight"] = weight
        channels = weight.shape[0] // (_HIDDEN + 1)
    return rename(bare, _names()) | kernels
