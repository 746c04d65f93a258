"""Optimisers and learning rates by name, as the papers state them."""

from __future__ import annotations

import math
from collections.abc import Iterable

import torch
from torch.nn import Parameter

from trainers.settings import LoopSettings

__all__ = ["build_optimiser", "rate_share"]


def build_optimiser(
    settings: LoopSettings, parameters: Iterable[Parameter], *, critic: bool = False
) -> torch.optim.Optimizer:
    """Return the optimiser of the model, or of its critic; the loop sets the rate each step."""
    if settings.optimiser == "adadelta":
        return torch.optim.Adadelta(parameters, lr=settings.learning_rate)
    betas = (settings.critic_beta1 if critic else settings.beta1, settings.beta2)
    return torch.optim.Adam(parameters, lr=settings.learning_rate, betas=betas, fused=True)


def rate_share(settings: LoopSettings, samples: int, progress: float) -> float:
    """Return what share of the peak the learning rate is.

    Args:
        settings: `schedule` and its fields, `warmup`.
        samples: images seen.
        progress: share of the budget that is spent.
    """
    s = settings
    warm = min(1.0, (samples + s.batch) / s.warmup) if s.warmup else 1.0
    if s.schedule == "cosine":  # to a hundredth
        return warm * (0.01 + 0.99 * 0.5 * (1.0 + math.cos(math.pi * progress)))
    if s.schedule == "linear":  # level until `level_until`, then down to nothing
        return warm * min(1.0, (1.0 - progress) / max(1.0 - s.level_until, 1e-9))
    if s.schedule == "drop":  # once
        return warm * (1.0 if progress < s.level_until else s.decay)
    if s.schedule == "steps":
        return warm * s.decay ** (samples // s.decay_images)
    return warm
