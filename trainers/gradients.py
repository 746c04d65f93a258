"""Gradients of several processes, averaged; docs/training.md says what that means for which recipe.

Not `DistributedDataParallel`: the recipes differentiate gradients (penalties of critics), leave
parts of a model without a gradient in some phases, and run a critic twice before one backward
pass, each of which its hooks refuse or need options for. One sum over all of them, once a step.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from accelerate import Accelerator
from torch.nn import Parameter

__all__ = ["average_gradients"]


@torch.no_grad()
def average_gradients(accelerator: Accelerator, parameters: Iterable[Parameter]) -> None:
    """Replace each gradient by its mean over the processes; all must have the same ones."""
    if accelerator.num_processes == 1:
        return
    gradients = [p.grad for p in parameters if p.grad is not None]
    flat = torch.cat([gradient.reshape(-1) for gradient in gradients])
    flat = accelerator.reduce(flat, reduction="mean")
    sizes = [gradient.numel() for gradient in gradients]
    for gradient, mean in zip(gradients, flat.split(sizes), strict=True):
        gradient.copy_(mean.view(gradient.shape))
