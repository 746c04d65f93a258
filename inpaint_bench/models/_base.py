"""The contract of every inpainting model, classical or learned."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

import torch
from torch import Tensor, nn

from inpaint_bench._registry import Registry
from inpaint_bench.errors import ImageError, MaskError, ModelError
from inpaint_bench.types import Completion, Traits

__all__ = ["MODELS", "Inpainter", "LearnedInpainter", "OneSizeInpainter", "check_inputs"]

MODELS: Registry[type[Inpainter]] = Registry("model architecture")


class Inpainter(ABC):
    """Something that fills holes in photographs.

    Subclasses declare `traits` and implement `complete`; they never modify their arguments,
    and keep no state between calls.
    """

    traits: ClassVar[Traits]

    @property
    def multiple(self) -> int:
        """H and W must be multiples of this; `traits.multiple` unless the options change it."""
        return self.traits.multiple

    @property
    def side(self) -> int | None:
        """The only height and width it takes; None where every multiple will do."""
        return None

    @abstractmethod
    def complete(
        self,
        image: Tensor,
        hole: Tensor,
        *,
        sketch: Tensor | None = None,
        generator: torch.Generator | None = None,
        explain: bool = False,
    ) -> Completion:
        """Fill the holes of a batch.

        Args:
            image: Bx3xHxW float32 in [0,1]; what it holds under the hole must not matter.
            hole: Bx1xHxW float32, 1 = missing, 0 = known; H and W multiples of
                `multiple`.
            sketch: Bx1xHxW, 1 = stroke, on missing pixels only; for models that take one.
            generator: source of randomness of stochastic models, on the CPU.
            explain: also fill `Completion.maps`.

        Returns:
            A `Completion` whose image is not composited yet.
        """


class LearnedInpainter(nn.Module, Inpainter):
    """An `Inpainter` with parameters; calling the module is `complete`."""

    def forward(self, image: Tensor, hole: Tensor, **options: object) -> Completion:
        """Run `complete`, so that hooks, `torch.compile` and accelerate see a usual module."""
        return self.complete(image, hole, **options)


class OneSizeInpainter(LearnedInpainter):
    """A network for pictures of one size only, `resolution` x `resolution`."""

    resolution: int

    @property
    def multiple(self) -> int:
        """The side: no other multiple will do."""
        return self.resolution

    @property
    def side(self) -> int:
        """The only height and width it takes."""
        return self.resolution


def check_inputs(traits: Traits, image: Tensor, hole: Tensor, sketch: Tensor | None = None) -> None:
    """Raise unless `image`, `hole` and `sketch` are as `Inpainter.complete` takes them.

    Raises:
        ImageError: the image is no tensor of Bx3xHxW floating point in [0,1], or an empty one.
        MaskError: the hole is no tensor of Bx1xHxW of zeros and ones of the image's size.
        ModelError: a sketch for a model that takes none, or no tensor, or of another size.
    """
    if not isinstance(image, Tensor):
        raise ImageError(
            f"expected an image as a tensor, got {type(image).__name__}: "
            "imaging.to_tensor makes one of HxWx3 uint8"
        )
    if not isinstance(hole, Tensor):
        raise MaskError(
            f"expected a hole as a tensor, got {type(hole).__name__}: "
            "imaging.hole_to_tensor makes one of HxW bool"
        )
    if image.ndim != 4 or image.shape[1] != 3 or not image.is_floating_point():
        raise ImageError(
            f"expected an image of Bx3xHxW floating point, got {tuple(image.shape)} {image.dtype}"
        )
    if 0 in image.shape:
        raise ImageError(f"expected some pixels, got an image of {tuple(image.shape)}")
    low, high = (float(x) for x in torch.aminmax(image))
    if not (low >= 0.0 and high <= 1.0):
        raise ImageError(f"expected image values in [0,1], got {low:.3g} to {high:.3g}")
    expected = (image.shape[0], 1, *image.shape[2:])
    if tuple(hole.shape) != expected:
        raise MaskError(f"expected a hole of {expected}, got {tuple(hole.shape)}")
    if not bool(((hole == 0) | (hole == 1)).all()):
        raise MaskError("expected a hole of zeros (known) and ones (missing), got other values")
    if sketch is not None:
        if not traits.sketch:
            raise ModelError(f"{traits.title} takes no sketch")
        if not isinstance(sketch, Tensor):
            raise ModelError(
                f"expected a sketch as a tensor, got {type(sketch).__name__}: "
                "imaging.hole_to_tensor makes one of HxW bool"
            )
        if sketch.shape != hole.shape:
            raise ModelError(f"expected a sketch of {tuple(hole.shape)}, got {tuple(sketch.shape)}")
