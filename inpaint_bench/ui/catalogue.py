"""Every variant as the app shows it: a title to read, a group, a badge, and its parameters."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from inpaint_bench.types import Variant

__all__ = ["GROUPS", "Entry", "catalogue", "count_parameters", "default_names", "entry_of"]

GROUPS = ("Classical", "Learned")
_TICKED_AT_FIRST = 3


@dataclass(frozen=True)
class Entry:
    """One variant with what a reader needs to know about it.

    Attributes:
        variant: its record in the manifest.
        title: "DeepFill v2", and after a dot the data it was trained on.
        group: one of `GROUPS`.
        family: the kind of network, or "classical".
        paper: authors, year and title of the source.
        stochastic: another seed gives another result.
    """

    variant: Variant
    title: str
    group: str
    family: str
    paper: str
    stochastic: bool

    @property
    def name(self) -> str:
        """The variant's name."""
        return self.variant.name


def catalogue() -> list[Entry]:
    """Return every variant of the manifest, in its order.

    Raises:
        WeightsError: the manifest cannot be read.
        UnknownNameError: it names an architecture that does not exist.
    """
    from inpaint_bench import list_variants

    return [entry_of(variant) for variant in list_variants()]


def entry_of(variant: Variant) -> Entry:
    """Return how one variant is shown."""
    from inpaint_bench.models import MODELS

    traits = MODELS[variant.architecture].traits
    rest = variant.name[len(variant.architecture) :].lstrip("-")
    return Entry(
        variant=variant,
        title=f"{traits.title} · {rest}" if rest else traits.title,
        group=GROUPS[0] if variant.provenance == "classical" else GROUPS[1],
        family=traits.family,
        paper=traits.paper,
        stochastic=traits.stochastic,
    )


def default_names(entries: Iterable[Entry]) -> list[str]:
    """Return what is ticked when the page opens: Telea and the bundled networks.

    Three quick ones where there are no networks.
    """
    entries = list(entries)
    chosen = [e.name for e in entries if e.name == "telea" or e.variant.source == "bundled"]
    return (
        chosen if len(chosen) >= _TICKED_AT_FIRST else [e.name for e in entries[:_TICKED_AT_FIRST]]
    )


@lru_cache(maxsize=256)
def _parameters(architecture: str, options: tuple[tuple[str, object], ...]) -> int:
    import torch
    from torch import nn

    from inpaint_bench.models import MODELS

    with torch.device("meta"):  # shapes without memory: counting loads and draws nothing
        model = MODELS[architecture](**dict(options))
    return sum(p.numel() for p in model.parameters()) if isinstance(model, nn.Module) else 0


def count_parameters(variant: Variant) -> int:
    """Return the number of trainable values; 0 for methods that learn nothing."""
    return _parameters(variant.architecture, tuple(sorted(variant.options.items())))
