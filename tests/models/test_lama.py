"""LaMa against the sizes in its paper, and what sets it apart: one layer sees everything."""

from __future__ import annotations

import pytest
import torch

from inpaint_bench.models.lama import LaMa


@pytest.mark.parametrize(("blocks", "exact", "paper"), [(9, 27_048_835, 27), (18, 50_975_875, 51)])
def test_both_released_sizes_have_the_parameters_of_the_paper(blocks, exact, paper):
    with torch.device("meta"):
        count = sum(p.numel() for p in LaMa(blocks=blocks).parameters())
    assert count == exact  # as the authors' code counts
    assert round(count / 1e6) == paper  # millions, table 1 of the paper


@torch.no_grad()
def test_layers_have_the_sizes_of_the_published_configuration():
    model, sizes = LaMa(blocks=2).eval(), []
    layers = [*model.encoder, *model.blocks]
    hooks = [
        layer.register_forward_hook(
            lambda m, i, o: sizes.append(tuple(x.shape[1:] for x in o if x is not None))
        )
        for layer in layers
    ]
    model(torch.rand(1, 3, 64, 32), torch.ones(1, 1, 64, 32))
    for hook in hooks:
        hook.remove()
    full = [((64, 64, 32),), ((128, 32, 16),), ((256, 16, 8),)]
    assert sizes == full + [((128, 8, 4), (384, 8, 4))] * 3


@torch.no_grad()
def test_a_known_pixel_reaches_the_hole_at_the_other_end_of_the_picture():
    torch.manual_seed(0)
    model = LaMa(blocks=1, width=8).eval()
    image, hole = torch.rand(1, 3, 64, 256), torch.zeros(1, 1, 64, 256)
    hole[..., 200:] = 1
    changed = image.clone()
    changed[..., :8, :8] = 1.0 - changed[..., :8, :8]
    before, after = model.network(image, hole), model.network(changed, hole)
    assert (before - after)[..., 220:].abs().max() > 1e-6


def test_training_reaches_every_parameter_under_autocast():
    model = LaMa(blocks=1, width=8).train()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        done = model(torch.rand(2, 3, 32, 32), torch.ones(2, 1, 32, 32))
    done.image.square().mean().backward()
    assert done.image.dtype == torch.float32
    assert all(p.grad is not None and torch.isfinite(p.grad).all() for p in model.parameters())


@torch.no_grad()
def test_the_smallest_picture_that_it_takes_is_8_by_8():
    model = LaMa(blocks=1, width=8).eval()
    assert model(torch.rand(1, 3, 8, 8), torch.ones(1, 1, 8, 8)).image.shape == (1, 3, 8, 8)
