"""What every architecture promises, checked on each that is registered, at small width."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from inpaint_bench import inpaint
from inpaint_bench.errors import ModelError
from inpaint_bench.models import MODELS

# Options that make a network small enough for this test; classical methods need none.
SMALL: dict[str, dict[str, object]] = {
    "pconv_autoencoder": {"width": 8},
    "pconv_unet": {"width": 8, "depth": 4},
    "aot_gan": {"width": 8, "blocks": 2},
    "global_local": {"width": 8},
    "lama": {"width": 8, "blocks": 2},
    "mat": {"resolution": 128, "width": 16, "channels": 12, "latent": 16},
    "mi_gan": {"resolution": 64, "width": 16},
    "deepfill_v1": {"width": 8},
    "deepfill_v2": {"width": 8},
    "deepfill_v2_sketch": {"width": 8},
    "edge_connect": {"width": 4, "blocks": 2},
    "pluralistic": {"width": 8, "latent": 8},
    "deepgin": {"width": 4},
    "recurrent_sobel": {"width": 4},
    "region_norm": {"width": 4, "blocks": 2},
    "region_wise": {"width": 4},
    "madf": {"width": 8},
    "co_mod_gan": {"resolution": 64, "width": 16, "latent": 16},
}


@pytest.fixture(params=list(MODELS), scope="module")
def model(request):
    """Build each architecture with weights drawn from a fixed seed."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = MODELS[request.param](**SMALL.get(request.param, {}))
    return model.eval() if isinstance(model, torch.nn.Module) else model


def batch(model, height=48, width=64, count=3):
    """Give photographs with structure, and holes inside, at the border, and of one pixel."""
    up = model.multiple
    height, width = -(-height // up) * up, -(-width // up) * up
    if model.side:
        height = width = model.side  # it takes no other
    generator = torch.Generator().manual_seed(1)
    rows = torch.linspace(0, 1, height).view(1, 1, -1, 1)
    columns = torch.linspace(0, 1, width).view(1, 1, 1, -1)
    phase = torch.rand(count, 3, 1, 1, generator=generator) * 6
    noise = torch.rand(count, 3, height, width, generator=generator) * 0.05
    image = (0.5 + 0.4 * torch.sin(9 * rows + 7 * columns + phase) + noise).clamp(0, 1)
    hole = torch.zeros(count, 1, height, width)
    hole[0, :, 10:25, 20:40] = 1
    hole[1 % count, :, 30:, :22] = 1
    hole[2 % count, :, 5, 7] = 1
    return image, hole


def seeded(seed=7):
    return torch.Generator().manual_seed(seed)


@torch.inference_mode()
def complete(model, image, hole, explain=False):
    return model.complete(image, hole, generator=seeded(), explain=explain)


def test_it_declares_what_readers_need(model):
    traits = model.traits
    assert traits.title and traits.family and len(traits.paper) > 10
    assert model.multiple >= 1


@pytest.mark.parametrize("size", [(48, 64), (80, 40)])
def test_a_completion_has_the_size_of_the_image_and_finite_values_in_range(model, size):
    image, hole = batch(model, *size)
    result = complete(model, image, hole).image
    assert result.shape == image.shape and result.dtype == torch.float32
    assert torch.isfinite(result).all()
    assert result.min() >= -1e-6 and result.max() <= 1 + 1e-6


def test_stages_and_maps_are_those_declared(model):
    image, hole = batch(model)
    plain, explained = complete(model, image, hole), complete(model, image, hole, explain=True)
    assert tuple(plain.stages) == model.traits.stages
    assert len(plain.maps) == 0
    assert bool(explained.maps) == bool(model.traits.maps)
    assert torch.equal(plain.image, explained.image)
    for stage in plain.stages.values():
        assert stage.shape[0] == len(image) and stage.min() >= -1e-6 and stage.max() <= 1 + 1e-6


def test_a_batch_of_one_equals_its_slice_of_a_batch_of_three(model):
    image, hole = batch(model)
    together = complete(model, image, hole).image
    for i in range(3):
        alone = complete(model, image[i : i + 1], hole[i : i + 1]).image
        torch.testing.assert_close(alone, together[i : i + 1], rtol=0, atol=1e-4)


def test_the_same_seed_gives_the_same_picture_and_no_global_state_is_touched(model):
    image, hole = batch(model)
    torch_state, numpy_state = torch.get_rng_state(), np.random.get_state()[1].copy()
    first, second = complete(model, image, hole).image, complete(model, image, hole).image
    assert torch.equal(first, second)
    assert torch.equal(torch.get_rng_state(), torch_state)
    np.testing.assert_array_equal(np.random.get_state()[1], numpy_state)


def test_only_stochastic_models_listen_to_the_seed(model):
    image, hole = batch(model)
    results = []
    for seed in (1, 2, 3):
        with torch.inference_mode():
            results.append(model.complete(image, hole, generator=seeded(seed)).image)
    same = all(torch.equal(results[0], other) for other in results[1:])
    assert same is not model.traits.stochastic


def test_what_lies_under_the_hole_does_not_matter(model):
    image, hole = batch(model)
    missing = hole.bool().expand_as(image)
    results = []
    for filler in (torch.zeros_like(image), torch.ones_like(image), torch.rand_like(image)):
        results.append(complete(model, torch.where(missing, filler, image), hole).image)
    for other in results[1:]:
        assert torch.equal(results[0][missing], other[missing])


def test_arguments_are_not_modified(model):
    image, hole = batch(model)
    before = image.clone(), hole.clone()
    result = complete(model, image, hole).image
    assert torch.equal(image, before[0]) and torch.equal(hole, before[1])
    assert result.data_ptr() != image.data_ptr()


@pytest.mark.parametrize("size", [(48, 64), (37, 51), (20, 16)])
def test_inpaint_takes_any_size_and_keeps_known_pixels_exact(model, size):
    image = torch.rand(2, 3, *size, generator=seeded())
    hole = torch.zeros(2, 1, *size)
    hole[0, :, 4:12, 5:11] = 1
    hole[1, :, 10:, 9:] = 1
    result = inpaint(model, image, hole, generator=seeded())
    known = ~hole.bool().expand_as(image)
    assert result.shape == image.shape
    assert torch.equal(result[known], image[known])
    assert result.min() >= 0 and result.max() <= 1


def test_a_sketch_is_taken_or_refused_as_declared(model):
    image, hole = batch(model)
    if model.traits.sketch:
        result = inpaint(model, image, hole, sketch=torch.ones_like(hole), generator=seeded())
        assert result.shape == image.shape
    else:
        with pytest.raises(ModelError, match="sketch"):
            inpaint(model, image, hole, sketch=torch.ones_like(hole))
