"""The contact sheet."""

from __future__ import annotations

import numpy as np
import pytest

from inpaint_bench.errors import MaskError
from inpaint_bench.masks import draw_mask
from inpaint_bench.masks.sheet import draw_sheet


def test_every_mask_is_on_the_sheet_with_ink_under_it():
    holes = [draw_mask("rectangles", 64, 64, seed=seed) for seed in range(5)]
    sheet = draw_sheet(holes, [(f"m{n}", "some text") for n in range(5)])
    blank = draw_sheet(holes, [("", "") for _ in range(5)])
    assert sheet.dtype == np.uint8 and sheet.ndim == 3 and sheet.shape[2] == 3
    assert sheet.shape == blank.shape and (sheet != blank).any()
    white = (sheet == 255).all(axis=2).sum()
    expected = sum(hole.mean() for hole in holes) * 160 * 160
    assert abs(white / expected - 1) < 0.02


def test_long_labels_and_oblong_masks_stay_inside_their_cells():
    hole = np.zeros((20, 200), dtype=bool)
    hole[5:9] = True
    sheet = draw_sheet([hole], [["a very long label that would not fit under the mask at all"]])
    assert (sheet[:, -12:] == sheet[0, 0]).all()


def test_nothing_to_show_is_refused():
    with pytest.raises(MaskError, match="masks and a label for each"):
        draw_sheet([], [])
    with pytest.raises(MaskError, match="got 1 and 0"):
        draw_sheet([np.ones((8, 8), dtype=bool)], [])


def test_a_row_can_hold_a_given_number_of_masks():
    holes = [np.eye(64, dtype=bool)] * 6
    sheet = draw_sheet(holes, [("a",)] * 6, columns=2)
    assert sheet.shape[1] < 3 * 172 and sheet.shape[0] > 3 * 172
