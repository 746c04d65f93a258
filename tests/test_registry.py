"""Names are unique, ordered, and explained when they are wrong."""

from __future__ import annotations

import pytest

from inpaint_bench._registry import Registry
from inpaint_bench.errors import UnknownNameError


@pytest.fixture
def fruit():
    fruit = Registry("fruit")
    for name in ("pear", "apple"):
        fruit.register(name)(name.upper())
    return fruit


def test_entries_are_found_by_name_in_the_order_of_registration(fruit):
    assert fruit["apple"] == "APPLE" and list(fruit) == ["pear", "apple"] and len(fruit) == 2
    assert "pear" in fruit and "plum" not in fruit


def test_a_name_is_taken_once(fruit):
    with pytest.raises(ValueError, match="'pear' is registered twice"):
        fruit.register("pear")("PEAR")


def test_an_unknown_name_lists_the_nearest_and_all_valid_ones(fruit):
    with pytest.raises(UnknownNameError) as error:
        fruit["appel"]
    assert str(error.value) == "unknown fruit 'appel'. Did you mean 'apple'? Valid: pear, apple"
