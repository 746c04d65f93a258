"""Sobel edges against scikit-image's."""

from __future__ import annotations

import numpy as np
import torch
from skimage import filters

from inpaint_bench.layers.sobel import sobel_edges


def test_the_inside_agrees_with_scikit_image_channel_by_channel():
    image = torch.rand(2, 3, 17, 23, dtype=torch.float64)
    edges = sobel_edges(image)
    assert edges.shape == image.shape
    for ours, plane in zip(edges.flatten(0, 1).numpy(), image.flatten(0, 1).numpy(), strict=True):
        theirs = (4 * filters.sobel_h(plane)) ** 2 + (4 * filters.sobel_v(plane)) ** 2
        np.testing.assert_allclose(ours[1:-1, 1:-1], theirs[1:-1, 1:-1], atol=1e-12)


def test_beyond_the_border_is_black():
    edges = sobel_edges(torch.ones(1, 1, 6, 6))
    assert edges[0, 0, 0, 2] == 16.0  # 1 2 1 inside, nothing outside, squared
    assert torch.equal(edges[:, :, 1:-1, 1:-1], torch.zeros(1, 1, 4, 4))
