"""DeepFill v1 against the released parameter count, the paper's layer list and its behaviour."""

from __future__ import annotations

import pytest
import torch

from inpaint_bench import inpaint
from inpaint_bench.models.deepfill_v1 import DeepFillV1

# The paper's appendix, at 256x256: kernel, stride, dilation, channels, side of the output.
HALF = [
    (5, 1, 1, 32, 256),
    (3, 2, 1, 64, 128),
    (3, 1, 1, 64, 128),
    (3, 2, 1, 128, 64),
    (3, 1, 1, 128, 64),
    (3, 1, 1, 128, 64),
    (3, 1, 2, 128, 64),
    (3, 1, 4, 128, 64),
    (3, 1, 8, 128, 64),
    (3, 1, 16, 128, 64),
]
REST = [
    (3, 1, 1, 128, 64),
    (3, 1, 1, 128, 64),
    (3, 1, 1, 64, 128),
    (3, 1, 1, 64, 128),
    (3, 1, 1, 32, 256),
    (3, 1, 1, 16, 256),
    (3, 1, 1, 3, 256),
]


def scene(height: int = 64, width: int = 96) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(1)
    image, hole = torch.rand(2, 3, height, width, generator=generator), torch.zeros(2, 1, 1, 1)
    hole = hole.repeat(1, 1, height, width)
    hole[..., 16:48, 16:48] = 1
    return image, hole


@pytest.fixture(scope="module")
def model() -> DeepFillV1:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return DeepFillV1(width=8).eval()


def test_the_paper_width_has_the_parameters_of_the_released_weights():
    with torch.device("meta"):
        model = DeepFillV1()
    # as counted in daa233's generator, `parameters` of its fixture
    assert sum(p.numel() for p in model.parameters()) == 3_601_542


def test_the_coarse_layers_are_those_of_the_paper_at_the_papers_sizes():
    with torch.device("meta"):
        model = DeepFillV1().eval()
        sizes = []
        for layer in model.coarse:
            layer.register_forward_hook(lambda _, inputs, y: sizes.append(tuple(y.shape)))
        model.coarse(torch.empty(1, 5, 256, 256))
    expected = HALF + REST
    assert sizes == [(1, channels, side, side) for *_, channels, side in expected]
    for layer, (kernel, stride, dilation, channels, _) in zip(model.coarse, expected, strict=True):
        conv = layer.conv
        shape = (conv.kernel_size[0], conv.stride[0], conv.dilation[0], conv.out_channels)
        assert shape == (kernel, stride, dilation, channels)


def test_both_encoders_of_the_refinement_see_picture_border_and_hole(model):
    assert model.refinement.hallucination[0].conv.in_channels == 5
    assert model.refinement.matching[0].conv.in_channels == 5
    assert len(model.refinement.hallucination) == 10 and len(model.refinement.matching) == 6
    assert isinstance(model.refinement.matching[-1].activation, torch.nn.ReLU)


@torch.inference_mode()
def test_the_refinement_sees_the_coarse_result_only_in_the_hole(model):
    image, hole = scene()
    seen = []
    hook = model.refinement.register_forward_hook(lambda _, inputs, y: seen.append(inputs[0]))
    coarse, _ = model.network(image, hole)
    hook.remove()
    missing = hole.bool().expand_as(image)
    assert torch.equal(seen[0][:, :3][missing], coarse[missing])
    assert torch.equal(seen[0][:, :3][~missing], (image * 2 - 1)[~missing])
    assert (seen[0][:, 3] == 1).all() and torch.equal(seen[0][:, 4:], hole)


@torch.inference_mode()
def test_explaining_tells_the_patches_that_each_patch_copies_from(model):
    image, hole = scene()
    explained = model(image, hole, explain=True)
    assert torch.equal(explained.image, model(image, hole).image)
    patches, shares = explained.maps["attention"], explained.maps["attention_weight"]
    assert patches.shape == shares.shape == (2, 5, 8, 12)
    assert (shares.diff(dim=1) <= 0).all() and shares.max() <= 1
    assert not any(m._forward_hooks for m in model.modules())
    # a patch of 3x3 around any source, at an eighth of the size, holds no missing pixel
    rows, columns = patches[:, 0] // 12, patches[:, 0] % 12
    assert not ((rows >= 1) & (rows <= 6) & (columns >= 1) & (columns <= 6)).any()


def test_training_gives_both_stages_unclipped_and_with_gradients():
    model = DeepFillV1(width=8).train()
    with torch.no_grad():
        model.coarse[-1].conv.bias.fill_(3.0)
        model.refinement.decoder[-1].conv.bias.fill_(3.0)
    image, hole = scene()
    completion = model(image, hole)
    assert completion.stages["coarse"].max() > 1.0 and completion.image.max() > 1.0
    (completion.stages["coarse"].mean() + completion.image.mean()).backward()
    for parameter in (model.coarse[0].conv.weight, model.refinement.matching[0].conv.weight):
        assert parameter.grad.abs().max() > 0
    with torch.no_grad():
        still = model.eval()(image, hole)
    assert still.stages["coarse"].max() == 1.0 and still.image.max() == 1.0


def test_mirrored_borders_serve_pictures_smaller_than_the_widest_dilation():
    model = DeepFillV1(width=8, openmmlab=True).eval()
    image, hole = torch.rand(1, 3, 20, 16), torch.zeros(1, 1, 20, 16)
    hole[..., 5:9, 5:9] = 1
    assert torch.isfinite(inpaint(model, image, hole)).all()


@torch.inference_mode()
def test_a_hole_that_leaves_no_whole_patch_gives_finite_values(model):
    image, hole = scene()
    full = torch.ones_like(hole)
    for network in (model, DeepFillV1(width=8, openmmlab=True).eval()):
        assert torch.isfinite(network(image, full).image).all()
