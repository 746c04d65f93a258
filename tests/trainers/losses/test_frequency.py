"""The two filters, against SciPy."""

from __future__ import annotations

import numpy as np
import torch
from scipy.ndimage import convolve, uniform_filter

from trainers.losses.frequency import high_pass, low_pass


def test_the_low_pass_is_a_mean_of_5x5():
    image = torch.rand(1, 3, 12, 14)
    for channel in range(3):
        wanted = uniform_filter(image[0, channel].numpy().astype(float), 5)[2:-2, 2:-2]
        assert np.allclose(low_pass(image)[0, channel].numpy(), wanted, atol=1e-6)


def test_the_high_pass_is_the_kernel_of_appendix_b5():
    kernel = [[-1, -1, -1], [-1, 9, -1], [-1, -1, -1]]
    image = torch.rand(1, 3, 12, 14)
    for channel in range(3):
        plane = image[0, channel].numpy().astype(float)
        wanted = convolve(plane, np.array(kernel), mode="constant")
        assert np.allclose(high_pass(image)[0, channel].numpy(), wanted, atol=1e-5)
