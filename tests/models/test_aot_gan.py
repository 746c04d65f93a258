"""AOT-GAN against its published size, and its gates, which say where a block acts."""

from __future__ import annotations

import pytest
import torch

from inpaint_bench.errors import ModelError
from inpaint_bench.models.aot_gan import AOTGAN, _standardised


def small():
    torch.manual_seed(0)
    return AOTGAN(width=8, blocks=2)


def test_the_published_options_have_the_parameters_of_the_released_weights():
    with torch.device("meta"):
        count = sum(p.numel() for p in AOTGAN().parameters())
    assert count == 15_200_835  # 15.2 M in the paper's comparison, exact in the authors' code
    assert 0 < 60_846_567 - 4 * count < 50_000  # bytes of the Hub's file: the rest is its index


@torch.no_grad()
def test_explaining_gives_the_mean_gate_of_each_block():
    model, image, hole = small().eval(), torch.rand(2, 3, 40, 48), torch.zeros(2, 1, 40, 48)
    hole[..., 8:24, 8:24] = 1
    plain, explained = model(image, hole), model(image, hole, explain=True)
    assert not plain.maps and list(explained.maps) == ["gate_block_1", "gate_block_2"]
    assert torch.equal(plain.image, explained.image)
    for gate in explained.maps.values():
        assert gate.shape == (2, 1, 10, 12) and gate.min() >= 0 and gate.max() <= 1
    assert not any(m._forward_hooks for m in model.modules())


@torch.no_grad()
def test_a_closed_gate_passes_the_input_on_and_an_open_one_the_new_features():
    block = small().blocks[0]
    x = torch.randn(1, 32, 12, 12)
    block.gate = torch.nn.Threshold(float("inf"), 0.0)
    assert torch.equal(block(x), x)
    block.gate = torch.nn.Threshold(float("inf"), 1.0)
    opened = block(x)
    block.fuse.bias += 1.0
    torch.testing.assert_close(block(x), opened + 1.0)


def test_both_memory_layouts_are_standardised_alike():
    x = torch.randn(2, 5, 9, 7) * 3 + 1
    plain = _standardised(x)
    torch.testing.assert_close(plain.mean((2, 3)), torch.zeros(2, 5), rtol=0, atol=1e-5)
    torch.testing.assert_close(plain.std((2, 3)), torch.ones(2, 5))
    last = _standardised(x.contiguous(memory_format=torch.channels_last))
    torch.testing.assert_close(last, plain, rtol=1e-5, atol=1e-5)


def test_training_reaches_every_parameter_under_autocast():
    model = small().train()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        done = model(torch.rand(2, 3, 32, 32), torch.ones(2, 1, 32, 32))
    done.image.square().mean().backward()
    assert all(p.grad is not None and torch.isfinite(p.grad).all() for p in model.parameters())


@torch.no_grad()
def test_pictures_smaller_than_the_widest_dilation_are_filled():
    image = small().eval()(torch.rand(1, 3, 4, 12), torch.ones(1, 1, 4, 12)).image
    assert image.shape == (1, 3, 4, 12) and torch.isfinite(image).all()


def test_rates_that_do_not_share_the_channels_are_refused():
    with pytest.raises(ModelError, match="divides 32 channels, got 3"):
        AOTGAN(width=8, rates=(1, 2, 4))
