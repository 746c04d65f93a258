"""DeepFill v2 weights of nipponjo/deepfillv2-pytorch: the authors', and the fine-tuned ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import torch
from torch import Tensor

from inpaint_bench.converters._base import CONVERTERS, rename
from inpaint_bench.errors import WeightsError

__all__ = ["from_pytorch", "from_tensorflow"]

_FUSE = "stage2.contextual_attention.fuse_weight"


def _pair(theirs: list[str], ours: str) -> Iterator[tuple[str, str]]:
    """Number the reference's layers as our `nn.Sequential` does; the last may be a plain one."""
    for i, name in enumerate(theirs):
        leaf = "" if name.startswith(("conv17", "allconv17")) or "to_rgb" in name else ".conv"
        yield f"{name}.conv", f"{ours}.{i}{leaf}"


def _tensorflow_names() -> dict[str, str]:
    def numbered(prefix: str, first: int, last: int) -> list[str]:
        kinds = {2: "_downsample", 4: "_downsample", 13: "_upsample.conv", 15: "_upsample.conv"}
        kinds |= dict.fromkeys((7, 8, 9, 10), "_atrous") if prefix != "pmconv" else {}
        return [f"{prefix}{i}{kinds.get(i, '')}" for i in range(first, last + 1)]

    return dict(
        [
            *_pair(numbered("conv", 1, 17), "coarse"),
            *_pair(numbered("xconv", 1, 10), "refinement.hallucination"),
            *_pair(numbered("pmconv", 1, 6), "refinement.matching"),
            *_pair(numbered("pmconv", 9, 10), "refinement.attended"),
            *_pair(numbered("allconv", 11, 17), "refinement.decoder"),
        ]
    )


def _pytorch_names() -> dict[str, str]:
    def encoder(prefix: str) -> list[str]:
        layers = ("conv1_downsample", "conv2")
        blocks = [f"{prefix}down_block{i}.{layer}" for i in (1, 2) for layer in layers]
        return [f"{prefix}conv1", *blocks]

    def bottleneck(prefix: str, first: int, last: int) -> list[str]:
        return [f"{prefix}conv_bn{i}" for i in range(first, last + 1)]

    def decoder(prefix: str) -> list[str]:
        layers = ("conv1_upsample.conv", "conv2")
        blocks = [f"{prefix}up_block{i}.{layer}" for i in (1, 2) for layer in layers]
        return [*bottleneck(prefix, 6, 7), *blocks, f"{prefix}conv_to_rgb"]

    coarse, first, second = "stage1.", "stage2.conv_", "stage2.ca_"
    return dict(
        [
            *_pair(encoder(coarse) + bottleneck(coarse, 1, 5) + decoder(coarse), "coarse"),
            *_pair(encoder(first) + bottleneck(first, 1, 5), "refinement.hallucination"),
            *_pair(encoder(second) + bottleneck(second, 1, 1), "refinement.matching"),
            *_pair(bottleneck(second, 4, 5), "refinement.attended"),
            *_pair(decoder("stage2."), "refinement.decoder"),
        ]
    )


@CONVERTERS.register("deepfill_v2-tensorflow")
def from_tensorflow(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Convert `states_tf_*.pth` (entry G), for `DeepFillV2(tensorflow=True, fuse=False)`."""
    return rename(state, _tensorflow_names())


@CONVERTERS.register("deepfill_v2-pytorch")
def from_pytorch(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Convert `states_pt_*.pth` (entry G), for `DeepFillV2()`; drops the constant fuse kernel."""
    state = dict(state)
    kernel = state.pop(_FUSE, None)
    if kernel is not None and not torch.equal(kernel.float().cpu(), torch.eye(3).view(1, 1, 3, 3)):
        raise WeightsError(f"expected {_FUSE!r} to be the identity kernel")
    return rename(state, _pytorch_names())
