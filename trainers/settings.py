"""Settings of the training loop, the range of every number, `name=value` overrides of records."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Literal, TypeVar, get_args, get_type_hints

from inpaint_bench.errors import InpaintBenchError, UnknownNameError
from trainers.augment import Augmentation

__all__ = ["LoopSettings", "check_range", "check_ranges", "override"]

Record = TypeVar("Record")
_TRUTH = {"true": True, "false": False}
_WRITTEN = (bool, int, float, str)  # of the command line; folders have their own options
_SHARE, _BELOW_ONE, _COUNT = (0.0, 1.0), (0.0, 0.99999), (1, 10**12)
_RANGES: dict[str, tuple[float, float]] = {  # every other number: 0 to 10^12
    "size": (-math.inf, math.inf),  # the model says which
    "batch": (1, 4096),
    "minutes": (0.001, 1e9),
    "small_until": _SHARE,
    "beta1": _BELOW_ONE,
    "critic_beta1": _BELOW_ONE,
    "beta2": _BELOW_ONE,
    "level_until": _SHARE,
    "decay": _SHARE,
    "decay_images": _COUNT,
    "ema": _BELOW_ONE,
    "seed": (0, 2 * 10**9),
    "workers": (0, 64),
    "held_out": _COUNT,
    "flip": _SHARE,
    "crop": _SHARE,
    "rotation": (0.0, 180.0),
    "jitter": _SHARE,
    "holes_each": _COUNT,
    "threads": (0, 1024),
    "steps": _COUNT,
    "width": (4, 4096),  # some layers have a quarter of it
    "critic_width": (1, 4096),
    "critic_steps": _COUNT,
    "blocks": (1, 1000),
    "depth": (1, 100),
    "side": (1, 10**5),
}


@dataclass(frozen=True)
class LoopSettings:
    """How a training runs, whatever the model.

    Attributes:
        data: folders of photographs, or label files beside sheets of tiles.
        out: folder of checkpoints, logs and grids.
        size: side of the training squares in pixels.
        batch: squares a step, on one device.
        minutes: budget of training time; ignored where `images` is given.
        images: budget in images seen; 0 means that `minutes` counts.
        small_until: share of the budget that is spent at half the size.
        optimiser: "adam" or "adadelta".
        learning_rate: its peak.
        critic_rate: peak of the critic's; 0 is the same as the model's.
        beta1, critic_beta1, beta2: of Adam.
        schedule: "cosine" to a hundredth of the peak; "linear" to nothing; one "drop"; "steps";
            "level".
        level_until: share of the budget before the linear decay, or the drop.
        decay: factor of the drop, or of each step.
        decay_images: images between two steps.
        warmup: images over which the learning rate rises.
        clip: largest norm of the gradient; 0 leaves it as it is.
        ema: decay of the averaged weights, a step.
        precision: "bf16", or "no" for float32.
        seed: of weights, samples and held-out photographs.
        workers: processes that load data.
        held_out: photographs kept for validation; a tenth of them at most, one at least.
        report_minutes: time between validations and checkpoints.
        flip, crop, rotation, jitter: see `trainers.augment.Augmentation`.
        holes_each: samples in a row that show one square, each with another kind of hole.
    """

    data: tuple[Path, ...]
    out: Path
    size: int = 128
    batch: int = 16
    minutes: float = 20.0
    images: int = 0
    small_until: float = 0.5
    optimiser: Literal["adam", "adadelta"] = "adam"
    learning_rate: float = 5e-4
    critic_rate: float = 0.0
    beta1: float = 0.9
    critic_beta1: float = 0.5
    beta2: float = 0.999
    schedule: Literal["cosine", "linear", "drop", "steps", "level"] = "cosine"
    level_until: float = 0.0
    decay: float = 1.0
    decay_images: int = 1
    warmup: int = 3200
    clip: float = 1.0
    ema: float = 0.999
    precision: Literal["bf16", "no"] = "bf16"
    seed: int = 0
    workers: int = 1
    held_out: int = 48
    report_minutes: float = 5.0
    flip: float = 0.5
    crop: float = 0.0
    rotation: float = 0.0
    jitter: float = 0.0
    holes_each: int = 1

    @property
    def augmentation(self) -> Augmentation:
        """The four fields of it."""
        return Augmentation(self.flip, self.crop, self.rotation, self.jitter)


def override(record: Record, assignments: Sequence[str]) -> Record:
    """Return `record` with `name=value` fields replaced, each parsed as its present value's type.

    Raises:
        UnknownNameError: no such field, or a value of another type.
        InpaintBenchError: a number of the result is out of its range.
    """
    names = [f.name for f in fields(record) if isinstance(getattr(record, f.name), _WRITTEN)]
    kinds = get_type_hints(type(record))
    changes = {}
    for assignment in assignments:
        name, _, text = assignment.partition("=")
        if name not in names:
            raise UnknownNameError(
                f"expected one of {', '.join(names)} as NAME=VALUE, got {assignment!r}"
            )
        known = get_args(kinds[name])  # of a `Literal`
        if known and text not in known:
            raise UnknownNameError(f"expected {name} as {' or '.join(known)}, got {text!r}")
        kind = type(getattr(record, name))
        try:
            changes[name] = _TRUTH[text] if kind is bool else kind(text)
        except (KeyError, ValueError) as error:
            wanted = "true or false" if kind is bool else kind.__name__
            raise UnknownNameError(f"expected {wanted} for {name}, got {text!r}") from error
    changed = replace(record, **changes)
    check_ranges(changed)
    return changed


def check_ranges(record: object) -> None:
    """Raise an `InpaintBenchError` unless every number of a settings record is in its range."""
    for field in fields(record):
        value = getattr(record, field.name)
        if type(value) in (int, float):
            check_range(field.name, value)


def check_range(name: str, value: float) -> None:
    """Raise an `InpaintBenchError` unless a number, which is no NaN, is in the range of its name.

    Args:
        name: of a field of some settings, or of an option.
        value: what it is given.
    """
    least, most = _RANGES.get(name, (0, 10**12))
    if not least <= value <= most:
        raise InpaintBenchError(f"expected {name} from {least:g} to {most:g}, got {value}")
