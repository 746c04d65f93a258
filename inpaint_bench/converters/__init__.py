"""Reference state dicts -> ours: one file an architecture, every name accounted for."""

from __future__ import annotations

from inpaint_bench.converters import deepfill_v2 as _deepfill_v2
from inpaint_bench.converters import partial_conv as _partial_conv
from inpaint_bench.converters import pconv_unet as _pconv_unet
from inpaint_bench.converters._base import CONVERTERS, rename

__all__ = ["CONVERTERS", "rename"]
_ = (_deepfill_v2, _partial_conv, _pconv_unet)
