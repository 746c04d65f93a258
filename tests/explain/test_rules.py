"""The two rules against a count written out by hand."""

from __future__ import annotations

import numpy as np

from inpaint_bench.explain.rules import fill_by_averaging


def test_on_a_flat_picture_partial_convolution_gives_the_colour_and_vanilla_darkens():
    picture = np.full((21, 21, 3), 200, np.uint8)
    hole = np.zeros((21, 21), bool)
    hole[8:13, 8:13] = True
    vanilla, partial = fill_by_averaging(picture, hole, 2)
    assert (partial == 200).all()
    once = fill_by_averaging(picture, hole, 1)[0]
    assert once[8, 8, 0] == round(200 * (25 - 9) / 25)  # 9 of the 25 pixels are missing
    assert (vanilla[~hole] == 200).all() and vanilla[10, 10].max() < 200


def test_a_mask_grows_by_half_a_kernel_each_round():
    picture = np.full((31, 31, 3), 120, np.uint8)
    hole = np.zeros((31, 31), bool)
    hole[5:26, 5:26] = True
    partial = fill_by_averaging(picture, hole, 3)[1]
    assert (partial[5:11, 15] == 120).all()  # three rounds of two pixels
    assert (partial[11:20, 15] == 0).all()
