"""NVIDIA's PartialConv2d, whose convolution has no name of its own."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

from inpaint_bench.converters._base import CONVERTERS
from inpaint_bench.errors import WeightsError

__all__ = ["from_nvidia"]


@CONVERTERS.register("partial_conv-nvidia")
def from_nvidia(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Convert the state dict of one layer of NVIDIA/partialconv."""
    if not {"weight"} <= set(state) <= {"weight", "bias"}:
        raise WeightsError(f"expected weight and bias, got {', '.join(sorted(state))}")
    return {"conv.weight" if name == "weight" else name: tensor for name, tensor in state.items()}
