"""`NAME=VALUE` on the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from inpaint_bench.errors import UnknownNameError
from trainers.recipes import RECIPES
from trainers.settings import LoopSettings, override

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


@pytest.mark.parametrize(
    ("record", "text", "message"),
    [
        (LoopSettings((), Path()), "schedule=cosin", "schedule as cosine or .* got 'cosin'"),
        (LoopSettings((), Path()), "precision=fp16", "precision as bf16 or no, got 'fp16'"),
        (RECIPES["deepfill_v2"].Settings(), "critic=pach", "critic as patch or .* got 'pach'"),
        (DEEPGIN, "widht=3", "expected one of .*width.* as NAME=VALUE, got 'widht=3'"),
    ],
)
def test_a_misspelt_word_is_told_with_the_valid_ones(record, text, message):
    with pytest.raises(UnknownNameError, match=message):
        override(record, [text])
