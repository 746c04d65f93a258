"""DeepGIN weights of rlct1/gin, the authors' code (`ImageTinker2`)."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from inpaint_bench.converters._base import CONVERTERS, rename
from inpaint_bench.errors import WeightsError

__all__ = ["from_rlct1"]

_PARTS = ("theta", "phi", "g")  # queries, keys, values


def _block(theirs: str, ours: str, branches: int) -> dict[str, str]:
    names = {f"{theirs}.branch{i + 1}.conv": f"{ours}.branches.{i}" for i in range(branches)}
    return names | {f"{theirs}.fusion{branches + 1}.conv": f"{ours}.fuse"}


def _coarse_names() -> dict[str, str]:
    """Their one sequence also counts paddings, activations and up-sampling."""
    names = {f"lr_coarse_tinker.{1 + 3 * i}": f"coarse.{i}.0" for i in range(4)}
    for i in range(6):
        names |= _block(f"lr_coarse_tinker.{12 + i}", f"coarse.{4 + i}", 8)
    names |= {f"lr_coarse_tinker.{20 + 4 * i}": f"coarse.{10 + i}.1" for i in range(3)}
    return names | {"lr_coarse_tinker.31": "coarse.13"}


def _names() -> dict[str, str]:
    names = {f"r_en_conv{i + 1}": f"encoder.{i}.0" for i in range(5)}
    for i, theirs in enumerate((1, 2, 5)):
        names |= _block(f"r_md_mres{theirs}", f"before.{i}", 4)
    for i, theirs in enumerate((3, 4, 6)):
        names |= _block(f"r_md_mres{theirs}", f"after.{i}", 4)
    names |= {f"r_de_conv{i + 1}": f"decoder.{i}.1" for i in range(4)}
    names["r_de_conv5"] = "to_rgb"
    for i, level in enumerate((4, 3)):
        names[f"r_en_skp_conv{level}"] = f"skips.{i}.reduce.0"
        names[f"r_de_mix_conv{i + 1}"] = f"skips.{i}.mix.0"
    places = {"r_md_satn1": "attention"}
    places |= {"r_de_satn2": "skips.0.attention", "r_de_satn3": "skips.1.attention"}
    for theirs, ours in places.items():
        names[f"{theirs}.W"] = f"{ours}.out"
        names |= {f"{theirs}.{part}": f"{ours}.project.{part}" for part in _PARTS}
    names["r_de_conv2_lr"] = "back_projection.low.0.0"
    names["r_de_conv3_lr"] = "back_projection.low.1"
    names["r_de_conv5_lr_alpha"] = "back_projection.weight"
    return _coarse_names() | {old: f"refinement.{new}" for old, new in names.items()}


@CONVERTERS.register("deepgin-rlct1")
def from_rlct1(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Convert `latest_net_G.pth`, for `DeepGIN()`; joins each attention's three projections."""
    converted = rename(state, _names())
    joined: dict[str, list[Tensor]] = {}
    for place in ("attention", "skips.0.attention", "skips.1.attention"):
        for leaf in ("weight", "bias"):
            whole = f"refinement.{place}.project"
            parts = [f"{whole}.{part}.{leaf}" for part in _PARTS]
            missing = [part for part in parts if part not in converted]
            if missing:
                raise WeightsError(f"these weights lack {', '.join(missing)}")
            joined[f"{whole}.{leaf}"] = [converted.pop(part) for part in parts]
    return converted | {name: torch.cat(parts) for name, parts in joined.items()}
