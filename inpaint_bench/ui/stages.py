"""What networks of several stages make on their way, kept while they fill a hole."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from inpaint_bench.models import Inpainter

__all__ = ["run_with_stages"]


def run_with_stages(
    model: Inpainter,
    image: Tensor,
    hole: Tensor,
    *,
    sketch: Tensor | None,
    generator: torch.Generator,
) -> tuple[Tensor, dict[str, np.ndarray]]:
    """Do what `inpaint_bench.inpaint` does, and keep the model's stages.

    Args:
        image: 1x3xHxW in [0,1].
        hole: 1x1xHxW, 1 = missing.
        sketch: 1x1xHxW, for models that take one.

    Returns:
        The result, 1x3xHxW, and HxWx3 uint8 by the stage's name: composited where a stage is a
        picture, as it is where it is a map of one channel. None of a model without stages, nor
        where it saw the photograph in parts or in another size.
    """
    from inpaint_bench import inpaint
    from inpaint_bench._api import choose_strategy

    whole = choose_strategy(model, image.shape[-2:])[0] == "whole"
    if not (whole and model.traits.stages):
        return inpaint(model, image, hole, sketch=sketch, generator=generator), {}
    from inpaint_bench.bench.stages import Watched

    watched = Watched(model)
    result = inpaint(watched, image, hole, sketch=sketch, generator=generator)
    (completion,) = watched.completions
    shown = {name: x for name, x in completion.stages.items() if x.shape[1] in (1, 3)}
    return result, {name: _picture(x, image, hole) for name, x in shown.items()}


def _picture(stage: Tensor, image: Tensor, hole: Tensor) -> np.ndarray:
    from inpaint_bench.imaging import composite, crop_to, to_uint8

    stage = crop_to(stage, image.shape[-2:]).clamp(0.0, 1.0).to(image.device)  # 1xCxHxW
    if stage.shape[1] == 1:
        return to_uint8(stage.expand(1, 3, -1, -1))
    return to_uint8(composite(stage, image, hole))
