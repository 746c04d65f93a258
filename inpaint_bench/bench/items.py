"""One item on its way through a worker: as a model gets it, and what came out."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from torch import Tensor

from inpaint_bench.bench.survey import ItemTodo

__all__ = ["Made", "Shown", "describe_error"]


@dataclass(frozen=True, eq=False)
class Shown:
    """One item as a model gets it.

    Attributes:
        todo: what its row lacks.
        truth: 1x3xSxS in [0,1].
        hole: 1x1xSxS, 1 = missing.
    """

    todo: ItemTodo
    truth: Tensor
    hole: Tensor


@dataclass(frozen=True, eq=False)
class Made:
    """What came out for one item.

    Attributes:
        picture: 1x3xSxS rounded to 8 bits; None where there is an error.
        seconds: that the model took; NaN where none was run.
        stages: name -> 1x3xSxS rounded to 8 bits, or None for what is no picture.
        raw: 1x3xSxS before compositing, rounded likewise; None where nobody asked for it or
            where it does not lie on the photograph.
        error: what the row says instead.
    """

    picture: Tensor | None = None
    seconds: float = math.nan
    stages: Mapping[str, Tensor | None] = field(default_factory=dict)
    raw: Tensor | None = None
    error: str = ""


def describe_error(stage: str, error: Exception) -> str:
    """Return what a row says about an error, on one line."""
    message = " ".join(str(error).split())
    return f"{stage}: {type(error).__name__}: {message}"
