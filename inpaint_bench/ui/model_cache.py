"""Loaded models, a bounded number of them: the least recently used is released first."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from inpaint_bench.models import Inpainter

__all__ = ["ModelCache"]


class ModelCache:
    """Gives models by variant name and keeps the last few; safe to call from threads.

    Args:
        capacity: how many stay loaded.
        load: gives the model of a name.
    """

    def __init__(self, capacity: int, load: Callable[[str], Inpainter]) -> None:
        self._capacity = capacity
        self._load = load
        self._models: OrderedDict[str, Inpainter] = OrderedDict()
        self._lock = threading.Lock()

    def __getitem__(self, name: str) -> Inpainter:
        """Return a model, loading it if need be.

        Raises:
            InpaintBenchError: there is no such variant, or its weights cannot be loaded.
        """
        with self._lock:
            if name not in self._models:
                while len(self._models) >= self._capacity:
                    self._models.popitem(last=False)
                self._models[name] = self._load(name)
            self._models.move_to_end(name)
            return self._models[name]

    @property
    def names(self) -> list[str]:
        """What is loaded, least recently used first."""
        with self._lock:
            return list(self._models)
