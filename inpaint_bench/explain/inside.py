"""One run of a model that also keeps what it can explain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from inpaint_bench.errors import ModelError
from inpaint_bench.imaging import composite, crop_to, pad_to_multiple, validate_hole
from inpaint_bench.models._base import Inpainter, check_inputs

__all__ = ["Inside", "look_inside"]


@dataclass(frozen=True, eq=False)
class Inside:
    """One picture's way through a network, everything cut to the picture.

    Attributes:
        image: 1x3xHxW in [0,1], composited.
        stages: earlier results by name, 1xCxHxW in [0,1].
        maps: what the model explains by name, 1xCxhxw; h and w belong to the padded picture.
        padded: H and W that the network saw, so that a map's scale can be told.
    """

    image: Tensor
    stages: Mapping[str, Tensor]
    maps: Mapping[str, Tensor]
    padded: tuple[int, int]


def look_inside(
    model: Inpainter,
    image: Tensor,
    hole: Tensor,
    *,
    sketch: Tensor | None = None,
    generator: torch.Generator | None = None,
) -> Inside:
    """Run `model` once on a picture as it is, whole, and keep its maps.

    Args:
        image: 1x3xHxW float32 in [0,1].
        hole: 1x1xHxW, 1 = missing.
        sketch: 1x1xHxW, for models that take one.
        generator: for stochastic models.

    Raises:
        ModelError: the model explains nothing, or takes one other size only.
        ImageError, MaskError: as `inpaint_bench.inpaint`.
    """
    if not model.traits.maps:
        raise ModelError(f"expected a model that can be looked into, got {model.traits.title}")
    if model.side is not None and image.shape[2:] != (model.side, model.side):
        raise ModelError(
            f"expected a picture of {model.side}x{model.side} for {model.traits.title}, got "
            f"{image.shape[3]}x{image.shape[2]}"
        )
    check_inputs(model.traits, image, hole, sketch)
    validate_hole(hole)
    seen, size = pad_to_multiple(image * (1.0 - hole), model.multiple)
    missing, _ = pad_to_multiple(hole, model.multiple)
    strokes = None if sketch is None else pad_to_multiple(sketch * hole, model.multiple)[0]
    with torch.inference_mode():
        done = model.complete(seen, missing, sketch=strokes, generator=generator, explain=True)
    return Inside(
        image=composite(crop_to(done.image, size).clamp(0.0, 1.0), image, hole),
        stages={name: crop_to(stage, size) for name, stage in done.stages.items()},
        maps=done.maps,
        padded=(seen.shape[2], seen.shape[3]),
    )
