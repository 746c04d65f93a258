"""DeepFill v1 weights of daa233/generative-inpainting-pytorch, and of OpenMMLab."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from inpaint_bench.converters._base import CONVERTERS, rename
from inpaint_bench.converters._openmmlab import generator_of, swap_inputs, swap_outputs
from inpaint_bench.errors import WeightsError

__all__ = ["from_daa233", "from_openmmlab"]

_FUSE = "stage2.contextual_attention_neck.contextual_attention.fuse_kernel"
_FIRST = ("coarse.0", "refinement.hallucination.0", "refinement.matching.0")
_LAST = ("coarse.16", "refinement.decoder.6")


def _daa233_names() -> dict[str, str]:
    def numbered(prefix: str, first: int, last: int) -> list[str]:
        kinds = {2: "_downsample", 4: "_downsample"} | dict.fromkeys((7, 8, 9, 10), "_atrous")
        if prefix == "pmconv":
            kinds = {2: "_downsample", 4: "_downsample"}
        return [f"{prefix}{i}{kinds.get(i, '')}" for i in range(first, last + 1)]

    parts = {
        "coarse": ("coarse_generator", numbered("conv", 1, 17)),
        "refinement.hallucination": ("fine_generator", numbered("conv", 1, 10)),
        "refinement.matching": ("fine_generator", numbered("pmconv", 1, 6)),
        "refinement.attended": ("fine_generator", numbered("pmconv", 9, 10)),
        "refinement.decoder": ("fine_generator", numbered("allconv", 11, 17)),
    }
    return {
        f"{theirs}.{layer}.conv": f"{ours}.{i}.conv"
        for ours, (theirs, layers) in parts.items()
        for i, layer in enumerate(layers)
    }


def _openmmlab_names() -> dict[str, str]:
    def encoder(name: str) -> list[str]:
        return [f"{name}.enc{i}" for i in range(1, 7)]

    dilated = [f"dilation_neck.dilation_convs.{i}" for i in range(4)]
    decoder = [f"decoder.dec{i}" for i in range(1, 8)]
    attended = [f"contextual_attention_neck.conv{i}" for i in (1, 2)]
    parts = {
        "coarse": ("stage1", encoder("encoder") + dilated + decoder),
        "refinement.hallucination": ("stage2", encoder("encoder_conv") + dilated),
        "refinement.matching": ("stage2", encoder("encoder_attention")),
        "refinement.attended": ("stage2", attended),
        "refinement.decoder": ("stage2", decoder),
    }
    return {
        f"{theirs}.{layer}.conv": f"{ours}.{i}.conv"
        for ours, (theirs, layers) in parts.items()
        for i, layer in enumerate(layers)
    }


@CONVERTERS.register("deepfill_v1-daa233")
def from_daa233(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Convert the generator's state dict, for `DeepFillV1()`."""
    return rename(state, _daa233_names())


@CONVERTERS.register("deepfill_v1-mmediting")
def from_openmmlab(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Convert `deepfillv1_*.pth`, for `DeepFillV1(openmmlab=True)`; drops critic and fuse kernel.

    The network was trained on blue, green, red; its first and last layers are reordered.
    """
    network = generator_of(state)
    kernel = network.pop(_FUSE, None)
    if kernel is not None and not torch.equal(kernel.float().cpu(), torch.eye(3).view(1, 1, 3, 3)):
        raise WeightsError(f"expected {_FUSE!r} to be the identity kernel")
    converted = rename(network, _openmmlab_names())
    for layer in _FIRST:
        name = f"{layer}.conv.weight"
        converted[name] = swap_inputs(converted[name])
    for layer in _LAST:
        for leaf in ("weight", "bias"):
            name = f"{layer}.conv.{leaf}"
            converted[name] = swap_outputs(converted[name])
    return converted
