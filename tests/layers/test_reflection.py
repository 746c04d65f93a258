"""Reflection against NumPy's, which also mirrors the mirror image."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from inpaint_bench.layers.reflection import reflect_pad


@pytest.mark.parametrize(("height", "width", "pad"), [(9, 12, 3), (3, 5, 8), (2, 9, 4), (1, 4, 2)])
def test_it_mirrors_as_numpy_does_however_small_the_picture(height, width, pad):
    x = torch.rand(2, 3, height, width)
    expected = np.pad(x.numpy(), ((0, 0), (0, 0), (pad, pad), (pad, pad)), mode="reflect")
    np.testing.assert_array_equal(reflect_pad(x, pad).numpy(), expected)
