"""RegionWise weights of vickyFox/Region-wise-Inpainting, by the names of its TensorFlow graph.

The release is a TensorFlow checkpoint, which only TensorFlow reads: a person saves its variables
as safetensors first, under their names.
"""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

from inpaint_bench.converters._base import CONVERTERS, rename
from inpaint_bench.errors import WeightsError

__all__ = ["from_vickyfox"]

_FIRST, _SECOND = "inpaint_net/", "inpaint_net_1/"
_LEAVES = {"kernel": "weight", "bias": "bias"}
_STRANGERS = ("discriminator/", "global_step", "beta1_power", "beta2_power")


def _encoder_names(theirs: str, ours: str) -> dict[str, str]:
    down = ("conv1", "conv2_downsample", "conv3", "conv4_downsample", "conv5", "conv6")
    names = {f"{theirs}{name}_1": f"{ours}.down.{i}.conv" for i, name in enumerate(down)}
    names |= {f"{theirs}conv{7 + i}_atrous_1": f"{ours}.dilated.{i}.conv" for i in range(4)}
    return names | {f"{theirs}conv{11 + i}_1": f"{ours}.join.{i}.conv" for i in range(2)}


def _names() -> dict[str, str]:
    names = _encoder_names(_FIRST, "inference.encoder")
    names |= _encoder_names(_SECOND, "perception.encoder")
    for i, name in enumerate(("com_13_fusion_1", "com_14_fusion", "com_15_fusion_1")):
        names[f"{_FIRST}{name}"] = f"inference.up.{i}.conv"
    for i in range(3):
        names[f"{_FIRST}conv{16 + i}_1"] = f"inference.last.{i}.conv"
    for i, name in enumerate(("conv13_upsample", "conv14", "conv15_upsample", "conv16")):
        names[f"{_SECOND}{name}_1"] = f"perception.up.{i}.conv"
    return names | {f"{_SECOND}conv17_1": "perception.last.conv"}


@CONVERTERS.register("region_wise-vickyfox")
def from_vickyfox(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Convert the variables of its graph, for `RegionWise()`.

    Args:
        state: variables by name, "inpaint_net/conv1_1/kernel"; those of the discriminator and
            of optimisers are left out.

    Raises:
        WeightsError: a variable too many, or a layer without one.
    """
    kept = {}
    for name, tensor in state.items():
        layer, _, leaf = name.rpartition("/")
        if name.startswith(_STRANGERS) or leaf.startswith("Adam"):
            continue
        if leaf not in _LEAVES:
            raise WeightsError(f"unexpected tensor {name!r}: are these another model's weights?")
        # height x width x in x out, as TensorFlow keeps kernels
        turned = tensor.permute(3, 2, 0, 1).contiguous() if tensor.ndim == 4 else tensor
        kept[f"{layer}.{_LEAVES[leaf]}"] = turned
    return rename(kept, _names())
