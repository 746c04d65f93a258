"""PConv U-Net against the layer table of the UC Davis report (figure 4)."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from inpaint_bench.models.pconv_unet import PConvUNet

# PConv1..16: kernel, input channels, filters, stride, batch norm, negative slope (None = linear)
TABLE = [
    (7, 3, 64, 2, False, 0.0),
    (5, 64, 128, 2, True, 0.0),
    (5, 128, 256, 2, True, 0.0),
    (3, 256, 512, 2, True, 0.0),
    *[(3, 512, 512, 2, True, 0.0)] * 4,
    *[(3, 512 + 512, 512, 1, True, 0.2)] * 4,
    (3, 512 + 256, 256, 1, True, 0.2),
    (3, 256 + 128, 128, 1, True, 0.2),
    (3, 128 + 64, 64, 1, True, 0.2),
    (3, 64 + 3, 3, 1, False, None),
]


@pytest.fixture(scope="module")
def model() -> PConvUNet:
    with torch.device("meta"):
        return PConvUNet()


def test_the_sixteen_layers_are_those_of_the_table(model):
    blocks = [*model.encoder, *model.decoder]
    assert len(blocks) == len(TABLE) == 16
    for block, (kernel, inputs, filters, stride, norm, slope) in zip(blocks, TABLE, strict=True):
        conv = block.conv.conv
        assert (conv.kernel_size, conv.stride) == ((kernel, kernel), (stride, stride))
        assert (conv.in_channels, conv.out_channels) == (inputs, filters)
        assert isinstance(block.norm, nn.BatchNorm2d) == norm
        if slope is None:
            assert isinstance(block.activation, nn.Identity)
        elif slope == 0.0:
            assert isinstance(block.activation, nn.ReLU)
        else:
            assert block.activation.negative_slope == slope


# What the table writes between the layers of the decoder: up-sampled + skipped channels, and the
# layer that is skipped from (0: the input).
CONCATENATIONS = [
    (512, 512, 7),
    (512, 512, 6),
    (512, 512, 5),
    (512, 512, 4),
    (512, 256, 3),
    (256, 128, 2),
    (128, 64, 1),
    (64, 3, 0),
]


@torch.inference_mode()
def test_every_layer_gives_the_size_that_its_strides_and_up_samplings_say():
    model = PConvUNet(width=8).eval()  # sizes do not depend on the width
    inputs, outputs = [], []
    for block in [*model.encoder, *model.decoder]:
        block.conv.register_forward_pre_hook(lambda _, args: inputs.append(args[0]))
        block.conv.register_forward_hook(lambda _, args, result: outputs.append(result[0]))
    image, hole = torch.rand(1, 3, 256, 256), torch.zeros(1, 1, 256, 256)
    model(image, hole)
    sides = [128, 64, 32, 16, 8, 4, 2, 1, 2, 4, 8, 16, 32, 64, 128, 256]
    assert [tuple(y.shape[2:]) for y in outputs] == [(side, side) for side in sides]
    for i, (_, _, source) in enumerate(CONCATENATIONS):
        skip = inputs[source]  # what left layer `source` entered the next one
        lifted = inputs[8 + i][:, : -skip.shape[1]]
        assert torch.equal(inputs[8 + i][:, -skip.shape[1] :], skip)
        assert lifted.shape[2] == 2 * outputs[7 + i].shape[2]
        assert torch.equal(lifted[..., ::2, ::2], lifted[..., 1::2, 1::2])  # nearest, twofold


def test_the_concatenations_have_the_channels_of_the_table(model):
    for block, (lifted, skipped, source) in zip(model.decoder, CONCATENATIONS, strict=True):
        before = 3 if source == 0 else model.encoder[source - 1].conv.conv.out_channels
        assert (block.conv.conv.in_channels - before, before) == (lifted, skipped)


def test_the_released_depth_has_the_parameters_of_its_fixture():
    with torch.device("meta"):
        seven = PConvUNet(depth=7)
    masks = sum(  # the reference also counts its constant mask kernels
        c.conv.conv.weight.numel() for c in [*seven.encoder, *seven.decoder]
    )
    learned = sum(p.numel() for p in seven.parameters())
    assert learned + masks == 51_550_757


def test_the_mask_grows_layer_by_layer_until_all_is_known():
    model = PConvUNet(width=8, depth=6).eval()
    hole = torch.zeros(1, 1, 128, 128)
    hole[..., 20:100, 20:100] = 1
    maps = model.complete(torch.rand(1, 3, 128, 128), hole, explain=True).maps
    shares = [float(maps[f"known_enc_{i}"].mean()) for i in range(1, 7)]
    assert shares == sorted(shares)
    assert shares[0] < 1.0 and shares[-1] == 1.0
    assert maps["known_dec_1"].shape == hole.shape
    assert maps["known_dec_1"].min() == 1.0


def test_a_depth_sets_the_multiple():
    assert PConvUNet(width=8, depth=6).multiple == 64


def test_what_lies_under_the_hole_does_not_matter():
    model = PConvUNet(width=8, depth=5).eval()
    image, hole = torch.rand(1, 3, 64, 64), torch.zeros(1, 1, 64, 64)
    hole[..., 8:40, 8:40] = 1
    other = torch.where(hole == 1, torch.rand(1, 3, 64, 64), image)
    with torch.no_grad():
        assert torch.equal(model(image, hole).image, model(other, hole).image)
