"""The mean colour of the known pixels: the floor that every method must beat."""

from __future__ import annotations

import numpy as np

from inpaint_bench.models._base import MODELS
from inpaint_bench.models._classical import ClassicalInpainter
from inpaint_bench.types import Traits

__all__ = ["MeanColour"]


@MODELS.register("mean_colour")
class MeanColour(ClassicalInpainter):
    """Gives every missing pixel the mean of the image's known pixels."""

    traits = Traits(
        title="Mean colour",
        family="classical",
        paper="none: a floor for comparison",
        oversize="whole",
    )

    def fill(self, image: np.ndarray, hole: np.ndarray, seed: int) -> np.ndarray:
        """See `ClassicalInpainter.fill`."""
        image[hole] = image[~hole].mean(axis=0, dtype=np.float64)
        return image
