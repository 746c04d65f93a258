"""Global & Local weights of otenim/GLCIC-PyTorch, and of OpenMMLab."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

from inpaint_bench.converters._base import CONVERTERS, rename
from inpaint_bench.converters._openmmlab import generator_of, swap_inputs, swap_outputs

__all__ = ["from_openmmlab", "from_otenim"]

_PARALLEL = "module."
_TRANSPOSED = (13, 15)


@CONVERTERS.register("global_local-otenim")
def from_otenim(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Convert a `CompletionNetwork`, saved plain or by `DataParallel`, for `GlobalLocal(mean=...)`.

    The mean colour is not in the file but in the training's own record (`mpv`).
    """
    plain = {name.removeprefix(_PARALLEL): tensor for name, tensor in state.items()}
    names = {"conv17": "last"}
    for i in range(1, 17):
        kind = "deconv" if i in _TRANSPOSED else "conv"
        names[f"{kind}{i}"] = f"blocks.{i - 1}.conv"
        names[f"bn{i}"] = f"blocks.{i - 1}.norm"
    return rename(plain, names)


@CONVERTERS.register("global_local-mmediting")
def from_openmmlab(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Convert `gl_256x256_*.pth`, for `GlobalLocal(mean=(0.5, 0.5, 0.5), openmmlab=True)`.

    Drops the critics. The network was trained on blue, green, red; its first and last layer are
    reordered.
    """
    layers = [f"encoder.enc{i}" for i in range(1, 7)]
    layers += [f"dilation_neck.dilation_convs.{i}" for i in range(4)]
    layers += [f"decoder.dec{i}" for i in range(1, 7)]
    names = {"decoder.dec7.conv": "last"}
    for i, layer in enumerate(layers):
        names[f"{layer}.conv"] = f"blocks.{i}.conv"
        names[f"{layer}.bn"] = f"blocks.{i}.norm"
    converted = rename(generator_of(state), names)
    first = "blocks.0.conv.weight"
    converted[first] = swap_inputs(converted[first])
    for leaf in ("weight", "bias"):
        converted[f"last.{leaf}"] = swap_outputs(converted[f"last.{leaf}"])
    return converted
