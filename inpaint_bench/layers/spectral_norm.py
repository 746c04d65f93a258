"""Spectral normalisation on for a training, and folded away for everything after it."""

from __future__ import annotations

from torch import nn
from torch.nn.utils import parametrize
from torch.nn.utils.parametrizations import spectral_norm

__all__ = ["add_spectral_norm", "fold_spectral_norm"]

_KINDS = (nn.Conv2d, nn.ConvTranspose2d)


def add_spectral_norm(module: nn.Module, *, transposed_dim: int = 1) -> None:
    """Divide the weights of every convolution in `module` by their largest singular value.

    The parameters' names change (`weight` becomes `parametrizations.weight.original`);
    `fold_spectral_norm` brings the plain names back. On weights that were folded already it
    changes no output.

    Args:
        module: a network, or one convolution; changed in place.
        transposed_dim: which dimension of a transposed convolution's weight counts the rows of
            the matrix: 1, its outputs, or 0, as the authors of Pluralistic have it.
    """
    for layer in module.modules():
        if isinstance(layer, _KINDS):
            dim = transposed_dim if isinstance(layer, nn.ConvTranspose2d) else 0
            spectral_norm(layer, dim=dim)


def fold_spectral_norm(module: nn.Module) -> None:
    """Replace normalised weights by their present values, under their plain names."""
    for layer in list(module.modules()):
        if isinstance(layer, _KINDS) and parametrize.is_parametrized(layer, "weight"):
            parametrize.remove_parametrizations(layer, "weight", leave_parametrized=True)
