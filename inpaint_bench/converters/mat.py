"""MAT weights of fenglinglwb/MAT (`G_ema` of its pickle, or the same as safetensors)."""

from __future__ import annotations

import re
from collections.abc import Mapping

import torch
from torch import Tensor

from inpaint_bench.converters._base import CONVERTERS, rename
from inpaint_bench.errors import WeightsError
from inpaint_bench.layers.masked_transformer import shift_mask

__all__ = ["from_fenglinglwb"]

_TAPS = torch.tensor([1.0, 3.0, 3.0, 1.0]) / 8.0
_DEPTHS = (2, 3, 4, 3, 2)
# Transformer stage -> side and window of the shifted masks that the reference stores.
_SHIFTED = {"0": (64, 8), "1": (32, 16), "3": (32, 16), "4": (64, 8)}
_SIDE = re.compile(r"synthesis\.dec\.Dec_(\d+)x")
_FIRST, _SECOND = "synthesis.first_stage", "synthesis"


def _without_constants(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Drop filters and shift masks, which our layers have built in, after looking at them."""
    kept = {}
    for name, tensor in state.items():
        if name.endswith(".resample_filter"):
            expected = torch.outer(_TAPS, _TAPS)
        elif found := re.fullmatch(rf"{_FIRST}\.tran\.([0134])\.blocks\.1\.attn_mask", name):
            side, window = _SHIFTED[found[1]]
            expected = shift_mask(side, window, window // 2)
        else:
            kept[name] = tensor
            continue
        if tensor.shape != expected.shape or not torch.allclose(tensor.float().cpu(), expected):
            raise WeightsError(
                f"expected {name!r} to be the constant of the released network: are these another "
                "model's weights?"
            )
    return kept


def _styled_names(theirs: str, ours: str) -> dict[str, str]:
    """Name a styled convolution: its weight, its style, and what it adds."""
    parts = ("", ".conv", ".conv.affine")
    return {f"{theirs}{part}": f"{ours}{part}" for part in parts}


def _block_names(theirs: str, ours: str) -> dict[str, str]:
    """Name two styled convolutions and their picture."""
    names: dict[str, str] = {}
    for a, b in (("conv0", "first"), ("conv1", "second"), ("toRGB", "to_rgb")):
        names |= _styled_names(f"{theirs}.{a}", f"{ours}.{b}")
    return names


def _first_names(halvings: int) -> dict[str, str]:
    names = {f"{_FIRST}.conv_first.conv": "first.stem.conv"}
    for i in range(halvings):
        names[f"{_FIRST}.enc_conv.{i}.conv"] = f"first.down.{i}.conv"
        names |= _block_names(f"{_FIRST}.dec_conv.{i}", f"first.up.{i}")
    for i, depth in enumerate(_DEPTHS):
        theirs, ours = f"{_FIRST}.tran.{i}", f"first.stages.{i}"
        if i:
            names[f"{theirs}.downsample.conv.conv"] = f"{ours}.resample.conv"
        for j in range(depth):
            for layer in "qkv":
                names[f"{theirs}.blocks.{j}.attn.{layer}"] = f"{ours}.blocks.{j}.attention.{layer}"
            names[f"{theirs}.blocks.{j}.attn.proj"] = f"{ours}.blocks.{j}.attention.proj"
            names[f"{theirs}.blocks.{j}.fuse"] = f"{ours}.blocks.{j}.fuse"
            names[f"{theirs}.blocks.{j}.mlp.fc1"] = f"{ours}.blocks.{j}.mlp.0"
            names[f"{theirs}.blocks.{j}.mlp.fc2"] = f"{ours}.blocks.{j}.mlp.1"
        names[f"{theirs}.conv.conv"] = f"{ours}.conv.conv"
    for i in range(4):
        names[f"{_FIRST}.down_conv.{i}"] = f"first.to_global.{i}"
    return names | {
        f"{_FIRST}.to_style": "first.global_style",
        f"{_FIRST}.ws_style": "first.latent_style",
        f"{_FIRST}.to_square": "first.latent_map",
    }


def _second_names(sides: list[int]) -> dict[str, str]:
    names = {
        f"{_SECOND}.to_square": "second.latent_map",
        f"{_SECOND}.to_style.fc": "second.global_style",
        f"{_SECOND}.dec.Dec_16x16.conv0": "second.start",
    }
    for i in range(3):
        names[f"{_SECOND}.to_style.conv.{i}"] = f"second.to_global.{i}"
    for i, side in enumerate(reversed(sides)):
        for j in (0, 1):
            theirs = f"{_SECOND}.enc.EncConv_Block_{side}x{side}.conv{j}"
            names[theirs] = f"second.encoder.{i}.{j}"
    start = f"{_SECOND}.dec.Dec_16x16"
    names |= _styled_names(f"{start}.conv1", "second.start_styled")
    names |= _styled_names(f"{start}.toRGB", "second.start_rgb")
    for i, side in enumerate(sides[1:]):
        names |= _block_names(f"{_SECOND}.dec.Dec_{side}x{side}", f"second.decoder.{i}")
    return names


def _no_noise(sides: list[int]) -> dict[str, Tensor]:
    """Give noise of strength 0, for files that leave the noise out."""
    layers = [("second.start_styled", sides[0])]
    for i, side in enumerate(sides[1:]):
        layers += [(f"second.decoder.{i}.{order}", side) for order in ("first", "second")]
    noise = {f"{layer}.noise_const": torch.zeros(side, side) for layer, side in layers}
    return noise | {f"{layer}.noise_strength": torch.zeros(()) for layer, _ in layers}


@CONVERTERS.register("mat-fenglinglwb")
def from_fenglinglwb(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Convert a generator's state dict, for `MAT(resolution)` of the size that it holds.

    The half-precision file on the Hub holds no noise; its layers get noise of strength 0.

    Raises:
        WeightsError: a constant that is not the released one, a tensor too many, a layer too few.
    """
    kept = _without_constants(state)
    sides = sorted({int(found[1]) for name in kept if (found := _SIDE.match(name))})
    halvings = len(sides) - 3  # from the largest side to 64
    names = _first_names(max(halvings, 0)) | _second_names(sides)
    names["mapping"] = "mapping"
    names |= {f"mapping.fc{i}": f"mapping.layers.{i}" for i in range(8)}
    renamed = rename(kept, names)
    if not any(name.endswith("noise_strength") for name in renamed):
        renamed |= _no_noise(sides)
    # One weight a style, which the reference keeps with a dimension for the batch.
    return {
        name: tensor.squeeze(0) if tensor.ndim == 5 and tensor.shape[0] == 1 else tensor
        for name, tensor in renamed.items()
    }
