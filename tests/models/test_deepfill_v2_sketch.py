"""The sketch of DeepFill v2: where it enters, and that only strokes in the hole count."""

from __future__ import annotations

import pytest
import torch

from inpaint_bench import inpaint
from inpaint_bench.models.deepfill_v2 import DeepFillV2
from inpaint_bench.models.deepfill_v2_sketch import DeepFillV2Sketch


@pytest.fixture(scope="module")
def model() -> DeepFillV2Sketch:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return DeepFillV2Sketch(width=8).eval()


@pytest.fixture(scope="module")
def scene() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Give a picture, a box of missing pixels and a line that crosses it."""
    image = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(1))
    hole, sketch = torch.zeros(1, 1, 64, 64), torch.zeros(1, 1, 64, 64)
    hole[..., 16:48, 16:48] = 1
    sketch[..., 30:32, :] = 1
    return image, hole, sketch


def test_the_paper_width_has_one_input_plane_more_than_without_a_sketch():
    with torch.device("meta"):
        plain, guided = DeepFillV2(), DeepFillV2Sketch()
    # the authors' guided network concatenates the edges to the picture: 5 -> 6 planes into the
    # first 5x5 layer of 48 outputs, and changes nothing else
    extra = 5 * 5 * 48
    count = sum(p.numel() for p in guided.parameters())
    assert count == sum(p.numel() for p in plain.parameters()) + extra == 4_052_478 + extra
    changed = {
        name
        for name, tensor in guided.state_dict().items()
        if tensor.shape != plain.state_dict()[name].shape
    }
    assert changed == {"coarse.0.conv.weight"}


@torch.inference_mode()
def test_a_stroke_in_the_hole_changes_the_picture_there(model, scene):
    image, hole, sketch = scene
    without, drawn = model(image, hole), model(image, hole, sketch=sketch)
    missing = hole.bool().expand_as(image)
    assert (without.image - drawn.image).abs()[missing].max() > 1e-4
    assert (without.stages["coarse"] - drawn.stages["coarse"]).abs()[missing].max() > 1e-4


@torch.inference_mode()
def test_where_the_stroke_lies_matters(model, scene):
    image, hole, sketch = scene
    across = model(image, hole, sketch=sketch).image
    down = model(image, hole, sketch=sketch.transpose(2, 3)).image
    assert not torch.allclose(across, down, atol=1e-4)


@torch.inference_mode()
def test_no_sketch_is_an_empty_sketch(model, scene):
    image, hole, sketch = scene
    empty = model(image, hole, sketch=torch.zeros_like(sketch)).image
    assert torch.equal(model(image, hole).image, empty)


@torch.inference_mode()
def test_strokes_on_known_pixels_are_dropped(model, scene):
    image, hole, sketch = scene
    inside = model(image, hole, sketch=sketch * hole).image
    assert torch.equal(model(image, hole, sketch=sketch).image, inside)
    outside = model(image, hole, sketch=1 - hole).image
    assert torch.equal(model(image, hole).image, outside)


def test_inpaint_hands_the_sketch_on_at_any_size(model):
    image, hole = torch.rand(1, 3, 37, 51), torch.zeros(1, 1, 37, 51)
    hole[..., 8:30, 8:40] = 1
    sketch = torch.zeros_like(hole)
    sketch[..., 18:20, :] = 1
    drawn, plain = inpaint(model, image, hole, sketch=sketch), inpaint(model, image, hole)
    assert not torch.equal(drawn, plain)
    known = ~hole.bool().expand_as(image)
    assert torch.equal(drawn[known], image[known])


def test_a_training_step_reaches_the_weights_of_the_sketch_plane(scene):
    image, hole, sketch = scene
    model = DeepFillV2Sketch(width=8).train()
    completion = model(image, hole, sketch=sketch)
    (completion.image.mean() + completion.stages["coarse"].mean()).backward()
    gradient = model.coarse[0].conv.weight.grad
    assert gradient.shape[1] == 6
    assert gradient[:, 3].abs().max() > 0  # planes: red, green, blue, sketch, ones, hole
