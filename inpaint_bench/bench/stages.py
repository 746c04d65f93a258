"""What a model of several stages had before its last one: composited like the result itself.

`inpaint` gives the finished picture only. Here a model is watched while it works; its stages
are taken where the finished picture shows that they lie on the photograph pixel by pixel, and
nowhere else (a picture that was resized or tiled for the model has no stage of its own size).
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from inpaint_bench.bench.wrapped import Wrapped
from inpaint_bench.imaging import composite, crop_to
from inpaint_bench.models import Inpainter
from inpaint_bench.types import Completion

__all__ = ["Watched"]


class Watched(Wrapped):
    """A model that remembers what it was made to give.

    Example:
        >>> watched = Watched(model)
        >>> result = inpaint(watched, image, hole, oversize="whole")
        >>> raw, stages = watched.earlier(result, image, hole)
    """

    def __init__(self, model: Inpainter) -> None:
        super().__init__(model)
        self.completions: list[Completion] = []

    def complete(self, image: Tensor, hole: Tensor, **options: object) -> Completion:
        """See `Inpainter.complete`."""
        completion = super().complete(image, hole, **options)
        self.completions.append(completion)
        return completion

    def earlier(
        self, result: Tensor, image: Tensor, hole: Tensor
    ) -> tuple[Tensor | None, Mapping[str, Tensor | None]]:
        """Return what came before the finished picture of the only call.

        Args:
            result: what `inpaint` gave, Bx3xHxW.
            image: Bx3xHxW in [0,1], as `inpaint` got it.
            hole: Bx1xHxW, likewise.

        Returns:
            The output before compositing, and the composite of every earlier stage by name; None
            for what is no colour picture that lies on the photograph.
        """
        nothing = dict.fromkeys(self.traits.stages)
        if len(self.completions) != 1:
            return None, nothing
        (completion,) = self.completions
        raw = _on_photograph(completion.image, completion, image)
        if raw is None or not torch.equal(composite(raw, image, hole), result):
            return None, nothing
        stages = dict(nothing)
        for name in nothing:
            stage = _on_photograph(completion.stages.get(name), completion, image)
            stages[name] = None if stage is None else composite(stage, image, hole)
        return raw, stages


def _on_photograph(stage: Tensor | None, completion: Completion, image: Tensor) -> Tensor | None:
    """Return a stage cut to the photograph, in [0,1]; None where it is of another shape."""
    if stage is None or stage.shape != completion.image.shape:
        return None
    cropped = crop_to(stage.detach().to(image.device, torch.float32), tuple(image.shape[-2:]))
    if cropped.shape != image.shape or not bool(torch.isfinite(cropped).all()):
        return None
    return cropped.clamp(0.0, 1.0)
