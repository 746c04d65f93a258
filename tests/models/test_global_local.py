"""Global & Local against table 1 of the paper, and its mean colour."""

from __future__ import annotations

import torch
from torch import nn

from inpaint_bench.models.global_local import GlobalLocal

# Table 1: type, kernel, dilation, stride, outputs; the side of a 256x256 input's output.
TABLE = [
    ("conv", 5, 1, 1, 64, 256),
    ("conv", 3, 1, 2, 128, 128),
    ("conv", 3, 1, 1, 128, 128),
    ("conv", 3, 1, 2, 256, 64),
    ("conv", 3, 1, 1, 256, 64),
    ("conv", 3, 1, 1, 256, 64),
    ("dilated", 3, 2, 1, 256, 64),
    ("dilated", 3, 4, 1, 256, 64),
    ("dilated", 3, 8, 1, 256, 64),
    ("dilated", 3, 16, 1, 256, 64),
    ("conv", 3, 1, 1, 256, 64),
    ("conv", 3, 1, 1, 256, 64),
    ("deconv", 4, 1, 2, 128, 128),
    ("conv", 3, 1, 1, 128, 128),
    ("deconv", 4, 1, 2, 64, 256),
    ("conv", 3, 1, 1, 32, 256),
    ("output", 3, 1, 1, 3, 256),
]


def test_the_seventeen_layers_are_those_of_the_papers_table():
    sizes = []
    with torch.device("meta"):
        model = GlobalLocal().eval()
        convolutions = [*(block.conv for block in model.blocks), model.last]
        for conv in convolutions:
            conv.register_forward_hook(lambda _, inputs, y: sizes.append(tuple(y.shape)))
        model.network(torch.empty(1, 3, 256, 256), torch.empty(1, 1, 256, 256))
    assert len(convolutions) == len(TABLE) == 17
    for conv, size, row in zip(convolutions, sizes, TABLE, strict=True):
        kind, kernel, dilation, stride, outputs, side = row
        assert isinstance(conv, nn.ConvTranspose2d) == (kind == "deconv")
        assert (conv.kernel_size[0], conv.dilation[0], conv.stride[0]) == (kernel, dilation, stride)
        assert size == (1, outputs, side, side)
    assert convolutions[0].in_channels == 4  # "RGB image with a binary channel"


def test_it_has_the_parameters_of_the_released_weights():
    with torch.device("meta"):
        plain, openmmlab = GlobalLocal(), GlobalLocal(openmmlab=True)
    # as counted in GLCIC-PyTorch's completion network, `parameters` of its fixture
    assert sum(p.numel() for p in plain.parameters()) == 6_072_131
    biases = sum(outputs for *_, outputs, _ in TABLE[:-1])
    assert sum(p.numel() for p in openmmlab.parameters()) == 6_072_131 - biases


@torch.inference_mode()
def test_the_network_sees_the_mean_colour_where_pixels_are_missing():
    model = GlobalLocal(width=8, mean=(0.1, 0.2, 0.3)).eval()
    seen = []
    model.blocks.register_forward_hook(lambda _, inputs, y: seen.append(inputs[0]))
    image, hole = torch.rand(1, 3, 16, 16), torch.zeros(1, 1, 16, 16)
    hole[..., 4:9, 4:9] = 1
    model(image, hole)
    assert torch.allclose(seen[0][0, :3, 5, 5], torch.tensor([0.1, 0.2, 0.3]))
    assert torch.equal(seen[0][0, :3, 12, 12], image[0, :, 12, 12])
    assert torch.equal(seen[0][:, 3:], hole)


def test_the_mean_colour_is_an_option_and_no_part_of_the_weights():
    assert "mean" not in GlobalLocal(width=8).state_dict()


@torch.inference_mode()
def test_another_mean_colour_gives_another_picture():
    model, other = GlobalLocal(width=8).eval(), GlobalLocal(width=8, mean=(0.9, 0.9, 0.9)).eval()
    other.load_state_dict(model.state_dict())
    image, hole = torch.rand(1, 3, 16, 16), torch.zeros(1, 1, 16, 16)
    hole[..., 4:9, 4:9] = 1
    assert not torch.equal(model(image, hole).image, other(image, hole).image)


def test_a_training_step_reaches_the_first_layer():
    for openmmlab in (False, True):
        model = GlobalLocal(width=8, openmmlab=openmmlab).train()
        image, hole = torch.rand(2, 3, 16, 16), torch.ones(2, 1, 16, 16)
        model(image, hole).image.square().mean().backward()
        assert model.blocks[0].conv.weight.grad.abs().max() > 0
