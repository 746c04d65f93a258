"""Every architecture, classical or learned, by name: importing this fills `MODELS`."""

from inpaint_bench.models import (
    biharmonic,
    deepfill_v2,
    mean_colour,
    navier_stokes,
    patchmatch,
    pconv_unet,
    telea,
)
from inpaint_bench.models._base import MODELS, Inpainter, LearnedInpainter

__all__ = [
    "MODELS",
    "Inpainter",
    "LearnedInpainter",
    "biharmonic",
    "deepfill_v2",
    "mean_colour",
    "navier_stokes",
    "patchmatch",
    "pconv_unet",
    "telea",
]
