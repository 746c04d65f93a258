"""What a plan covers, and what decides whether a stored row still holds."""

from __future__ import annotations

import dataclasses
import subprocess
import sys

import pytest

from inpaint_bench import list_variants
from inpaint_bench.bench.plan import (
    SHARD_ITEMS,
    Plan,
    choose_variants,
    item_key,
    item_seed,
    make_recipe,
    part_key,
    test_set_hash,
)
from inpaint_bench.errors import BenchError, UnknownNameError
from inpaint_bench.types import TestItem, TestSet, Variant


def make_set(count: int, name: str = "set") -> TestSet:
    items = tuple(
        TestItem(f"photo{i // 6}", f"{i // 6:064x}", f"mask{i}", f"{i:064x}", 0.3)
        for i in range(count)
    )
    return TestSet(name, 64, "photos", "masks", items)


def make_plan(*test_sets: TestSet, limit: int | None = None) -> Plan:
    return Plan("s", "t", test_sets, (), {"l1": "1"}, limit=limit)


@pytest.mark.parametrize("count", [1, 31, 32, 33, 100])
@pytest.mark.parametrize("limit", [None, 1, 32, 50])
def test_shards_cover_every_wanted_item_once_and_in_order(count, limit):
    test_set = make_set(count)
    shards = make_plan(test_set, limit=limit).shards()
    wanted = [item for shard in shards for item in shard.items[: shard.wanted]]
    assert tuple(wanted) == test_set.items[:limit]
    assert all(len(shard.items) <= SHARD_ITEMS for shard in shards)
    assert [shard.index for shard in shards] == list(range(len(shards)))


def test_the_key_of_a_part_changes_with_everything_that_decides_it():
    base = make_recipe(Variant("telea", "telea"))
    shard = make_plan(make_set(40)).shards()[0]
    versions = {"l1": "1"}
    keys = [part_key(base, shard, versions)]
    for change in (
        {"weights_sha256": "a" * 64},
        {"code": "other"},
        {"seed": 1},
        {"precision": "bfloat16"},
        {"variant": dataclasses.replace(base.variant, options={"radius": 9})},
        {"variant": dataclasses.replace(base.variant, architecture="navier_stokes")},
    ):
        keys.append(part_key(dataclasses.replace(base, **change), shard, versions))
    keys.append(part_key(base, shard, {"l1": "2"}))
    keys.append(part_key(base, shard, {"l1": "1", "psnr": "1"}))
    keys.append(part_key(base, dataclasses.replace(shard, wanted=31), versions))
    for field, value in {"mask_sha256": "b" * 64, "image_sha256": "c" * 64}.items():
        items = list(shard.test_set.items)
        items[3] = dataclasses.replace(items[3], **{field: value})
        changed = dataclasses.replace(shard.test_set, items=tuple(items))
        keys.append(part_key(base, dataclasses.replace(shard, test_set=changed), versions))
    assert len(set(keys)) == len(keys)


def test_the_words_of_a_variant_do_not_decide_its_rows():
    base = make_recipe(Variant("telea", "telea"))
    worded = make_recipe(Variant("telea", "telea", licence="MIT", card="telea.md"))
    assert base.ingredients() == worded.ingredients()


def test_keys_and_seeds_are_the_same_in_another_process():
    """Python's own hash() is not: it is salted for each process."""
    code = (
        "from inpaint_bench.types import TestItem, TestSet\n"
        "from inpaint_bench.bench.plan import item_key, item_seed\n"
        "item = TestItem('a', '1' * 64, 'free_form:3', '2' * 64, 0.25)\n"
        "print(item_key(TestSet('s', 64, 'p', 'm', (item,)), item), item_seed(5, item))"
    )
    told = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    item = TestItem("a", "1" * 64, "free_form:3", "2" * 64, 0.25)
    test_set = TestSet("s", 64, "p", "m", (item,))
    assert told == [item_key(test_set, item), str(item_seed(5, item))]


def test_item_seeds_differ_and_fit_a_torch_generator():
    items = make_set(600).items
    seeds = {item_seed(0, item) for item in items}
    assert len(seeds) == 600
    assert all(0 <= seed < 2**63 for seed in seeds)
    assert item_seed(0, items[0]) != item_seed(1, items[0])


def test_the_hash_of_a_test_set_is_that_of_its_items_not_of_its_words():
    test_set = make_set(12)
    assert test_set_hash(test_set) == test_set_hash(
        dataclasses.replace(test_set, how_to_get="ask", images="/elsewhere")
    )
    for change in ({"items": test_set.items[::-1]}, {"size": 128}, {"items": test_set.items[1:]}):
        assert test_set_hash(dataclasses.replace(test_set, **change)) != test_set_hash(test_set)


def test_a_seed_decides_only_for_models_that_draw():
    assert make_recipe(Variant("telea", "telea"), seed=3) == make_recipe(Variant("telea", "telea"))


def test_all_means_every_variant_whose_weights_are_here():
    absent = Variant("far-hub", "telea", source="hub", repo="a/b", revision="c", file="d")
    variants = [*list_variants(), absent]
    chosen = [variant.name for variant in choose_variants("all", variants)]
    assert "far-hub" not in chosen
    assert {"mean_colour", "telea", "navier_stokes", "biharmonic"} <= set(chosen)


def test_names_are_taken_in_their_order_once():
    chosen = choose_variants(("telea", "mean_colour", "telea"), list_variants())
    assert [variant.name for variant in chosen] == ["telea", "mean_colour"]


def test_an_unknown_variant_is_told_with_the_valid_ones():
    with pytest.raises(UnknownNameError, match="unknown variant 'tele'. Did you mean 'telea'"):
        choose_variants(("tele",), list_variants())
    with pytest.raises(BenchError, match="at least one variant"):
        choose_variants((), list_variants())
