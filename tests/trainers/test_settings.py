"""`NAME=VALUE` on the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from inpaint_bench.errors import InpaintBenchError, UnknownNameError
from trainers.recipes import RECIPES
from trainers.settings import LoopSettings, check_ranges, override

LOOP = LoopSettings((), Path())
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


@pytest.mark.parametrize(
    "text",
    [
        "batch=0", "batch=-4", "batch=100000", "workers=-1", "workers=1000", "images=-8",
        "minutes=0", "minutes=nan", "minutes=-1", "minutes=inf", "small_until=1.5",
        "small_until=-0.1", "small_until=nan", "level_until=2", "learning_rate=-1e-4",
        "learning_rate=nan", "learning_rate=inf", "critic_rate=-1", "critic_rate=nan", "beta1=1",
        "critic_beta1=-0.5", "beta2=1.0", "decay=-1", "decay=nan", "decay_images=0", "warmup=-1",
        "clip=-1", "clip=nan", "ema=1", "ema=nan", "ema=-0.5", "seed=-1",
        "seed=99999999999999999999", "held_out=0", "report_minutes=-1", "report_minutes=nan",
        "flip=1.1", "crop=-0.5", "crop=nan", "rotation=-10", "rotation=inf", "jitter=2",
        "holes_each=0",
    ],
)  # fmt: skip
def test_a_number_out_of_range_is_told_with_the_range(text):
    name, _, value = text.partition("=")
    with pytest.raises(InpaintBenchError, match=rf"^expected {name} from \S+ to \S+, got \S+$"):
        override(LOOP, [text])


@pytest.mark.parametrize("name", list(RECIPES))
@pytest.mark.parametrize("value", [3, 0, -8])
def test_a_width_that_leaves_a_layer_without_channels_is_refused(name, value):
    with pytest.raises(InpaintBenchError, match=f"expected width from 4 to .*got {value}"):
        override(RECIPES[name].Settings(), [f"width={value}"])


def test_a_weight_of_a_loss_is_a_number_and_not_negative():
    for text in ("perceptual=nan", "style=-1", "adversarial=inf"):
        with pytest.raises(InpaintBenchError, match="from 0 to"):
            override(DEEPGIN, [text])


@pytest.mark.parametrize("text", ["data=photographs", "out=elsewhere"])
def test_folders_have_options_of_their_own(text):
    with pytest.raises(UnknownNameError, match=f"expected one of size, batch.*got '{text}'"):
        override(LOOP, [text])


@pytest.mark.parametrize("name", list(RECIPES))
def test_every_preset_is_within_the_ranges(name):
    recipe = RECIPES[name]
    for preset, changes in recipe.presets.items():
        check_ranges(recipe.Settings(**changes))
        check_ranges(LoopSettings((), Path(), **recipe.schedules.get(preset, {})))
