"""CoModGAN weights of zengxianyu/co-mod-gan-pytorch, converted there from the authors' own."""

from __future__ import annotations

import re
from collections.abc import Mapping

import torch
from torch import Tensor

from inpaint_bench.converters._base import CONVERTERS, rename
from inpaint_bench.converters._checkpoint import unwrap
from inpaint_bench.errors import WeightsError

__all__ = ["from_zengxianyu"]

_TAPS = torch.tensor([1.0, 3.0, 3.0, 1.0]) / 8.0
_ENCODER, _SYNTHESIS = "G_synthesis.E", "G_synthesis"
_SIDE = re.compile(r"G_synthesis\.G_(\d+)x")
_NOISE, _DOUBLING = ".noise.weight", ".first.conv.weight"


def _without_filters(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Drop the low-pass filters, which our layers have built in, after looking at them."""
    kept = {}
    for name, tensor in state.items():
        if not name.endswith(".kernel"):
            kept[name] = tensor
            continue
        # Those that double make up for the zeros between pixels.
        expected = torch.outer(_TAPS, _TAPS) * (1.0 if "_down." in name else 4.0)
        if tensor.shape != expected.shape or not torch.allclose(tensor.float().cpu(), expected):
            raise WeightsError(
                f"expected {name!r} to be the filter of the released network: are these another "
                "model's weights?"
            )
    return kept


def _styled(theirs: str, ours: str) -> dict[str, str]:
    """Name a styled convolution: its weight, its style, its noise and its bias."""
    return {
        f"{theirs}.conv": f"{ours}.conv",
        f"{theirs}.conv.modulation": f"{ours}.conv.affine",
        f"{theirs}.noise": f"{ours}.noise",
        f"{theirs}.activate": ours,
    }


def _to_rgb(theirs: str, ours: str) -> dict[str, str]:
    return {
        theirs: ours,
        f"{theirs}.conv": f"{ours}.conv",
        f"{theirs}.conv.modulation": f"{ours}.conv.affine",
    }


def _encoder_names(sides: list[int]) -> dict[str, str]:
    """Name the encoder's layers; theirs keep a bias in the activation after the convolution."""
    names = {f"{_ENCODER}.4x4.Dense0": "encoder.whole"}
    for part in "01":
        names[f"{_ENCODER}.{sides[-1]}x{sides[-1]}_0.FromRGB.{part}"] = "encoder.stem"
        names[f"{_ENCODER}.4x4.Conv.{part}"] = f"encoder.keep.{len(sides) - 1}"
    for i, side in enumerate(reversed(sides[1:])):
        theirs = f"{_ENCODER}.{side}x{side}"
        names |= {f"{theirs}.Conv0.{part}": f"encoder.keep.{i}" for part in "01"}
        names |= {f"{theirs}.Conv1_down.{part}": f"encoder.down.{i}" for part in "12"}
    return names


def _names(sides: list[int]) -> dict[str, str]:
    names = {f"G_mapping.G_mapping.Dense{i}": f"mapping.{i}" for i in range(8)}
    names |= _encoder_names(sides)
    start = f"{_SYNTHESIS}.G_4x4"
    names[f"{start}.Dense"] = "start"
    names |= _styled(f"{start}.Conv", "start_styled") | _to_rgb(f"{start}.ToRGB", "start_rgb")
    for i, side in enumerate(sides[1:]):
        theirs, ours = f"{_SYNTHESIS}.G_{side}x{side}", f"blocks.{i}"
        names |= _styled(f"{theirs}.Conv0_up", f"{ours}.first")
        names |= _styled(f"{theirs}.Conv1", f"{ours}.second")
        names |= _to_rgb(f"{theirs}.ToRGB", f"{ours}.to_rgb")
    return names


@CONVERTERS.register("co_mod_gan-zengxianyu")
def from_zengxianyu(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Convert a generator's state dict, for `CoModGAN(resolution)` of the size that it holds.

    Raises:
        WeightsError: a filter that is not the released one, a tensor too many, a layer too few.
    """
    kept = _without_filters(unwrap(state))
    sides = sorted({int(found[1]) for name in kept if (found := _SIDE.match(name))}) or [4]
    converted = {}
    for name, tensor in rename(kept, _names(sides)).items():
        if name.endswith(_NOISE):
            name, tensor = f"{name.removesuffix(_NOISE)}.noise_strength", tensor.reshape(())
        elif name.endswith(".bias"):
            tensor = tensor.flatten()
        elif tensor.ndim == 5:  # one weight for all styles, with a dimension for the batch
            tensor = tensor.squeeze(0)
        if name.endswith(_DOUBLING):  # a transposed convolution turns its kernel, ours is upright
            tensor = tensor.flip((2, 3))
        converted[name] = tensor
    return converted
