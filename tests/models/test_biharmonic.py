"""Biharmonic surfaces."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from inpaint_bench.masks import draw_mask
from inpaint_bench.models import MODELS


def cubic(size):
    """Give a polynomial of third degree a channel, in [0,1]: its bilaplacian is zero."""
    y, x = np.mgrid[:size, :size] / (size - 1) * 2 - 1
    surfaces = [x**3 - x * y**2, x * y + 0.5 * y, y**3 + x**2 - y]
    scaled = [(s - s.min()) / (s.max() - s.min()) for s in surfaces]
    return torch.from_numpy(np.stack(scaled)).float()[None]


def fill(image, hole):
    return MODELS["biharmonic"]().complete(image, hole).image


@pytest.mark.parametrize(("size", "margin"), [(32, 8), (128, 20)])
def test_cubic_surfaces_are_restored_however_large_the_hole(size, margin):
    image = cubic(size)
    hole = torch.zeros(1, 1, size, size)
    hole[..., margin:-margin, margin:-margin] = 1
    known = image.masked_fill(hole > 0, float("nan")).flatten(2).numpy()
    low, high = (
        torch.from_numpy(edge(known, axis=2))[..., None, None] for edge in (np.nanmin, np.nanmax)
    )
    # What rises above the known colours is clipped to them.
    torch.testing.assert_close(fill(image, hole), image.clamp(low, high), rtol=0, atol=1e-4)


def test_several_holes_are_filled_as_if_each_were_alone():
    image = torch.rand(1, 3, 40, 40, generator=torch.Generator().manual_seed(0))
    first, second = torch.zeros(1, 1, 40, 40), torch.zeros(1, 1, 40, 40)
    first[..., 3:12, 4:20] = 1
    second[..., 25:37, 22:40] = 1
    both = fill(image, first + second)
    torch.testing.assert_close(both * first, fill(image, first) * first, rtol=0, atol=1e-6)
    torch.testing.assert_close(both * second, fill(image, second) * second, rtol=0, atol=1e-6)


@pytest.mark.parametrize("seed", range(3))
def test_large_irregular_holes_at_the_border_stay_within_the_known_range(seed):
    image = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(seed)) * 0.4 + 0.3
    drawn = draw_mask("free_form", 64, 64, seed=seed, ratio=(0.5, 0.6))
    hole = torch.from_numpy(drawn).float()[None, None]
    result = fill(image, hole)
    missing = hole.bool().expand_as(image)
    low, high = image[~missing].min(), image[~missing].max()
    assert low - 1e-6 <= result[missing].min() and result[missing].max() <= high + 1e-6
