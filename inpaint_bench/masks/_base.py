"""The registry of mask generators and what each of them declares."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from inpaint_bench._registry import Registry
from inpaint_bench.errors import MaskError

__all__ = ["MASKS", "Draw", "MaskGenerator", "check_size", "register"]

# (height, width, generator) -> HxW bool, True = missing
Draw = Callable[[int, int, np.random.Generator], np.ndarray]

_SMALLEST = 8
_TRIES = 1000


@dataclass(frozen=True)
class MaskGenerator:
    """A way to draw holes, called with (height, width, rng) -> HxW bool, True = missing.

    Attributes:
        name: in `MASKS` and in mask ids (`NAME:SEED`).
        title: for labels.
        source: who published it and where, and what differs here.
        parameters: every constant that its draws depend on.
        draw: the function.
        smallest: least height and width that it is made for.
        layered: a draw that is too small for a range of ratios is laid over with further ones.
            Only the generators of the first release do that, because frozen test sets hold
            such draws; it makes more strokes or boxes than the generator itself draws.
        fixed: every draw is the same.
        tries: how many draws `draw_mask` makes before it gives up.
    """

    name: str
    title: str
    source: str
    parameters: Mapping[str, object]
    draw: Draw = field(repr=False)
    smallest: int = _SMALLEST
    layered: bool = False
    fixed: bool = False
    tries: int = _TRIES

    def __call__(self, height: int, width: int, rng: np.random.Generator) -> np.ndarray:
        """Draw one hole.

        Raises:
            MaskError: the mask would be smaller than `smallest`.
        """
        if min(height, width) < self.smallest:
            raise MaskError(
                f"{self.name!r} draws masks of at least {self.smallest}x{self.smallest} pixels, "
                f"got {width}x{height}"
            )
        return self.draw(height, width, rng)


MASKS: Registry[MaskGenerator] = Registry("mask generator")


def register(
    name: str,
    *,
    title: str,
    source: str,
    parameters: Mapping[str, object],
    smallest: int = _SMALLEST,
    layered: bool = False,
    fixed: bool = False,
    tries: int = _TRIES,
) -> Callable[[Draw], Draw]:
    """Return a decorator that files a draw function as a generator; see `MaskGenerator`."""

    def add(draw: Draw) -> Draw:
        generator = MaskGenerator(
            name, title, source, dict(parameters), draw, smallest, layered, fixed, tries
        )
        MASKS.register(name)(generator)
        return draw

    return add


def check_size(height: int, width: int) -> None:
    """Raise unless a mask of this size can have a hole and known pixels around it."""
    if min(height, width) < _SMALLEST:
        raise MaskError(
            f"expected a mask of at least {_SMALLEST}x{_SMALLEST} pixels, got {width}x{height}"
        )
