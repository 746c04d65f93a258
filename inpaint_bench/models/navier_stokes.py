"""Fluid-dynamics inpainting, as OpenCV implements it."""

from __future__ import annotations

import cv2

from inpaint_bench.models._base import MODELS
from inpaint_bench.models._opencv import OpenCVInpainter
from inpaint_bench.types import Traits

__all__ = ["NavierStokes"]


@MODELS.register("navier_stokes")
class NavierStokes(OpenCVInpainter):
    """Continues lines of equal brightness into the hole."""

    traits = Traits(
        title="Navier-Stokes",
        family="classical",
        paper="Bertalmio, Bertozzi and Sapiro 2001, Navier-Stokes, Fluid Dynamics, and Image "
        "and Video Inpainting",
        oversize="whole",
    )
    method = cv2.INPAINT_NS
