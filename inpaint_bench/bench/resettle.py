"""When a frozen test set has changed: rows of items that it still has move to their new shard,
the others go. Nothing that can be kept is computed again."""

from __future__ import annotations

from inpaint_bench.bench.plan import SHARD_ITEMS, item_key
from inpaint_bench.bench.store import STAGES, Part, Row, Store
from inpaint_bench.types import TestSet

__all__ = ["resettle"]


def resettle(store: Store, test_set: TestSet) -> int:
    """Bring the parts of every variant on `test_set` in line with its present items.

    Killed in between, it leaves rows that the next run computes again, never wrong ones.

    Args:
        store: of a run that was made with an earlier list of items.
        test_set: as it is now.

    Returns:
        The number of rows that went.
    """
    keys = [item_key(test_set, item) for item in test_set.items]
    gone = sum(
        _resettle(store, variant, test_set.name, keys) for variant in store.variants(test_set.name)
    )
    for path in (store.folder / "features").glob(f"*/*/{test_set.name}/*.parquet"):
        backbone, variant = path.parts[-4], path.parts[-3]
        part = store.read_features(backbone, variant, test_set.name, int(path.stem))
        if part is None or not set(part.rows) <= set(_shard(keys, int(path.stem))):
            path.unlink()
    for path in (store.folder / STAGES).glob(f"*/{test_set.name}/*.parquet"):
        part = store.read_part(path.parts[-3], test_set.name, int(path.stem), kind=STAGES)
        rows = part.rows if part is not None else {"": {}}
        if not {key.partition("/")[0] for key in rows} <= set(_shard(keys, int(path.stem))):
            path.unlink()
    return gone


def _resettle(store: Store, variant: str, test_set: str, keys: list[str]) -> int:
    """Redistribute the rows of one variant; return how many went."""
    indices = store.parts(variant, test_set)
    parts = [store.read_part(variant, test_set, index) for index in indices]
    present = [part for part in parts if part is not None]
    if not present:
        return 0
    newest = present[-1].ingredients
    before = sum(len(part.rows) for part in present)
    rows: dict[str, Row] = {}
    for part in present:
        if part.ingredients == newest:  # a half-finished change of recipe: those are stale anyway
            rows.update(part.rows)
    after = 0
    for index in range(max(indices[-1], (len(keys) - 1) // SHARD_ITEMS) + 1):
        kept = {key: rows[key] for key in _shard(keys, index) if key in rows}
        after += len(kept)
        store.write_part(variant, test_set, index, Part(kept, newest))
    return before - after


def _shard(keys: list[str], index: int) -> list[str]:
    return keys[index * SHARD_ITEMS : (index + 1) * SHARD_ITEMS]
