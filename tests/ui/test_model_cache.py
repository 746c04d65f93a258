from __future__ import annotations

import threading

import pytest
import torch

from inpaint_bench.errors import WeightsError
from inpaint_bench.ui.model_cache import ModelCache, model_bytes


def network(numbers: int) -> torch.nn.Module:
    return torch.nn.Linear(numbers, 1, bias=False)  # four bytes a number


def test_the_least_recently_used_model_is_released_when_memory_is_full():
    loaded = []

    def load(name):
        loaded.append(name)
        return network(100)

    cache = ModelCache(800, load)
    assert cache["a"] is not cache["b"]
    assert cache["a"] is cache["a"]
    assert cache["c"] is not None
    assert cache.names == ["a", "c"]
    assert cache["b"] is not None
    assert cache.names == ["c", "b"] and loaded == ["a", "b", "c", "b"]


def test_a_large_model_releases_several_and_stays_itself():
    sizes = {"small": 10, "other": 10, "large": 10_000}
    cache = ModelCache(100, lambda name: network(sizes[name]))
    for name in sizes:
        assert model_bytes(cache[name]) == 4 * sizes[name]
    assert cache.names == ["large"]
    assert cache["small"] is not None
    assert cache.names == ["small"]


def test_methods_that_learn_nothing_need_no_memory():
    cache = ModelCache(1, lambda name: object())
    assert [cache[name] for name in "abc"] and cache.names == ["a", "b", "c"]


def test_a_model_that_cannot_be_loaded_is_tried_again():
    def load(name):
        raise WeightsError("no weights")

    cache = ModelCache(2, load)
    for _ in range(2):
        with pytest.raises(WeightsError):
            cache["a"]
    assert cache.names == []


def test_what_is_loaded_is_given_out_while_another_is_being_loaded():
    begun, go_on = threading.Event(), threading.Event()

    def load(name):
        if name == "slow":
            begun.set()
            assert go_on.wait(timeout=20)
        return object()

    cache = ModelCache(1, load)
    assert cache["quick"]
    thread = threading.Thread(target=lambda: cache["slow"], daemon=True)
    thread.start()
    assert begun.wait(timeout=20)
    assert cache["quick"]  # would wait for ever behind one lock
    go_on.set()
    thread.join(timeout=20)
    assert cache.names == ["quick", "slow"]
