"""What the methods that learn nothing share: one photograph at a time, nothing under the hole.

Owns the way from a batch of tensors to single NumPy photographs and back; the methods own
nothing but `fill`.
"""

from __future__ import annotations

from abc import abstractmethod

import numpy as np
import torch
from torch import Tensor

from inpaint_bench.errors import MaskError
from inpaint_bench.models._base import Inpainter, check_inputs
from inpaint_bench.types import Completion

__all__ = ["ClassicalInpainter"]

_DEFAULT_SEED = 0


class ClassicalInpainter(Inpainter):
    """An `Inpainter` that fills one photograph at a time and holds no weights."""

    @abstractmethod
    def fill(self, image: np.ndarray, hole: np.ndarray, seed: int) -> np.ndarray:
        """Fill the hole of one photograph.

        Args:
            image: HxWx3 float32 in [0,1], 0 under the hole; a copy that may be written to.
            hole: HxW bool, True = missing, neither empty nor full.
            seed: for stochastic methods; the same for every image of a batch.

        Returns:
            HxWx3 floating point, finite.
        """

    def complete(
        self,
        image: Tensor,
        hole: Tensor,
        *,
        sketch: Tensor | None = None,
        generator: torch.Generator | None = None,
        explain: bool = False,
    ) -> Completion:
        """Fill the images of a batch one by one; see `Inpainter.complete`.

        A stochastic method draws one seed for the whole batch from `generator` (without one the
        seed is 0), so that an image's result does not depend on its place in the batch. An
        image whose hole is empty comes back as it is.

        Raises:
            ImageError: the image has another shape, type or range.
            MaskError: the hole has another shape, is not binary, or leaves nothing known.
            ModelError: a sketch was given.
        """
        check_inputs(self.traits, image, hole, sketch)
        seed = self._draw_seed(generator)
        results = [self._fill_one(one, where, seed) for one, where in zip(image, hole, strict=True)]
        return Completion(torch.stack(results))

    def _draw_seed(self, generator: torch.Generator | None) -> int:
        if generator is None or not self.traits.stochastic:
            return _DEFAULT_SEED
        return int(torch.randint(2**62, (1,), generator=generator))

    def _fill_one(self, image: Tensor, hole: Tensor, seed: int) -> Tensor:
        missing = hole[0].detach().cpu().numpy() > 0.5  # HxW
        if not missing.any():
            return image.clone()
        if missing.all():
            raise MaskError("expected some known pixels, got a mask that covers the whole image")
        pixels = image.detach().cpu().to(torch.float32).permute(1, 2, 0).numpy().copy()  # HxWx3
        pixels[missing] = 0.0
        filled = np.clip(self.fill(pixels, missing, seed), 0.0, 1.0)
        channels_first = np.ascontiguousarray(filled.transpose(2, 0, 1), dtype=np.float32)
        return torch.from_numpy(channels_first).to(image)
