"""Several processes train as one: means over the batches of all of them, whatever is averaged.

Gradients, batch statistics and the numbers of pixels by which losses are divided are those of one
process with all the samples. Not `DistributedDataParallel`: the recipes differentiate gradients
(penalties of critics), leave parts of a model without a gradient in some phases, and run a critic
twice before one backward pass, each of which its hooks refuse or need options for. Not PyTorch's
`SyncBatchNorm`, which takes no tensors of a CPU and has no second derivative.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor, distributed, nn
from torch.nn import Parameter

__all__ = ["SharedBatchNorm2d", "average_gradients", "mean_everywhere", "share_statistics"]


def _are_many() -> bool:
    return distributed.is_available() and distributed.is_initialized()


def mean_everywhere(value: Tensor) -> Tensor:
    """Return the mean over the processes of a tensor that each of them has, differentiably.

    Every process must call it, in the same order; with one process it is `value` itself.
    """
    if not _are_many():
        return value
    return _SumEverywhere.apply(value) / distributed.get_world_size()


class _SumEverywhere(torch.autograd.Function):
    """The sum over processes; each of them receives the sum of all their gradients."""

    @staticmethod
    def forward(ctx, value: Tensor) -> Tensor:
        total = value.detach().clone(memory_format=torch.contiguous_format)
        distributed.all_reduce(total)
        return total

    @staticmethod
    def backward(ctx, gradient: Tensor) -> Tensor:
        return _SumEverywhere.apply(gradient)


@torch.no_grad()
def average_gradients(parameters: Iterable[Parameter]) -> None:
    """Replace each gradient by its mean over the processes; all must have the same ones.

    One sum over all of them, once a step.
    """
    if not _are_many():
        return
    gradients = [p.grad for p in parameters if p.grad is not None]
    flat = mean_everywhere(torch.cat([gradient.reshape(-1) for gradient in gradients]))
    sizes = [gradient.numel() for gradient in gradients]
    for gradient, mean in zip(gradients, flat.split(sizes), strict=True):
        gradient.copy_(mean.view(gradient.shape))


class SharedBatchNorm2d(nn.BatchNorm2d):
    """Batch normalisation by the statistics of all processes' batches, which are of one size."""

    def forward(self, x: Tensor) -> Tensor:
        """Normalise BxCxHxW; in evaluation as `torch.nn.BatchNorm2d`."""
        if not self.training:
            return super().forward(x)
        values = x.to(torch.promote_types(x.dtype, torch.float32))
        mean = mean_everywhere(values.mean(dim=(0, 2, 3)))
        centred = values - mean.view(1, -1, 1, 1)
        variance = mean_everywhere(centred.square().mean(dim=(0, 2, 3)))
        with torch.no_grad():
            count = distributed.get_world_size() * x.numel() / x.shape[1]
            self.running_mean.lerp_(mean, self.momentum)
            self.running_var.lerp_(variance * (count / (count - 1)), self.momentum)
            self.num_batches_tracked += 1
        scale = self.weight * torch.rsqrt(variance + self.eps)
        result = centred * scale.view(1, -1, 1, 1) + self.bias.view(1, -1, 1, 1)
        return result.to(x.dtype)


def share_statistics(module: nn.Module) -> nn.Module:
    """Let each `BatchNorm2d` of a module look at the batches of all processes, if there are more.

    The parameters, their names and the buffers stay.
    """
    if not _are_many():
        return module
    for parent in list(module.modules()):
        for name, norm in list(parent.named_children()):
            if type(norm) is nn.BatchNorm2d:
                shared = SharedBatchNorm2d(norm.num_features, norm.eps, norm.momentum)
                shared.load_state_dict(norm.state_dict())
                setattr(parent, name, shared)
    return module
