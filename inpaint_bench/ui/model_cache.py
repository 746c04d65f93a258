"""Loaded models within a bound of memory: the least recently used is released first."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from inpaint_bench.models import Inpainter

__all__ = ["ModelCache", "model_bytes"]


class ModelCache:
    """Gives models by variant name and keeps what fits; safe to call from threads.

    One model is loaded at a time. What is loaded is given out at once, also while another is
    being loaded. The model asked for last stays, however large it is.

    Args:
        limit: bytes of parameters and buffers that stay loaded.
        load: gives the model of a name.
    """

    def __init__(self, limit: int, load: Callable[[str], Inpainter]) -> None:
        self._limit = limit
        self._load = load
        self._models: OrderedDict[str, Inpainter] = OrderedDict()
        self._lock = threading.Lock()
        self._loading = threading.Lock()

    def __getitem__(self, name: str) -> Inpainter:
        """Return a model, loading it if need be.

        Raises:
            InpaintBenchError: there is no such variant, or its weights cannot be loaded.
        """
        found = self._find(name)
        if found is not None:
            return found
        with self._loading:
            found = self._find(name)  # another visitor may have waited for the same one
            return self._keep(name, self._load(name)) if found is None else found

    @property
    def names(self) -> list[str]:
        """What is loaded, least recently used first."""
        with self._lock:
            return list(self._models)

    def _find(self, name: str) -> Inpainter | None:
        with self._lock:
            if name in self._models:
                self._models.move_to_end(name)
            return self._models.get(name)

    def _keep(self, name: str, model: Inpainter) -> Inpainter:
        with self._lock:
            self._models[name] = model
            held = sum(model_bytes(one) for one in self._models.values())
            while held > self._limit and len(self._models) > 1:
                held -= model_bytes(self._models.popitem(last=False)[1])
        return model


def model_bytes(model: Inpainter) -> int:
    """Return the bytes of a model's parameters and buffers; 0 for methods that learn nothing."""
    from torch import nn

    if not isinstance(model, nn.Module):
        return 0
    return sum(t.numel() * t.element_size() for t in (*model.parameters(), *model.buffers()))
