"""Several models on one photograph and hole, one after another, whatever becomes of each.

A `Comparison` is the record that grows while models finish; the page, the slider and the
downloads are all drawn from it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from inpaint_bench.errors import InpaintBenchError
from inpaint_bench.ui.runs import Run, read_run
from inpaint_bench.ui.stages import run_with_stages
from inpaint_bench.ui.workshop import Models, run_bounded

if TYPE_CHECKING:
    from torch import Tensor

    from inpaint_bench.models import Inpainter

__all__ = ["SCORES", "Comparison", "Models", "Outcome", "best_scores", "check_names", "compare"]

SCORES = ("l1_hole", "psnr", "ssim")  # against the photograph under the hole, where it is real
_MOST_STAGE_BYTES = 32_000_000  # of one comparison; what is beyond shows no stages
_log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Outcome:
    """What came of one model: a picture, or the reason why there is none.

    Attributes:
        picture: HxWx3 uint8, composited; None if the model failed.
        seconds: in the model alone, without loading it.
        scores: metric name -> value; empty unless asked for.
        stages: earlier results of the model by name, HxWx3 uint8; not of every model.
        error: one line for a person; empty if all went well.
    """

    picture: np.ndarray | None = None
    seconds: float = 0.0
    scores: Mapping[str, float] = field(default_factory=dict)
    stages: Mapping[str, np.ndarray] = field(default_factory=dict)
    error: str = ""


@dataclass(frozen=True, eq=False)
class Comparison:
    """What was asked for, and what has come of it so far.

    Attributes:
        name: of the photograph.
        picture: HxWx3 uint8, what was inpainted.
        hole: HxW bool, True = missing.
        variants: keys of what runs (see `runs`), in that order.
        seed: of stochastic models.
        scored: whether results are measured against `picture`.
        outcomes: by key, as far as they have finished.
        sketch: HxW bool, True = stroke, in the hole only; None where there is none.
    """

    name: str
    picture: np.ndarray
    hole: np.ndarray
    variants: tuple[str, ...]
    seed: int = 0
    scored: bool = False
    outcomes: Mapping[str, Outcome] = field(default_factory=dict)
    sketch: np.ndarray | None = None

    @property
    def pictures(self) -> dict[str, np.ndarray]:
        """The finished results by variant."""
        return {n: o.picture for n, o in self.outcomes.items() if o.picture is not None}


def compare(
    plan: Comparison, models: Models, *, stop: Future | None = None
) -> Iterator[Comparison]:
    """Run every variant of `plan`; yield the comparison after each of them.

    A model that fails is an `Outcome` with its reason; the others run on.

    Args:
        models: a `Workshop` bounds the time of each run.
        stop: done as soon as nobody waits any more; a `Workshop` then leaves its run behind.
    """
    done, held = dict(plan.outcomes), 0
    for name in plan.variants:
        outcome = _outcome(name, plan, models, stop)
        held += sum(stage.nbytes for stage in outcome.stages.values())
        done[name] = outcome if held <= _MOST_STAGE_BYTES else replace(outcome, stages={})
        yield replace(plan, outcomes=MappingProxyType(dict(done)))


def best_scores(comparison: Comparison) -> dict[str, str]:
    """Return metric name -> variant of the best value, where two or more can be compared."""
    from inpaint_bench.metrics import METRICS

    best = {}
    for metric in SCORES:
        values = {n: o.scores[metric] for n, o in comparison.outcomes.items() if metric in o.scores}
        if len(values) > 1:
            choose = max if METRICS[metric].higher_is_better else min
            best[metric] = choose(values, key=values.__getitem__)
    return best


def _outcome(name: str, plan: Comparison, models: Models, stop: Future | None) -> Outcome:
    try:
        run = read_run(name)
        job = partial(_run, replace(plan, outcomes={}), run)
        return run_bounded(models, run.variant, job, stop=stop)
    except InpaintBenchError as error:
        return Outcome(error=str(error))
    except Exception as error:  # a model of any kind: its tile says so, the others go on
        _log.exception("%s failed on %s", name, plan.picture.shape)
        return Outcome(error=f"{type(error).__name__}: {' '.join(str(error).split())}".rstrip(": "))


def _run(plan: Comparison, run: Run, model: Inpainter) -> Outcome:
    import torch

    from inpaint_bench.imaging import hole_to_tensor, to_tensor, to_uint8

    image, hole = to_tensor(plan.picture), hole_to_tensor(plan.hole)
    sketch = hole_to_tensor(plan.sketch) if run.sketch and plan.sketch is not None else None
    generator = torch.Generator().manual_seed(plan.seed + run.sample - 1)
    start = time.perf_counter()
    result, stages = run_with_stages(model, image, hole, sketch=sketch, generator=generator)
    seconds = time.perf_counter() - start
    picture = to_uint8(result)
    scores = _scores(to_tensor(picture), image, hole) if plan.scored else {}
    return Outcome(picture=picture, seconds=seconds, scores=scores, stages=stages)


def _scores(result: Tensor, truth: Tensor, hole: Tensor) -> dict[str, float]:
    """Measure what the visitor sees: the result after rounding to 8 bits."""
    from inpaint_bench.metrics import METRICS

    scores = {}
    for name in SCORES:
        try:
            scores[name] = float(METRICS[name].compute(result, truth, hole)[0])
        except InpaintBenchError as error:  # such as a picture too small for a window
            _log.info("no %s for this picture: %s", name, error)
    return scores


def check_names(names: Sequence[str]) -> tuple[str, ...]:
    """Return the ticked variants in order and without repetition.

    Raises:
        InpaintBenchError: none is ticked.
    """
    if not names:
        raise InpaintBenchError("expected at least one model, got none: tick one")
    return tuple(dict.fromkeys(names))
