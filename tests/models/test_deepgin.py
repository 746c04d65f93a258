"""DeepGIN against table 1 and figure 3 of its paper, and self-attention by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from inpaint_bench.errors import ModelError
from inpaint_bench.models.deepgin import ABLATIONS, DeepGIN, _SelfAttention

# Table 1, millions of parameters; ours agree to its last digit, so nothing differs
TABLE = {
    "StdResBlk (Coarse only)": 8.168,
    "StdResBlk": 40.850,
    "StdResBlk-SA": 41.376,
    "StdResBlk-MSSA": 42.892,
    "DilatedResBlk-MSSA": 42.892,
    "SPDResBlk-MSSA": 42.892,
    "SPDResBlk-MSSA-BP": 42.930,
}


def seeded(**options) -> DeepGIN:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return DeepGIN(width=4, **options)


def parameters(**options) -> int:
    with torch.device("meta"):
        return sum(p.numel() for p in DeepGIN(**options).parameters())


def inputs(height=48, width=64):
    image = torch.rand(2, 3, height, width, generator=torch.Generator().manual_seed(1))
    hole = torch.zeros(2, 1, height, width)
    hole[:, :, 10:30, 20:45] = 1
    return image, hole


@pytest.mark.parametrize("row", TABLE)
def test_each_row_of_the_table_has_its_number_of_parameters(row):
    assert parameters(**ABLATIONS[row]) / 1e6 == pytest.approx(TABLE[row], abs=0.0005)


def test_the_presets_are_the_seven_rows_in_order_and_the_last_is_the_default():
    assert list(ABLATIONS) == list(TABLE)
    assert parameters() == parameters(**ABLATIONS["SPDResBlk-MSSA-BP"])


def test_a_pyramid_of_dilations_adds_no_parameters():
    assert parameters(blocks="spd") == parameters(blocks="standard") == parameters(blocks="dilated")


def test_blocks_have_eight_dilations_in_the_coarse_stage_and_four_in_the_refinement():
    model = seeded()
    coarse = [m for m in model.coarse if hasattr(m, "branches")]
    refined = [*model.refinement.before, *model.refinement.after]
    assert len(coarse) == len(refined) == 6
    assert all(len(block.branches) == 8 for block in coarse)
    assert all(len(block.branches) == 4 for block in refined)
    assert {b.dilation[0] for b in coarse[0].branches} == {1, 2, 3, 4, 5, 6, 8, 10}


@pytest.mark.parametrize("row", ABLATIONS)
def test_every_row_runs_and_has_a_coarse_stage(row):
    model = seeded(**ABLATIONS[row]).eval()
    image, hole = inputs()
    with torch.no_grad():
        completion = model(image, hole, explain=True)
    assert completion.image.shape == completion.stages["coarse"].shape == image.shape
    scales = {"multi_scale": 3, "single": 1, "none": 0}
    options = ABLATIONS[row]
    refine = options.get("refine", True)
    expected = 2 * scales[options.get("attention", "multi_scale")] if refine else 0
    expected += refine and options.get("back_projection", True)
    assert len(completion.maps) == expected


def test_without_refinement_the_coarse_stage_is_the_result():
    completion = seeded(refine=False).eval()(*inputs())
    assert torch.equal(completion.image, completion.stages["coarse"])


def test_self_attention_is_the_embedded_gaussian_by_hand():
    torch.manual_seed(3)
    block, x = _SelfAttention(6), torch.randn(1, 6, 3, 4)
    with torch.no_grad():
        ours = block(x)
        places, weights = block.sources(x)
    flat = x[0].flatten(1).numpy().astype(np.float64)  # 6 x 12
    matrix = block.project.weight.detach()[:, :, 0, 0].numpy().astype(np.float64)
    bias = block.project.bias.detach().numpy()[:, None]
    query, key, value = np.split(matrix @ flat + bias, 3)
    scores = query.T @ key
    attention = np.exp(scores - scores.max(1, keepdims=True))
    attention /= attention.sum(1, keepdims=True)
    out = block.out.weight.detach()[:, :, 0, 0].numpy() @ (value @ attention.T)
    expected = flat + out + block.out.bias.detach().numpy()[:, None]
    np.testing.assert_allclose(ours[0].flatten(1).numpy(), expected, atol=1e-5)
    order = np.argsort(-attention, axis=1)[:, :5].T
    np.testing.assert_array_equal(places[0].flatten(1).numpy(), order)
    top = -np.sort(-attention, axis=1)[:, :5].T
    np.testing.assert_allclose(weights[0].flatten(1).numpy(), top, atol=1e-6)


def test_explaining_gives_attended_places_at_three_scales_and_the_projected_share():
    model = seeded().eval()
    image, hole = inputs()
    with torch.no_grad():
        maps = model(image, hole, explain=True).maps
    for name, (height, width) in {
        "attention": (3, 4),
        "attention_8": (6, 8),
        "attention_4": (12, 16),
    }.items():
        assert maps[name].shape == maps[f"{name}_weight"].shape == (2, 5, height, width)
        assert maps[name].max() < height * width
        assert maps[f"{name}_weight"].sum(dim=1).max() <= 1 + 1e-5
    assert maps["back_projection"].shape == hole.shape
    assert not any(m._forward_hooks for m in model.modules())


def test_back_projection_of_weight_zero_leaves_the_composited_picture():
    model = seeded().eval()
    image, hole = inputs()
    with torch.no_grad():
        model.refinement.back_projection.weight.weight.zero_()
        model.refinement.back_projection.weight.bias.fill_(-200.0)
        passes = model.network(image, hole)
    known = hole.expand_as(image) == 0
    assert torch.equal(passes.image[known], image[known])


def test_a_training_step_reaches_every_weight():
    model = seeded().train()
    for parameter in model.parameters():  # the first weights are small, see section 5.1
        parameter.data.mul_(5.0)
    image, hole = inputs(32, 32)
    passes = model.network(image, hole)
    loss = sum(part.square().mean() for part in (passes.image, passes.coarse, passes.low))
    loss.backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None and parameter.grad.isfinite().all(), name


def test_training_keeps_values_beyond_the_range():
    model = seeded().train()
    with torch.no_grad():
        model.coarse[-1].bias.fill_(3.0)
    assert model(*inputs()).stages["coarse"].max() > 1
    assert model.eval()(*inputs()).stages["coarse"].max() <= 1


def test_half_precision_stays_close():
    model = seeded().eval()
    image, hole = inputs()
    with torch.no_grad():
        plain = model(image, hole).image
        with torch.autocast("cpu", torch.bfloat16):
            half = model(image, hole).image
    assert half.dtype == torch.float32
    assert (plain - half).abs().max() < 0.02


@pytest.mark.parametrize(
    "options", [{"blocks": "gated"}, {"attention": "double"}, {"width": 5}, {"width": 0}]
)
def test_an_option_it_does_not_know_is_refused(options):
    with pytest.raises(ModelError, match="expected"):
        DeepGIN(**options)
