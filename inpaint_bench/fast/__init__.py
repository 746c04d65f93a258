"""The fast path: the same network, prepared for inference on a processor.

Channels last, norms folded, 3x3 convolutions by Winograd's algorithm in float32, and in bfloat16
where the result then stays within 2/255 of float32 at every pixel. Where that is was measured for
each architecture (`docs/speed.md`). The benchmark measures quality on the plain path; the app
takes this one.
"""

from __future__ import annotations

import copy
from typing import TypeVar

import torch
from torch import nn

from inpaint_bench.fast.convolutions import Bfloat16Conv2d, NarrowConv2d, is_narrow
from inpaint_bench.fast.doubling import merge_doublings
from inpaint_bench.fast.folding import fold_norms
from inpaint_bench.fast.winograd import WinogradConv2d, pays_off
from inpaint_bench.models import MODELS
from inpaint_bench.models._base import Inpainter

__all__ = ["BFLOAT16", "UNCHANGED", "has_bfloat16", "prepare"]

Model = TypeVar("Model", bound=Inpainter)

# The part of a network that bears bfloat16. All others are further off than 2/255 with it, most
# of all those that choose patches to copy or standardise a gate; Global & Local by 2.4/255.
BFLOAT16 = {"lama": "blocks"}
# Kernels that depend on the picture: nothing to prepare, or nothing won.
UNCHANGED = frozenset(("co_mod_gan", "madf"))


def has_bfloat16() -> bool:
    """Tell whether this machine's processor multiplies bfloat16 faster than float32."""
    supported = getattr(torch.cpu, "_is_avx512_bf16_supported", None)
    return bool(supported and supported())


def prepare(model: Model) -> Model:
    """Return a copy of a model for fast inference on a processor.

    It takes and gives what the model does. A classical method, an architecture from elsewhere,
    and a network on another device come back as they are.

    Args:
        model: in evaluation mode, with its weights; it is not changed.
    """
    architecture = _architecture(model)
    if not architecture or architecture in UNCHANGED or _device_type(model) != "cpu":
        return model
    fast = copy.deepcopy(model).eval().requires_grad_(False)
    fold_norms(fast)
    merge_doublings(fast)
    fast.to(memory_format=torch.channels_last)
    for name, child in list(fast.named_children()):
        rounded = has_bfloat16() and name == BFLOAT16.get(architecture)
        setattr(fast, name, _faster(child, rounded))
        for parent in list(child.modules()):
            for inner, module in list(parent.named_children()):
                setattr(parent, inner, _faster(module, rounded))
    return fast


def _faster(module: nn.Module, rounded: bool) -> nn.Module:
    """Return what computes the same as a convolution, and anything else as it is."""
    # Exactly this type: what is derived from it computes something else.
    if type(module) is not nn.Conv2d:
        return module
    if is_narrow(module):  # pictures: the last rounding would be the largest
        return NarrowConv2d(module)
    if rounded:
        return Bfloat16Conv2d(module)
    return WinogradConv2d(module) if pays_off(module) else module


def _architecture(model: Inpainter) -> str:
    """Return the name of a network of this package, of which all layers are known; "" if none."""
    kind = type(model)
    if not (isinstance(model, nn.Module) and kind.__module__.startswith("inpaint_bench.models.")):
        return ""
    return next((name for name in MODELS if MODELS[name] is kind), "")


def _device_type(model: nn.Module) -> str:
    return next((p.device.type for p in model.parameters()), "cpu")
