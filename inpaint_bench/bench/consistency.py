"""Re-inpainting self-consistency as a column of a run: how it is declared, and its metric.

What the number depends on beside the pictures (second model with its weights and code, second
masks, distance) is written out as the version of the metric: every row states it, and another
second model computes exactly this column again. It costs K calls of the second model a picture,
so it is measured only where it is asked for, and of finished results alone.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from functools import lru_cache

import pandas as pd
import torch
from torch import Tensor

from inpaint_bench import inpaint
from inpaint_bench._api import build
from inpaint_bench.bench.plan import make_recipe
from inpaint_bench.bench.provenance import code_fingerprint, stated_version
from inpaint_bench.errors import WeightsError
from inpaint_bench.metrics import METRICS, RAW_METRICS, Metric, Setting, reinpainting_consistency
from inpaint_bench.metrics.reinpainting import REFERENCE
from inpaint_bench.models import Inpainter
from inpaint_bench.weights import find_variant, is_here

__all__ = [
    "CONSISTENCY",
    "as_declared",
    "consistency_metric",
    "declare",
    "declare_again",
    "of_stages",
]

CONSISTENCY = "reinpainting"
"""Name of the column."""

_ROWS = "1"  # raise it when the number changes for every setting


def declare(setting: Setting) -> str:
    """Return everything that the number depends on, as the JSON that rows state.

    Raises:
        UnknownNameError: there is no such second model or distance.
        WeightsError: the weights of either are not here.
    """
    second = find_variant(setting.second_model)
    if not is_here(second):
        raise WeightsError(
            f"expected the weights of the second model {second.name!r} here: "
            f"python -m inpaint_bench weights fetch {second.name}"
        )
    distance = METRICS[setting.distance]
    distance.prepare()
    declared = {
        "version": f"{_ROWS}:{code_fingerprint(reinpainting_consistency.__module__)}",
        "setting": asdict(setting),
        "distance": stated_version(distance),
        "second": make_recipe(second, seed=setting.seed).ingredients(),
    }
    return json.dumps(declared, sort_keys=True, separators=(",", ":"))


def declare_again(declaration: str) -> str:
    """Return what this checkout declares of the same setting.

    Raises:
        UnknownNameError, WeightsError: as `declare`.
    """
    return declare(Setting(**json.loads(declaration)["setting"]))


@lru_cache(maxsize=4)
def consistency_metric(declaration: str) -> Metric:
    """Return the metric that `declare` describes; its second model is built at the first call."""
    setting = Setting(**json.loads(declaration)["setting"])
    distance = METRICS[setting.distance]
    second = _Second(setting)

    def compute(result: Tensor, truth: Tensor, hole: Tensor) -> Tensor:
        # One picture at a time: a stochastic second model draws the same in any batch.
        pairs = zip(result.split(1), hole.split(1), strict=True)
        return torch.cat([reinpainting_consistency(a, h, second.fill, setting) for a, h in pairs])

    return Metric(
        name=CONSISTENCY,
        title=f"Self-consistency ({distance.title})",
        higher_is_better=distance.higher_is_better,
        unit=distance.unit,
        definition=f"no truth needed: mean {setting.describe()}",
        reference=REFERENCE,
        version=declaration,
        compute=compute,
        smallest=distance.smallest,
        needs_truth=False,
        prepare=distance.prepare,
    )


def as_declared(frame: pd.DataFrame, declaration: str) -> tuple[pd.DataFrame, int]:
    """Return records without the numbers of other declarations, and how many these were.

    Args:
        frame: records; a folder may hold rows that were measured with another second model.
        declaration: of the numbers that stay.
    """
    if CONSISTENCY not in frame:
        return frame, 0
    stated = frame["metric_versions"].map(lambda text: json.loads(text).get(CONSISTENCY))
    other = (stated != declaration) & frame[CONSISTENCY].notna()
    return frame.assign(**{CONSISTENCY: frame[CONSISTENCY].mask(other)}), int(other.sum())


def of_stages(versions: Mapping[str, str]) -> dict[str, str]:
    """Return the metrics, with their versions, that earlier stages are measured by."""
    return {n: v for n, v in versions.items() if n not in RAW_METRICS and n != CONSISTENCY}


class _Second:
    """The second model, built when it is first needed."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._model: Inpainter | None = None

    def fill(self, image: Tensor, hole: Tensor) -> Tensor:
        """Return a composite in which the second hole is filled again."""
        if self._model is None:
            self._model = build(find_variant(self._setting.second_model))
        generator = torch.Generator().manual_seed(self._setting.seed)
        return inpaint(self._model, image, hole, generator=generator, oversize="whole")
