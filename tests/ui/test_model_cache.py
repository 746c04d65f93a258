from __future__ import annotations

import pytest

from inpaint_bench.errors import WeightsError
from inpaint_bench.ui.model_cache import ModelCache


def test_the_least_recently_used_model_is_released_first():
    loaded = []

    def load(name):
        loaded.append(name)
        return name.upper()

    cache = ModelCache(2, load)
    assert [cache["a"], cache["b"], cache["a"], cache["c"]] == ["A", "B", "A", "C"]
    assert cache.names == ["a", "c"]
    assert cache["a"] == "A"
    assert loaded == ["a", "b", "c"]


def test_a_model_that_cannot_be_loaded_is_tried_again():
    def load(name):
        raise WeightsError("no weights")

    cache = ModelCache(2, load)
    for _ in range(2):
        with pytest.raises(WeightsError):
            cache["a"]
    assert cache.names == []
