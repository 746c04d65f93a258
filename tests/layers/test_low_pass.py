"""The low-pass filter of StyleGAN 2 against its definition with SciPy's convolution."""

from __future__ import annotations

import numpy as np
import torch
from scipy.signal import convolve2d

from inpaint_bench.layers.low_pass import blur, double, halve

TAPS = np.outer([1, 3, 3, 1], [1, 3, 3, 1]) / 64


def apart(function, x):
    """Apply a function of one HxW array to each channel of each picture."""
    pictures = x.numpy().astype(np.float64)
    return np.stack([[function(channel) for channel in picture] for picture in pictures])


def test_halving_filters_and_keeps_every_second_pixel():
    x = torch.rand(2, 3, 8, 12)
    expected = apart(lambda a: convolve2d(np.pad(a, 1), TAPS, mode="valid")[::2, ::2], x)
    np.testing.assert_allclose(halve(x).numpy(), expected, atol=1e-6)


def test_doubling_puts_zeros_between_and_filters_with_four_times_the_gain():
    def doubled(a):
        spread = np.zeros((2 * a.shape[0], 2 * a.shape[1]))
        spread[::2, ::2] = a
        return convolve2d(np.pad(spread, ((2, 1), (2, 1))), 4 * TAPS, mode="valid")

    x = torch.rand(2, 3, 5, 7)
    np.testing.assert_allclose(double(x).numpy(), apart(doubled, x), atol=1e-6)


def test_blurring_pads_as_told():
    x = torch.rand(1, 2, 6, 5)
    expected = apart(lambda a: convolve2d(np.pad(a, 2), 3 * TAPS, mode="valid"), x)
    np.testing.assert_allclose(blur(x, pad=2, gain=3.0).numpy(), expected, atol=1e-6)
