"""OpenCV's inpainting, which works on 8-bit photographs."""

from __future__ import annotations

import cv2
import numpy as np

from inpaint_bench.errors import ModelError
from inpaint_bench.models._classical import ClassicalInpainter

__all__ = ["OpenCVInpainter"]


class OpenCVInpainter(ClassicalInpainter):
    """One of the two methods of `cv2.inpaint`.

    OpenCV reads and writes 256 levels a channel: known pixels are rounded to the nearest level
    before, and the result is a multiple of 1/255.
    """

    method: int

    def __init__(self, radius: float = 3.0) -> None:
        """Set how far the method looks around a missing pixel.

        Args:
            radius: in pixels; 3 is the usual choice.

        Raises:
            ModelError: the radius is not within 1 to 100 pixels.
        """
        if not 1.0 <= radius <= 100.0:
            raise ModelError(f"expected a radius of 1 to 100 pixels, got {radius}")
        self.radius = float(radius)

    def fill(self, image: np.ndarray, hole: np.ndarray, seed: int) -> np.ndarray:
        """See `ClassicalInpainter.fill`."""
        levels = np.rint(image * 255.0).astype(np.uint8)
        height, width = hole.shape
        # One pixel high or wide, OpenCV reads memory beside the image: repeat such lines.
        extra = (0, 2 * (height < 2)), (0, 2 * (width < 2))
        filled = cv2.inpaint(
            np.pad(levels, (*extra, (0, 0)), mode="edge"),
            np.pad(hole.astype(np.uint8), extra, mode="edge"),
            self.radius,
            self.method,
        )
        return filled[:height, :width].astype(np.float32) / 255.0
