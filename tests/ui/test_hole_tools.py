from __future__ import annotations

import numpy as np
import pytest
from skimage.morphology import dilation, disk, erosion

from inpaint_bench.errors import MaskError
from inpaint_bench.ui.hole_tools import TOOLS, change_hole, grow, shrink, step_of


@pytest.fixture
def hole():
    hole = np.zeros((120, 160), bool)
    hole[30:70, 40:110] = True
    hole[100, 150] = True
    return hole


def test_growing_and_shrinking_are_by_a_disk_as_scikit_image_does_it(hole):
    step = step_of(hole)
    assert step == 3
    assert np.array_equal(grow(hole), dilation(hole, disk(step)))
    inside = np.pad(hole, 10, mode="edge")
    assert np.array_equal(shrink(hole), erosion(inside, disk(step))[10:-10, 10:-10])


def test_a_hole_at_the_border_stays_there_when_it_shrinks():
    hole = np.zeros((60, 60), bool)
    hole[:20] = True
    shrunk = shrink(hole)
    assert shrunk[0].all() and not shrunk[19].any()


def test_inverting_twice_changes_nothing(hole):
    assert np.array_equal(change_hole("invert", change_hole("invert", hole)), hole)


def test_the_step_grows_with_the_picture():
    assert [step_of(np.zeros((side, 9), bool)) for side in (16, 256, 1024)] == [1, 5, 20]


@pytest.mark.parametrize("tool", list(TOOLS))
def test_no_hole_is_answered_in_words(tool):
    with pytest.raises(MaskError, match="got none"):
        change_hole(tool, np.zeros((60, 60), bool))


def test_nothing_left_or_nothing_known_is_refused():
    dot = np.zeros((60, 60), bool)
    dot[30, 30] = True
    with pytest.raises(MaskError, match="nothing of it"):
        change_hole("shrink", dot)
    with pytest.raises(MaskError, match="nothing known"):
        change_hole("grow", ~dot)
