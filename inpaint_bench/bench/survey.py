"""What a run still has to do, item by item, and why: the comparison of plan and store.

A row holds as long as its item and the ingredients of its recipe are the ones it was made from.
A row that holds but lacks a metric, a feature or a kept output gets only that.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from inpaint_bench.bench.consistency import of_stages
from inpaint_bench.bench.plan import Plan, Recipe, Shard, item_key, part_key
from inpaint_bench.bench.store import STAGES, TRUTH, FeaturePart, Part, Row, Store
from inpaint_bench.types import TestItem

__all__ = [
    "FAILED",
    "TRANSIENT",
    "ItemTodo",
    "PartTodo",
    "Work",
    "describe",
    "stage_key",
    "survey",
]

# How the text of an error begins. Missing weights and photographs may be there at the next try
# without any change of the plan, and trying is cheap; a model that failed on an item is neither.
TRANSIENT = ("load:", "read:")
FAILED = ("model:", "picture:")
_TRUTH_FROM = {"features": "of each photograph by its id"}


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
        stages: names of the earlier stages to measure.
    """

    position: int
    item: TestItem
    key: str
    old: Row | None
    metrics: tuple[str, ...]
    features: tuple[str, ...] = ()
    save: bool = False
    stages: tuple[str, ...] = ()


@dataclass(frozen=True)
class PartTodo:
    """What one part lacks.

    Attributes:
        recipe: of the variant; None for the features of the photographs themselves.
        todo: items with something to do, in the test set's order.
        kept: rows that stay as they are or are added to, by item key.
        features: feature rows that stay, by backbone.
        stages: rows of earlier stages that stay, by `stage_key`.
        key: of the part once it is done.
        reasons: number of rows by reason, for a reader.
    """

    recipe: Recipe | None
    todo: tuple[ItemTodo, ...]
    kept: Mapping[str, Row] = field(default_factory=dict)
    features: Mapping[str, FeaturePart] = field(default_factory=dict)
    stages: Mapping[str, Row] = field(default_factory=dict)
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


def stage_key(key: str, stage: str) -> str:
    """Return the key of the row of one item's stage."""
    return f"{key}/{stage}"


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
        stages = recipe.stages if self.plan.stages else ()
        rows_alone = not (self.keep_outputs or self.plan.backbones or stages or recipe.outputs)
        if rows_alone and self.store.read_key(name, shard.test_set.name, shard.index) == key:
            return PartTodo(recipe, (), key=key)
        part = self.store.read_part(name, shard.test_set.name, shard.index)
        changed = _changed(part, recipe)
        keys = [item_key(shard.test_set, item) for item in shard.items]
        before = {} if part is None or changed else part.rows
        kept = {
            key: before[key]
            for key, item in zip(keys, shard.items, strict=True)
            if key in before and before[key]["weights_sha256"] == recipe.made_from(item)
        }
        there = _Present(
            rows=kept,
            features=self._features(shard, recipe, kept),
            stages=self._stages(shard, recipe, kept) if stages else {},
        )
        todo: list[ItemTodo] = []
        reasons: Counter[str] = Counter()
        for position, item, item_id in _wanted(shard, keys):
            one = self._item(position, item, item_id, recipe, there)
            # What failed while something else was added to it, and lacks nothing of this run.
            spoilt = one.old is not None and one.old["error"] != kept[item_id]["error"]
            if one.metrics or one.features or one.save or one.stages or spoilt:
                todo.append(one)
                reasons[_reason(part, changed, kept.get(item_id), one)] += 1
        return PartTodo(recipe, tuple(todo), kept, there.features, there.stages, key, reasons)

    def _item(
        self, position: int, item: TestItem, key: str, recipe: Recipe, there: _Present
    ) -> ItemTodo:
        old = there.rows.get(key)
        has = json.loads(str(old["metric_versions"])) if old else {}
        error = str(old["error"]) if old else ""
        if error and (self.retry_errors or error.startswith(TRANSIENT)):
            # A row that failed while a metric was added keeps what it had before.
            old = {**old, "error": ""} if has and not self.retry_errors else None
            has = has if old else {}
        elif error.startswith(FAILED):
            return ItemTodo(position, item, key, old, ())
        versions = self.plan.metrics
        lacking = tuple(name for name, version in versions.items() if has.get(name) != version)
        without = tuple(name for name, part in there.features.items() if key not in part.rows)
        output = self.store.output_path(recipe.variant.name, item.image_id, item.mask_id)
        save = self.keep_outputs and not output.is_file()
        names = recipe.stages if self.plan.stages else ()
        stages = tuple(s for s in names if not self._has_stage(there.stages.get(stage_key(key, s))))
        return ItemTodo(position, item, key, old, lacking, without, save, stages)

    def _has_stage(self, row: Row | None) -> bool:
        """Say whether the row of a stage has every metric in its present version."""
        has = json.loads(str(row["metric_versions"])) if row else {}
        wanted = of_stages(self.plan.metrics)
        return row is not None and has == {**has, **wanted}

    def _truth(self, shard: Shard) -> PartTodo:
        """Say which photographs have no features yet."""
        keys = [item_key(shard.test_set, item) for item in shard.items]
        features = self._features(shard, None, dict.fromkeys(keys, {}))
        todo: list[ItemTodo] = []
        for position, item, key in _wanted(shard, keys):
            without = tuple(name for name, part in features.items() if key not in part.rows)
            if without:
                todo.append(ItemTodo(position, item, key, None, (), without))
        return PartTodo(None, tuple(todo), features=features)

    def _features(
        self, shard: Shard, recipe: Recipe | None, kept: Mapping[str, Row]
    ) -> dict[str, FeaturePart]:
        """Return the feature rows that still hold, by backbone: those of rows that are kept."""
        name = recipe.variant.name if recipe else TRUTH
        found: dict[str, FeaturePart] = {}
        for backbone, version in self.plan.backbones.items():
            made_from = {**(recipe.ingredients() if recipe else _TRUTH_FROM), "backbone": version}
            part = self.store.read_features(backbone, name, shard.test_set.name, shard.index)
            if part is None or part.ingredients != made_from:
                part = FeaturePart({}, {}, {}, made_from)
            found[backbone] = replace(part, rows=part.of(kept))
        return found

    def _stages(self, shard: Shard, recipe: Recipe, kept: Mapping[str, Row]) -> dict[str, Row]:
        """Return the rows of earlier stages that still hold."""
        place = (recipe.variant.name, shard.test_set.name, shard.index)
        part = self.store.read_part(*place, kind=STAGES)
        if part is None or _changed(part, recipe):
            return {}
        return {key: row for key, row in part.rows.items() if key.partition("/")[0] in kept}


@dataclass(frozen=True)
class _Present:
    """What is stored of one part and still holds."""

    rows: Mapping[str, Row]
    features: Mapping[str, FeaturePart]
    stages: Mapping[str, Row]


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
    if todo.old is None or (before["error"] and not (todo.metrics or todo.features)):
        return "trying again what ended with an error"
    if todo.metrics or todo.features:
        return f"adding {', '.join([*todo.metrics, *todo.features])}"
    return f"adding the stage {', '.join(todo.stages)}" if todo.stages else "adding kept outputs"


def _some(names: Sequence[str], limit: int = 4) -> str:
    more = f" and {len(names) - limit} more" if len(names) > limit else ""
    return ", ".join(names[:limit]) + more
