from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from inpaint_bench.errors import ImageError, InpaintBenchError, MaskError
from inpaint_bench.masks import bucket_labels
from inpaint_bench.ui import steps
from inpaint_bench.ui.canvas import canvas_pictures
from inpaint_bench.ui.catalogue import catalogue
from inpaint_bench.ui.session import photograph

ENTRIES = {entry.name: entry for entry in catalogue()}


@pytest.fixture
def photo(photograph_array):
    return photograph("one", photograph_array, max_side=512)


def painted(photo, hole):
    _, paint = canvas_pictures(photo, hole, side=160)
    return {"layers": [] if paint is None else [paint]}


def mask_png(path, hole, colour=255):
    Image.fromarray(np.where(hole, colour, 255 - colour).astype(np.uint8)).save(path)
    return str(path)


def test_every_example_photograph_opens_and_has_a_square_thumbnail():
    choices = steps.sample_choices()
    assert steps.FIRST_SAMPLE in dict(choices)
    for name, title in choices:
        assert title
        assert max(steps.sample(name, max_side=512).working.shape) <= 512
        assert steps.thumbnail(name).shape == (160, 160, 3)


@pytest.mark.parametrize("bucket", bucket_labels())
def test_a_random_hole_lies_in_the_bucket_that_was_asked_for(photo, bucket):
    low, high = steps.ratio_range(bucket)
    hole = steps.draw_hole("free_form", bucket, 5, photo)
    assert low <= hole.mean() < high


def test_the_same_seed_draws_the_same_hole(photo):
    holes = [steps.draw_hole("free_form", steps.ANY_RATIO, seed, photo) for seed in (1, 1, 2)]
    assert np.array_equal(holes[0], holes[1])
    assert not np.array_equal(holes[0], holes[2])


@pytest.mark.parametrize(
    "seed", [None, -1, 1.5, 2**40, "7", "abc", float("nan"), float("inf"), [1]]
)
def test_a_seed_that_is_none_is_refused(photo, seed):
    with pytest.raises(MaskError, match="seed"):
        steps.draw_hole("free_form", steps.ANY_RATIO, seed, photo)


@pytest.mark.parametrize(("polarity", "colour"), [("white", 255), ("black", 0)])
def test_a_mask_file_is_read_with_the_polarity_that_was_stated(tmp_path, photo, polarity, colour):
    hole = np.zeros((60, 80), bool)
    hole[5:20, 5:20] = True
    path = mask_png(tmp_path / "mask.png", hole, colour)
    assert np.array_equal(steps.mask_file(path, photo, polarity=polarity), hole)


def test_mask_files_that_cannot_be_used_are_refused(tmp_path, photo):
    text = tmp_path / "text.png"
    text.write_text("no picture")
    with pytest.raises(ImageError):
        steps.mask_file(str(text), photo, polarity="white")
    other = mask_png(tmp_path / "other.png", np.eye(50, dtype=bool))
    with pytest.raises(MaskError, match="80x60"):
        steps.mask_file(other, photo, polarity="white")
    for full, word in ((False, "empty"), (True, "covers the whole")):
        path = mask_png(tmp_path / f"{full}.png", np.full((60, 80), full))
        with pytest.raises(MaskError, match=word):
            steps.mask_file(path, photo, polarity="white")


def test_a_plan_holds_the_working_photograph_and_the_painted_hole(photo):
    hole = np.zeros((60, 80), bool)
    hole[5:20, 5:20] = True
    wanted = {"side": 160, "seed": 7.0, "scored": True, "most": 9}
    plan = steps.plan(photo, painted(photo, hole), ["telea"], ENTRIES, **wanted)
    assert plan.picture is photo.working
    assert np.array_equal(plan.hole, hole)
    assert plan.variants == ("telea",) and plan.seed == 7 and plan.scored


def test_what_cannot_be_compared_is_refused_in_one_line(photo):
    some, none, full = (np.zeros((60, 80), bool) for _ in range(3))
    some[5:20, 5:20], full[:] = True, True
    cases = [
        (None, painted(photo, some), ["telea"], "photograph"),
        (photo, painted(photo, some), [], "model"),
        (photo, painted(photo, none), ["telea"], "empty"),
        (photo, painted(photo, full), ["telea"], "covers the whole"),
        (photo, None, ["telea"], "empty"),
    ]
    for picked, canvas, names, word in cases:
        with pytest.raises(InpaintBenchError, match=word) as caught:
            steps.plan(picked, canvas, names, ENTRIES, side=160, seed=0, scored=False, most=9)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("samples", "word"), [(4, "at most 3"), (0, "samples"), (1.5, "samples")])
def test_more_results_than_there_is_room_for_are_refused(photo, samples, word):
    hole = np.zeros((60, 80), bool)
    hole[5:20, 5:20] = True
    limits = {"side": 160, "seed": 0, "samples": samples, "scored": False, "most": 3}
    with pytest.raises(InpaintBenchError, match=word):
        steps.plan(photo, painted(photo, hole), ["patchmatch"], ENTRIES, **limits)


def test_a_hole_for_a_large_photograph_is_drawn_small_and_enlarged():
    large = photograph("large", np.zeros((900, 1200, 3), np.uint8), max_side=1200)
    hole = steps.draw_hole("free_form", "20-30 %", 3, large)
    small = steps.draw_hole("free_form", "20-30 %", 3, large.at(512))
    assert hole.shape == (900, 1200) and abs(hole.mean() - small.mean()) < 0.01
