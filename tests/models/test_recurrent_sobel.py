"""Recurrent Sobel against table B.6 of its paper, and what recurrence must not leave behind."""

from __future__ import annotations

import pytest
import torch

from inpaint_bench.models.recurrent_sobel import RecurrentSobel

# kernel, stride, outputs; the fourth layer's stride is the published code's, the table says 1
ENCODER = [(5, 1, 16), (3, 2, 32), (3, 1, 32), (3, 2, 64), (3, 1, 64), (3, 1, 64)]
DECODER = [(3, 1, n) for n in (64, 64, 32, 32, 16, 16, 8, 3)]


@pytest.fixture(scope="module")
def model() -> RecurrentSobel:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return RecurrentSobel(width=4).eval()


def inputs(height=48, width=64, count=2, seed=1):
    image = torch.rand(count, 3, height, width, generator=torch.Generator().manual_seed(seed))
    hole = torch.zeros(count, 1, height, width)
    hole[:, :, 10:30, 20:45] = 1
    return image, hole


def test_the_fourteen_layers_are_those_of_the_table():
    model = RecurrentSobel()
    for layers, table in ((model.encoder, ENCODER), (model.decoder, DECODER)):
        convs = [layer.conv for layer in layers]
        assert [(c.kernel_size[0], c.stride[0], c.out_channels) for c in convs] == table
    assert [layer.active for layer in model.decoder] == [True] * 7 + [False]
    # the paper gives no count; the published code at the table's width has this many
    assert sum(p.numel() for p in model.parameters()) == 2_053_999


def test_nothing_is_left_behind_between_calls(model):
    image, hole = inputs()
    other = inputs(64, 40, count=1, seed=2)
    with torch.no_grad():
        first = model(image, hole).image
        model(*other)
        again = model(image, hole).image
    assert torch.equal(first, again)
    assert not list(model.buffers())


def test_the_refined_run_recalls_the_coarse_one(model):
    image, hole = inputs()
    with torch.no_grad():
        before = model(image, hole)
        kept = [layer.recall.weight.clone() for layer in model.encoder]
        for layer in model.encoder:
            layer.recall.weight.zero_()
        after = model(image, hole)
        for layer, weight in zip(model.encoder, kept, strict=True):
            layer.recall.weight.copy_(weight)
    assert torch.equal(before.stages["coarse"], after.stages["coarse"])
    assert (before.image - after.image).abs().max() > 1e-4


def test_a_memory_of_zeros_is_no_memory(model):
    layer, x = model.encoder[1], torch.rand(1, 4, 16, 24)
    with torch.no_grad():
        zeros = layer(x, torch.zeros(1, 8, 8, 12))
        torch.testing.assert_close(layer(x, None), zeros, rtol=0, atol=1e-6)


def test_each_picture_of_a_batch_attends_around_its_own_hole(model):
    image, hole = inputs()
    hole[1] = 0
    hole[1, :, :8, :8] = 1
    with torch.no_grad():
        together = model(image, hole).image
        alone = model(image[1:], hole[1:]).image
    torch.testing.assert_close(together[1:], alone, rtol=0, atol=1e-5)


def test_explaining_gives_edges_memories_and_attended_patches(model):
    image, hole = inputs()
    with torch.no_grad():
        maps = model(image, hole, explain=True).maps
    assert maps["edges_coarse"].shape == maps["edges_refined"].shape == hole.shape
    memories = {k: v for k, v in maps.items() if k.startswith("memory_")}
    assert len(memories) == 14
    assert memories["memory_encoder_4"].shape == (2, 1, 12, 16)
    assert all(m.min() >= 0 for m in memories.values())
    assert maps["attention"].shape == maps["attention_weight"].shape == (2, 5, 6, 8)
    assert maps["attention"].min() >= 0 and maps["attention"].max() < 48
    assert not any(m._forward_hooks for m in model.modules())


@pytest.mark.parametrize("size", [(8, 8), (8, 24)])
def test_the_smallest_pictures_work(model, size):
    hole = torch.zeros(1, 1, *size)
    hole[..., 2:5, 2:5] = 1
    with torch.no_grad():
        assert model(torch.rand(1, 3, *size), hole).image.isfinite().all()


def test_a_training_step_reaches_every_weight():
    model = RecurrentSobel(width=4).train()
    image, hole = inputs(32, 32)
    result = model(image, hole)
    (result.image.square().mean() + result.stages["coarse"].square().mean()).backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in model.parameters())
    assert all(p.grad.abs().sum() > 0 for p in model.parameters() if p.ndim > 1)


def test_half_precision_stays_close(model):
    image, hole = inputs()
    with torch.no_grad():
        plain = model(image, hole).image
        with torch.autocast("cpu", torch.bfloat16):
            half = model(image, hole).image
    assert half.dtype == torch.float32
    assert (plain - half).abs().mean() < 0.01
