"""What every converter shares: the registry, and renaming that refuses leftovers."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from torch import Tensor

from inpaint_bench._registry import Registry
from inpaint_bench.errors import WeightsError

__all__ = ["CONVERTERS", "Converter", "rename"]

Converter = Callable[[Mapping[str, Tensor]], dict[str, Tensor]]
CONVERTERS: Registry[Converter] = Registry("converter")


def rename(state: Mapping[str, Tensor], names: Mapping[str, str]) -> dict[str, Tensor]:
    """Return `state` under our names.

    Args:
        state: the reference's tensors by the reference's names.
        names: for every layer, the reference's prefix -> ours; both end where `.weight`,
            `.bias` or a statistic begins.

    Raises:
        WeightsError: a tensor whose layer is not in `names`, or a layer without a tensor.
    """
    renamed, used = {}, set()
    for name, tensor in state.items():
        layer, _, leaf = name.rpartition(".")
        if layer not in names:
            raise WeightsError(f"unexpected tensor {name!r}: are these another model's weights?")
        used.add(layer)
        renamed[f"{names[layer]}.{leaf}".lstrip(".")] = tensor
    missing = sorted(set(names) - used)
    if missing:
        raise WeightsError(f"these weights lack the layers {', '.join(missing)}")
    return renamed
