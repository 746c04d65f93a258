"""Settings of the training loop, and `name=value` overrides of any settings record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Literal, TypeVar

from inpaint_bench.errors import UnknownNameError

__all__ = ["LoopSettings", "override"]

Record = TypeVar("Record")


@dataclass(frozen=True)
class LoopSettings:
    """How a training runs, whatever the model.

    Attributes:
        data: folders of photographs.
        out: folder of checkpoints, logs and grids.
        size: side of the training squares in pixels.
        batch: squares a step, on one device.
        minutes: budget of training time; ignored where `images` is given.
        images: budget in images seen; 0 means that `minutes` counts.
        small_until: share of the budget that is spent at half the size.
        learning_rate: peak of the cosine schedule of Adam.
        warmup: images over which the learning rate rises.
        clip: largest norm of the gradient.
        ema: decay of the averaged weights, a step.
        precision: "bf16" or "no", as accelerate calls them.
        seed: of weights, samples and held-out photographs.
        workers: processes that load data.
        held_out: photographs kept for validation.
        report_minutes: time between validations and checkpoints.
    """

    data: tuple[Path, ...]
    out: Path
    size: int = 128
    batch: int = 16
    minutes: float = 20.0
    images: int = 0
    small_until: float = 0.5
    learning_rate: float = 5e-4
    warmup: int = 3200
    clip: float = 1.0
    ema: float = 0.999
    precision: Literal["bf16", "no"] = "bf16"
    seed: int = 0
    workers: int = 1
    held_out: int = 48
    report_minutes: float = 5.0


def override(record: Record, assignments: Sequence[str]) -> Record:
    """Return `record` with `name=value` fields replaced, each parsed as its present value's type.

    Raises:
        UnknownNameError: no such field, or a value of another type.
    """
    names = [f.name for f in fields(record)]
    changes = {}
    for assignment in assignments:
        name, _, text = assignment.partition("=")
        if name not in names:
            raise UnknownNameError(
                f"expected one of {', '.join(names)} in --set NAME=VALUE, got {assignment!r}"
            )
        kind = type(getattr(record, name))
        try:
            changes[name] = text == "true" if kind is bool else kind(text)
        except ValueError as error:
            raise UnknownNameError(
                f"expected {kind.__name__} for {name} in --set, got {text!r}"
            ) from error
    return replace(record, **changes)
