"""The feature networks behind the metrics of a set: several metrics share one, run once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from torch import Tensor

from inpaint_bench.bench.provenance import code_fingerprint
from inpaint_bench.metrics import SET_METRICS

__all__ = ["Backbone", "find_backbones"]


@dataclass(frozen=True)
class Backbone:
    """What turns pictures into features.

    Attributes:
        name: of its folder in the store.
        version: changes with the code that extracts.
        metrics: names of the metrics of a set that are computed from its features.
        extract: Bx3xHxW in [0,1] -> BxD float32.
        prepare: raises `WeightsError` where its weights cannot be had.
    """

    name: str
    version: str
    metrics: tuple[str, ...]
    extract: Callable[[Tensor], np.ndarray]
    prepare: Callable[[], None]


def find_backbones() -> dict[str, Backbone]:
    """Return the backbones of all metrics of a set, by name; metrics with one `features`
    function share one."""
    found: dict[str, Backbone] = {}
    for name in SET_METRICS:
        metric = SET_METRICS[name]
        extract = metric.features
        backbone = extract.__name__.strip("_")
        users = (*found[backbone].metrics, name) if backbone in found else (name,)
        version = code_fingerprint(extract.__module__)
        found[backbone] = Backbone(backbone, version, users, extract, metric.prepare)
    return found
