"""MI-GAN against the size of the released networks, and that it takes one size of picture."""

from __future__ import annotations

import pytest
import torch

from inpaint_bench.errors import ImageError, ModelError
from inpaint_bench.models.mi_gan import MIGAN


def test_with_its_constants_it_has_the_numbers_of_the_released_state():
    with torch.device("meta"):
        model = MIGAN(256)
    learned = sum(p.numel() for p in model.parameters())
    sides = [8, 16, 32, 64, 128, 256]
    noise = 2 * sum(side**2 for side in sides)
    assert sum(b.numel() for b in model.buffers()) == noise
    # The reference also stores its filters: 16 numbers a channel in front of each halving, behind
    # each doubling and for each picture, and two patterns of zeros at each side.
    channels = {4: 512, 8: 512, 16: 512, 32: 512, 64: 512, 128: 256, 256: 128}
    filters = 16 * sum(2 * channels[side] + 3 for side in sides)
    assert learned + filters + 2 * noise == 6_293_057  # as the fixture counts


def test_it_takes_one_size_and_says_so():
    model = MIGAN(16, width=8)
    assert model.side == model.multiple == 16
    with pytest.raises(ImageError, match="expected a picture of 16x16, got 16x32"):
        model(torch.rand(1, 3, 16, 32), torch.ones(1, 1, 16, 32))
    with pytest.raises(ModelError, match="resolution of 8, 16, 32"):
        MIGAN(100)


@pytest.mark.parametrize("resolution", [8, 64])
def test_features_go_down_to_4_by_4_and_come_back(resolution):
    model, sizes = MIGAN(resolution, width=8).eval(), []
    for block in [*model.encoder, *model.synthesis]:
        block.second.register_forward_hook(lambda m, i, o: sizes.append(o.shape[2]))
    with torch.no_grad():
        model(torch.rand(1, 3, resolution, resolution), torch.ones(1, 1, resolution, resolution))
    ups = [2**i for i in range(2, resolution.bit_length())]
    downs = [side // 2 for side in reversed(ups[1:])] + [4]
    assert sizes == downs + ups


def test_it_starts_with_filters_of_norm_one():
    for module in MIGAN(16, width=8).modules():
        if isinstance(module, torch.nn.Conv2d):
            norms = module.weight.flatten(1).norm(dim=1)
            torch.testing.assert_close(norms, torch.ones_like(norms))


def test_training_reaches_every_parameter_and_leaves_the_range_open():
    model = MIGAN(16, width=8).train()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        done = model(torch.rand(2, 3, 16, 16), torch.ones(2, 1, 16, 16))
    done.image.square().mean().backward()
    assert all(p.grad is not None and torch.isfinite(p.grad).all() for p in model.parameters())
    with torch.no_grad():
        model.synthesis[-1].to_rgb.bias += 9.0
        assert model(torch.rand(1, 3, 16, 16), torch.ones(1, 1, 16, 16)).image.max() > 1.0
        assert model.eval()(torch.rand(1, 3, 16, 16), torch.ones(1, 1, 16, 16)).image.max() == 1.0
