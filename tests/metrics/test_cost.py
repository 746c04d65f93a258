"""What the everyday metrics cost beside scikit-image's."""

from __future__ import annotations

import cv2
import pytest
import torch

from inpaint_bench.errors import BenchError
from inpaint_bench.metrics import METRICS
from inpaint_bench.metrics.cost import (
    NAMES,
    _batch,
    _pictures,
    _scikit_image,
    compare_with_skimage,
)


def test_both_sides_compute_the_same_four_numbers():
    drawn = [_pictures(96, seed) for seed in (0, 1)]
    truth, result, hole = (_batch([one[k] for one in drawn]) for k in range(3))
    found = [METRICS[name].compute(result, truth, hole) for name in NAMES]
    for i, one in enumerate(drawn):
        expected = _scikit_image(one[1], one[0])
        assert [float(values[i]) for values in found] == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("size", [128, 256])
def test_both_sides_are_timed_for_one_picture_and_threads_are_put_back(size):
    before = torch.get_num_threads(), cv2.getNumThreads()
    cost = compare_with_skimage(size, 8, rounds=3)
    assert (torch.get_num_threads(), cv2.getNumThreads()) == before
    assert (cost.size, cost.images, cost.batch) == (size, 8, 8)
    assert cost.ours > 0 and cost.times_faster == pytest.approx(cost.scikit_image / cost.ours)


def test_pictures_that_are_too_small_are_told_in_one_line():
    with pytest.raises(BenchError, match="64 pixels or more"):
        compare_with_skimage(32)
    with pytest.raises(BenchError, match="got 64, 1, 0 and 10"):
        compare_with_skimage(64, 1, batch=0)
