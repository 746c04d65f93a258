"""Hugging Face's ZeroGPU: a function is given a GPU for as long as it runs.

Its package `spaces` is there on Spaces only; elsewhere functions stay as they are.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable
from typing import TypeVar

__all__ = ["on_gpu"]

Function = TypeVar("Function", bound=Callable[..., object])


def on_gpu(function: Function, *, seconds: int) -> Function:
    """Return `function` so that ZeroGPU lends it a GPU, or itself where there is no ZeroGPU.

    There it runs in another process: what it takes and gives must be picklable.

    Args:
        seconds: after which the GPU is taken back.
    """
    if importlib.util.find_spec("spaces") is None:
        return function
    return importlib.import_module("spaces").GPU(duration=seconds)(function)
