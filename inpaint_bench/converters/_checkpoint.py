"""What training leaves around and inside a state dict: wrappers, prefixes, spectral norms."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor

from inpaint_bench.converters._base import check_names
from inpaint_bench.errors import WeightsError

__all__ = ["fold_spectral", "pick_file", "state_of", "unwrap"]

_PARALLEL = "module."


def state_of(checkpoint: Mapping, entry: str) -> Mapping:
    """Return the mapping under `entry`, or, where there is none, the checkpoint itself.

    Raises:
        WeightsError: a key in it is no text.
    """
    inner = checkpoint.get(entry)
    state = inner if isinstance(inner, Mapping) else checkpoint
    check_names(state)
    return state


def unwrap(state: Mapping, entry: str = "") -> dict[str, Tensor]:
    """Return the tensors of a checkpoint.

    Args:
        state: a state dict, or a checkpoint that holds one under `entry` beside other things.
        entry: its key.

    Returns:
        The state dict, without the prefix that a training on several GPUs leaves.

    Raises:
        WeightsError: something in it is no tensor, or has no name.
    """
    state = state_of(state, entry)
    for name, value in state.items():
        if not isinstance(value, Tensor):
            wanted = f" or an entry {entry!r}" if entry else ""
            raise WeightsError(
                f"expected tensors{wanted} in these weights, got {type(value).__name__} "
                f"under {name!r}: are these another model's weights?"
            )
    if state and all(name.startswith(_PARALLEL) for name in state):
        return {name[len(_PARALLEL) :]: value for name, value in state.items()}
    return dict(state)


def pick_file(files: Mapping[str, Mapping], part: str) -> Mapping:
    """Return what the one file holds whose name contains `part`, in whatever case.

    Raises:
        WeightsError: no file's name does, or several do.
    """
    found = [name for name in files if part.lower() in name.lower()]
    if len(found) != 1 or not isinstance(files[found[0]], Mapping):
        raise WeightsError(
            f"expected one file with {part!r} in its name among those of this model, "
            f"got {', '.join(map(str, files)) or 'none'}: give all files of the release"
        )
    return files[found[0]]


def fold_spectral(
    state: Mapping[str, Tensor],
    weight: str,
    *,
    dim: Callable[[str], int],
    iterate: bool = False,
) -> dict[str, Tensor]:
    """Replace spectrally normalised weights by the weights that the network computes with.

    Args:
        state: tensors by name; for every `<layer>.<weight>` also `<layer>.weight_u` and
            `<layer>.weight_v`, the singular vectors.
        weight: what the weight before normalisation is called, "weight_orig".
        dim: for a layer, the dimension of its weight that counts the rows of the matrix.
        iterate: take one step of the power iteration first, for references that take one in
            every pass, in evaluation too.

    Returns:
        The same tensors with `<layer>.weight` in place of the three.

    Raises:
        WeightsError: a vector is missing, has another length, or belongs to no weight.
    """
    folded = dict(state)
    for name in [name for name in state if name.rpartition(".")[2] == weight]:
        layer = name.rpartition(".")[0]
        u, v = (_vector(folded, f"{layer}.weight_{part}") for part in "uv")
        bare = folded.pop(name).double()
        matrix = bare.movedim(dim(layer), 0).flatten(1)
        if (len(u), len(v)) != tuple(matrix.shape):
            raise WeightsError(
                f"expected singular vectors of {tuple(matrix.shape)} for {name!r}, "
                f"got {(len(u), len(v))}"
            )
        if iterate:
            v = torch.nn.functional.normalize(matrix.T @ u, dim=0, eps=1e-12)
            u = torch.nn.functional.normalize(matrix @ v, dim=0, eps=1e-12)
        folded[f"{layer}.weight"] = (bare / (u @ matrix @ v)).to(state[name].dtype)
    for name in folded:
        if name.endswith(("weight_u", "weight_v")):
            raise WeightsError(f"unexpected tensor {name!r}: its layer has no {weight!r}")
    return folded


def _vector(state: dict[str, Tensor], name: str) -> Tensor:
    if name not in state:
        raise WeightsError(f"these weights lack the singular vector {name!r}")
    return state.pop(name).double()
