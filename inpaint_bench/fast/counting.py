"""Pictures to run networks on, and how much one costs: multiply-adds of a network."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

__all__ = ["count", "multiply_adds", "picture_for"]

Result = TypeVar("Result")


def picture_for(model: nn.Module, size: int) -> tuple[Tensor, Tensor]:
    """Return a picture, 1x3xSxS, and its hole, 1x1xSxS; S is `size` or the next that fits.

    Waves of many lengths with noise over them, a quarter of them missing.
    """
    side = model.side or -(-size // model.multiple) * model.multiple
    generator = torch.Generator().manual_seed(0)
    line = torch.linspace(0.0, 1.0, side)
    waves = torch.sin(40.0 * line**2).view(-1, 1) + torch.sin(9.0 * line).view(1, -1)
    noise = torch.rand(1, 3, side, side, generator=generator)
    image = (0.5 + 0.2 * waves * torch.tensor([1.0, 0.8, -0.6]).view(3, 1, 1) + 0.1 * noise) / 1.1
    hole = torch.zeros(1, 1, side, side)
    hole[..., side // 4 : -side // 4, side // 4 : -side // 4] = 1.0
    return image.clamp(0.0, 1.0), hole


@torch.inference_mode()
def multiply_adds(model: nn.Module, size: int) -> float:
    """Count those of convolutions and matrix products for one picture, in 10^9.

    Args:
        model: in evaluation mode, on the processor.
        size: of the picture in pixels, rounded up to one that the model takes.
    """
    image, hole = picture_for(model, size)
    generator = torch.Generator().manual_seed(0)
    return count(lambda: model.complete(image, hole, generator=generator))[1]


def count(function: Callable[[], Result]) -> tuple[Result, float]:
    """Return what a function does and the multiply-adds that it takes, in 10^9."""
    with FlopCounterMode(display=False) as counter:
        result = function()
    return result, counter.get_total_flops() / 2e9
