"""Biharmonic surfaces over the hole, as scikit-image implements them."""

from __future__ import annotations

import numpy as np
from skimage.restoration import inpaint_biharmonic

from inpaint_bench.models._base import MODELS
from inpaint_bench.models._classical import ClassicalInpainter
from inpaint_bench.types import Traits

__all__ = ["Biharmonic"]


@MODELS.register("biharmonic")
class Biharmonic(ClassicalInpainter):
    """Fills each hole with the surface whose Laplacian of the Laplacian is zero.

    Solved in double precision: in single precision large holes come out wrong by several grey
    levels. Each connected hole is solved by itself, which gives the same numbers with less
    memory and, for many small holes, in less time. Values outside of the range of the known
    pixels are clipped to it.
    """

    traits = Traits(
        title="Biharmonic",
        family="classical",
        paper="Damelin and Hoang 2018, On Surface Completion and Image Inpainting by "
        "Biharmonic Functions: Numerical Aspects",
    )

    def fill(self, image: np.ndarray, hole: np.ndarray, seed: int) -> np.ndarray:
        """See `ClassicalInpainter.fill`."""
        return inpaint_biharmonic(
            image.astype(np.float64), hole, split_into_regions=True, channel_axis=-1
        )
