"""From a suite and what this machine has to a frozen plan: which variant fills which items.

Work is cut into shards of `SHARD_ITEMS` consecutive items of a test set; one (variant, shard)
is one part of the store. What a row depends on is written out here: the item (`item_key`), the
recipe of the variant (`Recipe.ingredients`) and the versions of the metrics. The store compares
exactly these, so a change recomputes what it touches and nothing else.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace

from torch import nn

from inpaint_bench._registry import unknown
from inpaint_bench.bench.external import Outputs
from inpaint_bench.bench.provenance import code_fingerprint
from inpaint_bench.errors import BenchError, UnknownNameError, WeightsError
from inpaint_bench.models import MODELS
from inpaint_bench.types import TestItem, TestSet, Variant
from inpaint_bench.weights import is_here, weights_sha256

__all__ = [
    "EXTERNAL",
    "PRECISIONS",
    "SHARD_ITEMS",
    "Plan",
    "Recipe",
    "Shard",
    "choose_variants",
    "item_key",
    "item_seed",
    "make_external_recipe",
    "make_recipe",
    "part_key",
    "test_set_hash",
]

EXTERNAL = "elsewhere"
SHARD_ITEMS = 32
PRECISIONS = ("float32", "float64")
"""That networks can compute in; the first is what they were trained for."""
# Raise it when what a row means changes for every model: cropping, compositing, rounding.
_ROWS = 1


@dataclass(frozen=True)
class Recipe:
    """A variant with everything, besides the item, that decides what it gives.

    Attributes:
        variant: from the manifest.
        weights_sha256: of the weight file; empty for classical methods.
        code: fingerprint of the architecture's source.
        seed: of the run; 0 for models that draw nothing.
        precision: of a network's computation; methods without parameters have "float32".
        stochastic: another generator gives another result.
        stages: names of the model's earlier stages.
        outputs: pictures made elsewhere that are measured in place of a model's.
    """

    variant: Variant
    weights_sha256: str
    code: str
    seed: int = 0
    precision: str = PRECISIONS[0]
    stochastic: bool = False
    stages: tuple[str, ...] = ()
    outputs: Outputs | None = None

    def made_from(self, item: TestItem) -> str:
        """Return the sha256 of what makes one row: the weights, or the picture made elsewhere."""
        return self.weights_sha256 if self.outputs is None else self.outputs.sha256(item)

    def ingredients(self) -> dict[str, str]:
        """Return what is compared with the stored part, under names for a reader."""
        if self.outputs is not None:
            composited = "yes" if self.outputs.composite else "no"
            return {"rows": str(_ROWS), "made": EXTERNAL, "composited": composited}
        return {
            "rows": str(_ROWS),
            "architecture": self.variant.architecture,
            "options": json.dumps(dict(self.variant.options), sort_keys=True),
            "weights": self.weights_sha256,
            "code": self.code,
            "seed": str(self.seed),
            "precision": self.precision,
        }


@dataclass(frozen=True)
class Shard:
    """Consecutive items of one test set, worked on together.

    Attributes:
        test_set: the whole set, which a reader of its items needs.
        index: position among the shards of the set.
        wanted: how many of its items, from the first, the run asks for.
        offset: position in the whole set of the first item that `test_set` holds.
    """

    test_set: TestSet
    index: int
    wanted: int
    offset: int = 0

    @property
    def start(self) -> int:
        """Position of the first item in the whole test set."""
        return self.index * SHARD_ITEMS

    @property
    def items(self) -> tuple[TestItem, ...]:
        """All items of the range, also those beyond a limit."""
        first = self.start - self.offset
        return self.test_set.items[first : first + SHARD_ITEMS]

    def alone(self) -> Shard:
        """Return the shard with no other items than its own, light enough to be sent away."""
        return replace(self, test_set=replace(self.test_set, items=self.items), offset=self.start)


@dataclass(frozen=True)
class Plan:
    """What one run measures.

    Attributes:
        suite: its name, "custom" where there is none.
        title: one line for a reader.
        test_sets: in the order of the suite.
        recipes: one a variant, in the order of the manifest.
        metrics: names of per-image metrics that can be computed here -> version.
        set_metrics: names of metrics of a set whose features can be computed here.
        backbones: names of the networks that give these features -> version.
        limit: only the first so many items of each test set; None for all.
        seed: of stochastic models.
        stages: measure the earlier stages of models that have some too.
    """

    suite: str
    title: str
    test_sets: tuple[TestSet, ...]
    recipes: tuple[Recipe, ...]
    metrics: Mapping[str, str]
    set_metrics: tuple[str, ...] = ()
    backbones: Mapping[str, str] = field(default_factory=dict)
    limit: int | None = None
    seed: int = 0
    stages: bool = False

    def shards(self) -> list[Shard]:
        """Return the shards in the order they are worked on."""
        found: list[Shard] = []
        for test_set in self.test_sets:
            total = len(test_set.items)
            total = total if self.limit is None else min(total, self.limit)
            for start in range(0, total, SHARD_ITEMS):
                wanted = min(SHARD_ITEMS, total - start)
                found.append(Shard(test_set, start // SHARD_ITEMS, wanted))
        return found


def choose_variants(names: Sequence[str] | str, variants: Sequence[Variant]) -> list[Variant]:
    """Return the variants called `names`, or, for "all", those whose weights are here.

    Raises:
        UnknownNameError: no variant has that name; the message lists the valid ones.
        BenchError: the list is empty.
    """
    if names == "all":
        return [variant for variant in variants if is_here(variant)]
    by_name = {variant.name: variant for variant in variants}
    for name in names:
        if name not in by_name:
            raise UnknownNameError(unknown("variant", name, by_name))
    if not names:
        raise BenchError("expected at least one variant to run, got none: name one or 'all'")
    return [by_name[name] for name in dict.fromkeys(names)]


def make_recipe(variant: Variant, *, seed: int = 0, precision: str = PRECISIONS[0]) -> Recipe:
    """Return the recipe of `variant` as this checkout would run it.

    Raises:
        UnknownNameError: no such architecture, or no such precision.
    """
    architecture = MODELS[variant.architecture]
    if precision not in PRECISIONS:
        raise UnknownNameError(unknown("precision", precision, PRECISIONS))
    return Recipe(
        variant=variant,
        weights_sha256=_hash_of_local_weights(variant),
        code=code_fingerprint(architecture.__module__),
        seed=seed if architecture.traits.stochastic else 0,
        precision=precision if issubclass(architecture, nn.Module) else PRECISIONS[0],
        stochastic=architecture.traits.stochastic,
        stages=architecture.traits.stages,
    )


def make_external_recipe(name: str, outputs: Outputs) -> Recipe:
    """Return the recipe of a method known by its pictures alone."""
    variant = Variant(name=name, architecture=EXTERNAL, provenance=EXTERNAL)
    return Recipe(variant=variant, weights_sha256="", code="", precision="", outputs=outputs)


def item_key(test_set: TestSet, item: TestItem) -> str:
    """Return 16 hexadecimal digits of what is shown to a model: names, pixels and size."""
    return _digest([test_set.name, test_set.size, *asdict(item).values()])[:16]


def item_seed(seed: int, item: TestItem) -> int:
    """Return the seed of one item's randomness, the same in whatever order items are run."""
    return int(_digest([seed, item.image_id, item.mask_id])[:15], 16)


def part_key(recipe: Recipe, shard: Shard, versions: Mapping[str, str]) -> str:
    """Return the sha256 of all that decides the part of one variant and shard.

    Args:
        recipe: of the variant.
        shard: whose wanted items count.
        versions: of the metrics to be computed.
    """
    items = [item_key(shard.test_set, item) for item in shard.items[: shard.wanted]]
    return _digest([recipe.ingredients(), items, dict(versions)])


def test_set_hash(test_set: TestSet) -> str:
    """Return the sha256 of a test set's name, size and items, in order."""
    return _digest([item_key(test_set, item) for item in test_set.items])


test_set_hash.__test__ = False  # no test, whatever pytest thinks of its name


def _hash_of_local_weights(variant: Variant) -> str:
    try:
        return weights_sha256(variant)
    except WeightsError:  # not fetched: the rows carry that error
        return ""


def _digest(value: object) -> str:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
