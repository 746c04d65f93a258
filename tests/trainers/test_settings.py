"""`NAME=VALUE` on the command line."""

from __future__ import annotations

import pytest

from inpaint_bench.errors import UnknownNameError
from trainers.recipes import RECIPES
from trainers.settings import override

DEEPGIN = RECIPES["deepgin"].Settings()


def test_values_get_the_type_of_the_setting():
    changed = override(DEEPGIN, ["width=22", "gain=5", "refine=false", "blocks=standard"])
    assert (changed.width, changed.gain, changed.refine, changed.blocks) == (
        22, 5.0, False, "standard"
    )  # fmt: skip
    assert override(changed, ["refine=true"]).refine is True


@pytest.mark.parametrize("text", ["True", "1", "yes", ""])
def test_a_setting_of_true_or_false_takes_nothing_else(text):
    with pytest.raises(UnknownNameError, match=f"expected true or false for refine.*got '{text}'"):
        override(DEEPGIN, [f"refine={text}"])
