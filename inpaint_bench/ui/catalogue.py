"""Every variant as the app shows it: a title to read, a group, a badge, and its parameters."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from inpaint_bench.types import Variant

__all__ = [
    "GROUPS",
    "Entry",
    "catalogue",
    "count_parameters",
    "default_names",
    "entry_of",
    "usable",
]

GROUPS = ("Classical", "Learned")
_TICKED_AT_FIRST = 3
_SHOWN_FIRST = ("pconv_unet", "deepfill_v2")


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
        sketch: takes strokes in the hole.
        missing: how its weights come to this machine; empty where they are here.
    """

    variant: Variant
    title: str
    group: str
    family: str
    paper: str
    stochastic: bool
    sketch: bool = False
    missing: str = ""

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
        sketch=traits.sketch,
        missing=_missing(variant),
    )


def _missing(variant: Variant) -> str:
    """Return how to get weights that are not on this machine; empty where they are here."""
    if variant.source == "none":
        return ""
    from inpaint_bench.weights import WEIGHTS_FOLDER, Cached, how_to_get

    if variant.source in ("bundled", "file"):
        there = (WEIGHTS_FOLDER / variant.file).is_file()
        return "" if there else f"its file {variant.file} is missing from this installation"
    return "" if Cached(variant).is_here else how_to_get(variant)


def usable(entries: Iterable[Entry]) -> list[Entry]:
    """Return the variants whose weights are on this machine."""
    return [entry for entry in entries if not entry.missing]


def default_names(entries: Iterable[Entry]) -> list[str]:
    """Return what is ticked when the page opens: Telea, a PConv and a DeepFill v2, bundled.

    Others make up for what is not here, so that three are ticked.
    """
    here = usable(entries)
    networks = [e for e in here if e.variant.source == "bundled"]
    kinds = [[e for e in networks if e.variant.architecture == kind] for kind in _SHOWN_FIRST]
    wanted = [e for e in here if e.name == "telea"] + [kind[0] for kind in kinds if kind]
    names = dict.fromkeys(e.name for e in [*wanted, *here])
    return list(names)[:_TICKED_AT_FIRST]


@lru_cache(maxsize=256)
def _parameters(architecture: str, options: str) -> int:
    import torch
    from torch import nn

    from inpaint_bench.models import MODELS

    with torch.device("meta"):  # shapes without memory: counting loads and draws nothing
        model = MODELS[architecture](**json.loads(options))
    return sum(p.numel() for p in model.parameters()) if isinstance(model, nn.Module) else 0


def count_parameters(variant: Variant) -> int:
    """Return the number of trainable values; 0 for methods that learn nothing."""
    return _parameters(variant.architecture, json.dumps(dict(variant.options), sort_keys=True))
