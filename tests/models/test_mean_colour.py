"""Mean colour."""

from __future__ import annotations

import pytest
import torch

from inpaint_bench.errors import MaskError
from inpaint_bench.models import MODELS


def test_every_missing_pixel_gets_the_mean_of_the_known_ones_of_its_image():
    image = torch.zeros(2, 3, 4, 6)
    image[0, :, :, :2] = torch.tensor([0.2, 0.4, 0.9]).view(3, 1, 1)
    image[0, :, :, 2:4] = torch.tensor([0.4, 0.4, 0.1]).view(3, 1, 1)
    image[1] = 0.75
    hole = torch.zeros(2, 1, 4, 6)
    hole[0, :, :, 4:] = 1
    hole[1, :, 1:3, 1:3] = 1
    result = MODELS["mean_colour"]().complete(image, hole).image
    expected = torch.tensor([0.3, 0.4, 0.5]).view(3, 1, 1).expand(3, 4, 2)
    torch.testing.assert_close(result[0, :, :, 4:], expected)
    torch.testing.assert_close(result[1], image[1])
    known = hole.expand_as(image) == 0
    assert torch.equal(result[known], image[known])


def test_the_mean_of_a_large_image_is_exact():
    image = torch.full((1, 3, 2000, 2000), 0.1)
    hole = torch.zeros(1, 1, 2000, 2000)
    hole[..., :10] = 1
    result = MODELS["mean_colour"]().complete(image, hole).image
    torch.testing.assert_close(result[..., :10], image[..., :10], rtol=0, atol=1e-7)


@pytest.mark.parametrize("name", ["mean_colour", "telea", "navier_stokes", "biharmonic"])
def test_nothing_known_is_refused_and_nothing_missing_is_left_alone(name):
    image = torch.rand(2, 3, 16, 16, generator=torch.Generator().manual_seed(0))
    model = MODELS[name]()
    with pytest.raises(MaskError, match="covers the whole image"):
        model.complete(image, torch.ones(2, 1, 16, 16))
    assert torch.equal(model.complete(image, torch.zeros(2, 1, 16, 16)).image, image)
