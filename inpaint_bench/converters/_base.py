"""What every converter shares: the registry, a check of names, renaming without leftovers."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from torch import Tensor

from inpaint_bench._registry import Registry
from inpaint_bench.errors import WeightsError

__all__ = ["CONVERTERS", "Converter", "check_names", "rename"]

Converter = Callable[[Mapping[str, Tensor]], dict[str, Tensor]]
CONVERTERS: Registry[Converter] = Registry("converter")


def check_names(state: Mapping) -> None:
    """Raise unless what a checkpoint holds goes by names.

    Raises:
        WeightsError: a key is no text.
    """
    for name in state:
        if not isinstance(name, str):
            raise WeightsError(
                f"expected tensors by name, got the key {str(name)[:40]!r} of type "
                f"{type(name).__name__}: are these another model's weights?"
            )


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
