"""The test sets that the project publishes, as the arguments they were frozen with."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from inpaint_bench._registry import unknown
from inpaint_bench.data.freezing import freeze
from inpaint_bench.errors import UnknownNameError
from inpaint_bench.types import TestSet

__all__ = ["STANDARD", "Standard", "freeze_standard"]


@dataclass(frozen=True)
class Standard:
    """Arguments of `freeze`; the attributes mean what they mean there."""

    images: str
    masks: str
    size: int
    seed: int = 0


STANDARD = {
    "samples-256": Standard(images="skimage", masks="free_form", size=256),
    "kodak-256": Standard(images="test/kodak", masks="masks/test", size=256),
    "kodak-128": Standard(images="test/kodak", masks="masks/test", size=128),
    "intel150-128": Standard(images="test/intel150", masks="masks/test", size=128),
}


def freeze_standard(name: str, root: Path | str | None = None) -> TestSet:
    """Freeze a published test set again; the same files give the same test set.

    Raises:
        UnknownNameError: it is none of `STANDARD`.
        DataMissingError: its data are not on this machine; says what to fetch and to where.
    """
    if name not in STANDARD:
        raise UnknownNameError(unknown("standard test set", name, STANDARD))
    how = STANDARD[name]
    return freeze(
        name, images=how.images, masks=how.masks, size=how.size, seed=how.seed, root=root
    )
