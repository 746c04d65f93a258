"""What the everyday metrics cost beside scikit-image's."""

from __future__ import annotations

import cv2
import pytest
import torch

from inpaint_bench.metrics import METRICS, metrics_speed
from inpaint_bench.metrics._speed import NAMES, _pictures, _scikit_image, _tensor


def test_both_sides_compute_the_same_four_numbers():
    truth, result, hole = _pictures(96)
    tensors = [_tensor(result), _tensor(truth), torch.from_numpy(hole)[None, None].float()]
    found = [METRICS[name].compute(*tensors).item() for name in NAMES]
    assert found == pytest.approx(_scikit_image(result, truth), rel=1e-5)


def test_the_four_are_far_faster_than_scikit_image_and_threads_are_put_back():
    before = torch.get_num_threads(), cv2.getNumThreads()
    speed = metrics_speed(256, rounds=5)
    assert (torch.get_num_threads(), cv2.getNumThreads()) == before
    assert speed.size == 256 and speed.ours > 0
    # 5 to 6 times on an idle machine; half of that even on one that is busy.
    assert speed.times_faster > 2.5
