from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from inpaint_bench.errors import MaskError
from inpaint_bench.ui.canvas import Paint, layer_of, read_paint
from inpaint_bench.ui.hole_history import HoleHistory

SIDE = 40


def paint(width):
    """A hole over the first columns, with a stroke in it."""
    hole, strokes = np.zeros((2, SIDE, SIDE), bool)
    hole[:, :width] = True
    strokes[5, : width // 2] = True
    return Paint(hole, strokes)


def canvas(width):
    """What an editor shows of it; no paint where nothing is missing."""
    return {"layers": [layer_of(paint(width))] if width else []}


def width(canvas):
    return int(read_paint(canvas, side=SIDE).hole[0].sum())


def clicks(history, shown, sent):
    """Return the history after a button, which found one hole and sent another."""
    return history.changed(canvas(shown), paint(sent))


def test_a_canvas_means_what_it_shows_until_a_button_has_changed_it():
    assert width(HoleHistory().meant(canvas(7), side=SIDE)) == 7
    assert width(HoleHistory().meant(None, side=SIDE)) == 0


def test_an_editor_that_lags_behind_means_what_it_was_sent():
    history = clicks(HoleHistory(), 7, 10)
    assert width(history.meant(canvas(7), side=SIDE)) == 10
    history = clicks(history, 7, 13)  # the second click came as quickly
    for shown in (7, 10, 13):
        assert width(history.meant(canvas(shown), side=SIDE)) == 13
    assert width(history.meant(canvas(21), side=SIDE)) == 21  # brushed since then


def test_what_was_shown_before_counts_again_once_the_editor_has_caught_up():
    history = clicks(HoleHistory(), 7, 10)
    history = clicks(history, 10, 3)
    assert width(history.meant(canvas(7), side=SIDE)) == 7


def test_what_a_hand_has_made_is_meant_though_it_was_shown_before():
    history = clicks(HoleHistory(), 7, 10)
    assert width(history.by_hand().meant(canvas(7), side=SIDE)) == 10  # it has had no time yet
    history = replace(history, when=history.when - 2.0)
    assert width(history.by_hand().meant(canvas(7), side=SIDE)) == 7


def test_another_photograph_s_hole_is_meant_at_once_and_nothing_before_it_comes_back():
    history = clicks(HoleHistory(), 7, 10).anew(canvas(7), paint(0))
    assert all(width(history.meant(canvas(shown), side=SIDE)) == 0 for shown in (7, 10, 0))
    with pytest.raises(MaskError, match="nothing to undo"):
        history.undone(canvas(0), side=SIDE)


def test_undo_gives_one_hole_after_the_other_and_says_when_there_is_none():
    history = HoleHistory()
    for step in range(9):
        history = clicks(history, step, step + 1)
    shown, found = 9, []
    for _ in range(6):
        hole, history = history.undone(canvas(shown), side=SIDE)
        shown = int(hole.hole[0].sum())
        found.append(shown)
    assert found == [8, 7, 6, 5, 4, 3]  # the six last
    with pytest.raises(MaskError, match="nothing to undo"):
        history.undone(canvas(shown), side=SIDE)


def test_undo_passes_over_what_changed_nothing_and_takes_quick_clicks_in_turn():
    history = clicks(clicks(clicks(HoleHistory(), 2, 4), 4, 4), 4, 6)
    hole, history = history.undone(canvas(6), side=SIDE)
    assert hole.hole[0].sum() == 4
    hole, _ = history.undone(canvas(6), side=SIDE)  # the editor still shows what was undone
    assert hole.hole[0].sum() == 2


def test_strokes_come_back_with_their_hole():
    hole, _ = clicks(HoleHistory(), 20, 30).undone(canvas(30), side=SIDE)
    assert np.array_equal(hole.strokes, paint(20).strokes)
