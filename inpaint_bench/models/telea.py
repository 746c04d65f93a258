"""Telea's fast marching method, as OpenCV implements it."""

from __future__ import annotations

import cv2

from inpaint_bench.models._base import MODELS
from inpaint_bench.models._opencv import OpenCVInpainter
from inpaint_bench.types import Traits

__all__ = ["Telea"]


@MODELS.register("telea")
class Telea(OpenCVInpainter):
    """Walks into the hole by distance; each pixel is a weighted mean of known neighbours."""

    traits = Traits(
        title="Telea",
        family="classical",
        paper="Telea 2004, An Image Inpainting Technique Based on the Fast Marching Method",
        oversize="whole",
    )
    method = cv2.INPAINT_TELEA
