"""Exponential moving average of a model's weights."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import get_ema_multi_avg_fn

__all__ = ["WeightAverage"]


class WeightAverage:
    """Keeps decay * average + (1 - decay) * weights; young averages forget faster.

    Args:
        model: whose state dict is averaged; whole-number entries and batch statistics are copied.
        decay: of one step.
    """

    def __init__(self, model: nn.Module, decay: float) -> None:
        self.decay = decay
        self.steps = 0
        self.state = {k: v.detach().clone() for k, v in model.state_dict().items()}

    @torch.no_grad()
    def update(self, model: nn.Module) -> None:
        """Move one step towards the model's present weights, all tensors in one call."""
        self.steps += 1
        decay = min(self.decay, (1 + self.steps) / (10 + self.steps))
        averages, weights = [], []
        for name, value in model.state_dict().items():
            if _is_weight(name, value):
                averages.append(self.state[name])
                weights.append(value)
            else:
                self.state[name].copy_(value)
        get_ema_multi_avg_fn(decay)(averages, weights, None)


def _is_weight(name: str, value: Tensor) -> bool:
    """The vectors of spectral normalisation have length 1, which a mean of them has not."""
    return value.is_floating_point() and "running_" not in name and name[-3:] not in ("._u", "._v")
