"""Reference state dicts -> ours: one file an architecture, every name accounted for."""

from __future__ import annotations

from inpaint_bench.converters import aot_gan as _aot_gan
from inpaint_bench.converters import co_mod_gan as _co_mod_gan
from inpaint_bench.converters import deepfill_v1 as _deepfill_v1
from inpaint_bench.converters import deepfill_v2 as _deepfill_v2
from inpaint_bench.converters import deepgin as _deepgin
from inpaint_bench.converters import edge_connect as _edge_connect
from inpaint_bench.converters import global_local as _global_local
from inpaint_bench.converters import lama as _lama
from inpaint_bench.converters import madf as _madf
from inpaint_bench.converters import mat as _mat
from inpaint_bench.converters import mi_gan as _mi_gan
from inpaint_bench.converters import partial_conv as _partial_conv
from inpaint_bench.converters import pconv_unet as _pconv_unet
from inpaint_bench.converters import pluralistic as _pluralistic
from inpaint_bench.converters import recurrent_sobel as _recurrent_sobel
from inpaint_bench.converters import region_norm as _region_norm
from inpaint_bench.converters import region_wise as _region_wise
from inpaint_bench.converters._base import CONVERTERS, check_names, rename

__all__ = ["CONVERTERS", "check_names", "rename"]
_ = (
    _aot_gan,
    _co_mod_gan,
    _deepfill_v1,
    _deepfill_v2,
    _deepgin,
    _edge_connect,
    _global_local,
    _lama,
    _madf,
    _mat,
    _mi_gan,
    _partial_conv,
    _pconv_unet,
    _pluralistic,
    _recurrent_sobel,
    _region_norm,
    _region_wise,
)
