"""What OpenMMLab's checkpoints of inpainting networks share.

A checkpoint holds the network under `generator.` beside its critic and the optimiser. Its
pictures were read as blue, green, red.
"""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

from inpaint_bench.converters._checkpoint import state_of
from inpaint_bench.errors import WeightsError

__all__ = ["generator_of", "swap_inputs", "swap_outputs"]

_PREFIX = "generator."
_CRITIC = "disc."


def generator_of(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the network's tensors without the prefix; the critic's are left out.

    Raises:
        WeightsError: there is no such network, or a tensor that belongs to neither.
    """
    inner = state_of(state, "state_dict")
    others = [name for name in inner if not name.startswith((_PREFIX, _CRITIC))]
    if others:
        raise WeightsError(f"unexpected tensor {others[0]!r}: are these another model's weights?")
    network = {
        name.removeprefix(_PREFIX): t for name, t in inner.items() if name.startswith(_PREFIX)
    }
    if not network:
        raise WeightsError(f"expected tensors named {_PREFIX}..., got only those of a critic")
    return network


def swap_inputs(weight: Tensor) -> Tensor:
    """Return a convolution's OxIxKxK weight for pictures as red, green, blue.

    The first three inputs are the picture's.
    """
    return weight[:, [2, 1, 0, *range(3, weight.shape[1])]]


def swap_outputs(tensor: Tensor) -> Tensor:
    """Return a last layer's 3x... weight or bias for pictures as red, green, blue."""
    return tensor[[2, 1, 0]]
