"""Looking inside gives the same picture as inpainting, and maps that fit it."""

from __future__ import annotations

import pytest
import torch

from inpaint_bench import inpaint
from inpaint_bench.errors import MaskError, ModelError
from inpaint_bench.explain import look_inside
from inpaint_bench.models import MODELS


@pytest.fixture
def pair():
    image = torch.rand(1, 3, 50, 70, generator=torch.Generator().manual_seed(0))
    hole = torch.zeros(1, 1, 50, 70)
    hole[..., 10:30, 20:45] = 1
    return image, hole


@pytest.mark.parametrize(
    ("name", "options"), [("pconv_unet", {"width": 8, "depth": 3}), ("deepfill_v2", {"width": 8})]
)
def test_the_picture_is_that_of_inpaint_and_maps_cover_the_padded_size(name, options, pair):
    model = MODELS[name](**options).eval()
    inside = look_inside(model, *pair)
    assert torch.equal(inside.image, inpaint(model, *pair))
    assert inside.padded == (56, 72)
    for values in inside.maps.values():
        assert inside.padded[0] % values.shape[2] == 0
    for stage in inside.stages.values():
        assert stage.shape[2:] == (50, 70)


def test_a_method_that_explains_nothing_is_refused(pair):
    with pytest.raises(ModelError, match="can be looked into"):
        look_inside(MODELS["telea"](), *pair)


def test_a_picture_without_a_hole_is_refused(pair):
    with pytest.raises(MaskError):
        model = MODELS["pconv_unet"](width=8, depth=3).eval()
        look_inside(model, pair[0], torch.zeros_like(pair[1]))
