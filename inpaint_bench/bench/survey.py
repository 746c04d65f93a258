"""What a run still has to do, item by item, and why: the comparison of plan and store.

A row holds as long as its item and the ingredients of its recipe are the ones it was made from.
A row that holds but lacks a metric, a feature or a kept output gets only that.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from inpaint_bench.bench.plan import Plan, Recipe, Shard, item_key, part_key
from inpaint_bench.bench.store import TRUTH, FeaturePart, Part, Row, Store
from inpaint_bench.types import TestItem

__all__ = ["ItemTodo", "PartTodo", "Work", "describe", "survey"]

# How the text of an error begins. Missing weights and photographs may be there at the next try
# without any change of the plan, and trying is cheap; a model that failed on an item is neither.
_TRANSIENT = ("load:", "read:")
_FAILED = "model:"


@dataclass(frozen=True)
class ItemTodo:
    """What one row lacks.

    Attributes:
        position: of the item in its test set.
        item: the masked photograph.
        key: `plan.item_key` of it.
        old: the row so far, if what it holds still holds.
        metrics: names of the metrics to compute.
        features: names of the backbones whose features to compute.
        save: the output is to be written as a picture.
    """

    position: int
    item: TestItem
    key: str
    old: Row | None
    metrics: tuple[str, ...]
    features: tuple[str, ...] = ()
    save: bool = False


@dataclass(frozen=True)
class PartTodo:
    """What one part lacks.

    Attributes:
        recipe: of the variant; None for the features of the photographs themselves.
        todo: items with something to do, in the test set's order.
        kept: rows that stay as they are or are added to, by item key.
        features: feature rows that stay, by backbone.
        key: of the part once it is done.
        reasons: number of rows by reason, for a reader.
    """

    recipe: Recipe | None
    todo: tuple[ItemTodo, ...]
    kept: Mapping[str, Row] = field(default_factory=dict)
    features: Mapping[str, FeaturePart] = field(default_factory=dict)
    key: str = ""
    reasons: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Work:
    """A shard with everything that its variants lack there: what an engine hands to a worker."""

    shard: Shard
    parts: tuple[PartTodo, ...]

    @property
    def rows(self) -> int:
        """Return the number of rows to compute or add to."""
        return sum(len(part.todo) for part in self.parts)


def survey(
    plan: Plan, store: Store, *, keep_outputs: bool = False, retry_errors: bool = False
) -> list[Work]:
    """Return the work that is left, in the order of the plan; an empty list if it is done.

    Args:
        plan: what is wanted.
        store: what is there.
        keep_outputs: every row needs its picture in `outputs`.
        retry_errors: rows of models that failed are computed again.
    """
    surveyor = _Surveyor(plan, store, keep_outputs, retry_errors)
    works = [surveyor.work(shard) for shard in plan.shards()]
    return [work for work in works if work.parts]


def describe(works: Sequence[Work]) -> list[str]:
    """Return one line a reason: how many rows, of which variants on which test sets."""
    rows: Counter[str] = Counter()
    where: dict[str, dict[str, None]] = {}
    for work in works:
        for part in work.parts:
            name = part.recipe.variant.name if part.recipe else "the photographs"
            for reason, count in part.reasons.items():
                rows[reason] += count
                where.setdefault(reason, {})[f"{name} on {work.shard.test_set.name}"] = None
    return [
        f"{reason}: {count} rows ({_some(list(where[reason]))})" for reason, count in rows.items()
    ]


class _Surveyor:
    """Compares a plan and a store, part by part."""

    def __init__(self, plan: Plan, store: Store, keep_outputs: bool, retry_errors: bool) -> None:
        self.plan = plan
        self.store = store
        self.keep_outputs = keep_outputs
        self.retry_errors = retry_errors

    def work(self, shard: Shard) -> Work:
        """Return what the variants, and the photographs themselves, lack in a shard."""
        parts = [self._part(shard, recipe) for recipe in self.plan.recipes]
        if self.plan.backbones:
            parts.append(self._truth(shard))
        return Work(shard, tuple(part for part in parts if part.todo))

    def _part(self, shard: Shard, recipe: Recipe) -> PartTodo:
        name, key = recipe.variant.name, part_key(recipe, shard, self.plan.metrics)
        rows_alone = not self.keep_outputs and not self.plan.backbones
        if rows_alone and self.store.read_key(name, shard.test_set.name, shard.index) == key:
            return PartTodo(recipe, (), key=key)
        part = self.store.read_part(name, shard.test_set.name, shard.index)
        changed = _changed(part, recipe)
        keys = [item_key(shard.test_set, item) for item in shard.items]
        kept = {} if part is None or changed else {k: r for k, r in part.rows.items() if k in keys}
        features = self._features(shard, recipe)
        todo: list[ItemTodo] = []
        reasons: Counter[str] = Counter()
        for position, item, item_id in _wanted(shard, keys):
            one = self._item(position, item, item_id, kept.get(item_id), recipe, features)
            if one.metrics or one.features or one.save:
                todo.append(one)
                reasons[_reason(part, changed, kept.get(item_id), one)] += 1
        return PartTodo(recipe, tuple(todo), kept, features, key, reasons)

    def _item(
        self,
        position: int,
        item: TestItem,
        key: str,
        old: Row | None,
        recipe: Recipe,
        features: Mapping[str, FeaturePart],
    ) -> ItemTodo:
        has = json.loads(str(old["metric_versions"])) if old else {}
        error = str(old["error"]) if old else ""
        if error and (self.retry_errors or error.startswith(_TRANSIENT)):
            # A row that failed while a metric was added keeps what it had before.
            old = {**old, "error": ""} if has and not self.retry_errors else None
            has = has if old else {}
        elif error.startswith(_FAILED):
            return ItemTodo(position, item, key, old, ())
        versions = self.plan.metrics
        lacking = tuple(name for name, version in versions.items() if has.get(name) != version)
        without = tuple(name for name, part in features.items() if key not in part.rows)
        output = self.store.output_path(recipe.variant.name, item.image_id, item.mask_id)
        save = self.keep_outputs and not output.is_file()
        return ItemTodo(position, item, key, old, lacking, without, save)

    def _truth(self, shard: Shard) -> PartTodo:
        """Say which photographs have no features yet."""
        keys = [item_key(shard.test_set, item) for item in shard.items]
        features = self._features(shard, None)
        todo: list[ItemTodo] = []
        for position, item, key in _wanted(shard, keys):
            without = tuple(name for name, part in features.items() if key not in part.rows)
            if without:
                todo.append(ItemTodo(position, item, key, None, (), without))
        return PartTodo(None, tuple(todo), features=features)

    def _features(self, shard: Shard, recipe: Recipe | None) -> dict[str, FeaturePart]:
        """Return the feature rows that still hold, by backbone."""
        name = recipe.variant.name if recipe else TRUTH
        keys = {item_key(shard.test_set, item) for item in shard.items}
        found: dict[str, FeaturePart] = {}
        for backbone, version in self.plan.backbones.items():
            made_from = {**(recipe.ingredients() if recipe else {}), "backbone": version}
            part = self.store.read_features(backbone, name, shard.test_set.name, shard.index)
            if part is None or part.ingredients != made_from:
                part = FeaturePart({}, {}, {}, made_from)
            rows = {key: row for key, row in part.rows.items() if key in keys}
            found[backbone] = FeaturePart(rows, part.images, part.buckets, made_from)
        return found


def _wanted(shard: Shard, keys: Sequence[str]) -> list[tuple[int, TestItem, str]]:
    """Return position, item and key of the items that the run asks for."""
    return [
        (shard.start + offset, shard.items[offset], keys[offset]) for offset in range(shard.wanted)
    ]


def _changed(part: Part | None, recipe: Recipe) -> tuple[str, ...]:
    """Return which ingredients differ between a stored part and a recipe."""
    if part is None:
        return ()
    now = recipe.ingredients()
    names = dict.fromkeys([*now, *part.ingredients])
    return tuple(name for name in names if part.ingredients.get(name) != now.get(name))


def _reason(part: Part | None, changed: Sequence[str], before: Row | None, todo: ItemTodo) -> str:
    """Say in a few words why a row has something to do."""
    if changed:
        return f"computing again, {' and '.join(changed)} changed"
    if before is None:
        return "computing" if part is None else "computing what is missing"
    if todo.old is None:
        return "trying again what ended with an error"
    if todo.metrics or todo.features:
        return f"adding {', '.join([*todo.metrics, *todo.features])}"
    return "adding kept outputs"


def _some(names: Sequence[str], limit: int = 4) -> str:
    more = f" and {len(names) - limit} more" if len(names) > limit else ""
    return ", ".join(names[:limit]) + more
