"""EdgeConnect weights of knazeri/edge-connect: two files, one for each network."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

from inpaint_bench.converters._base import CONVERTERS, rename
from inpaint_bench.converters._checkpoint import fold_spectral, pick_file, unwrap

__all__ = ["from_both", "from_edge", "from_inpaint"]

_TRANSPOSED = ("decoder.0", "decoder.3")


def _names(state: Mapping[str, Tensor]) -> dict[str, str]:
    """Name every layer; theirs are numbered with paddings, norms and activations."""
    names = {
        "encoder.1": "encoder.0.conv",
        "encoder.4": "encoder.1.conv",
        "encoder.7": "encoder.2.conv",
        "decoder.0": "decoder.0.conv",
        "decoder.3": "decoder.1.conv",
        "decoder.7": "head",
    }
    for i in range(len({name.split(".")[1] for name in state if name.startswith("middle.")})):
        names[f"middle.{i}.conv_block.1"] = f"middle.{i}.first.conv"
        names[f"middle.{i}.conv_block.5"] = f"middle.{i}.second.conv"
    return names


@CONVERTERS.register("edge_connect-inpaint")
def from_inpaint(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Convert `InpaintingModel_gen.pth`, for `EdgeConnect().picture`."""
    bare = unwrap(state, "generator")
    return rename(bare, _names(bare))


@CONVERTERS.register("edge_connect-edge")
def from_edge(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Convert `EdgeModel_gen.pth`, for `EdgeConnect().edges`; its spectral norms are folded in."""
    bare = unwrap(state, "generator")
    plain = fold_spectral(bare, "weight_orig", dim=lambda layer: 1 if layer in _TRANSPOSED else 0)
    return rename(plain, _names(plain))


@CONVERTERS.register("edge_connect-knazeri")
def from_both(files: Mapping[str, Mapping]) -> dict[str, Tensor]:
    """Convert both files of a release, for `EdgeConnect()`.

    Args:
        files: what each file holds, by its name: `EdgeModel_gen.pth`, `InpaintingModel_gen.pth`.

    Raises:
        WeightsError: a file is missing, or a tensor of one is unexpected or missing.
    """
    edges = from_edge(pick_file(files, "EdgeModel"))
    picture = from_inpaint(pick_file(files, "InpaintingModel"))
    return {
        **{f"edges.{name}": tensor for name, tensor in edges.items()},
        **{f"picture.{name}": tensor for name, tensor in picture.items()},
    }
