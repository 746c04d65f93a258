"""CoModGAN's names and shapes in zengxianyu's conversion, written down from its public source."""

from __future__ import annotations

import math

import pytest
import torch
from torch.nn import functional as F

from inpaint_bench.converters import CONVERTERS
from inpaint_bench.errors import WeightsError
from inpaint_bench.models.co_mod_gan import CoModGAN

convert = CONVERTERS["co_mod_gan-zengxianyu"]
FILTER = torch.outer(*[torch.tensor([1.0, 3.0, 3.0, 1.0]) / 8] * 2)
WIDTHS = {512: 64, 256: 128, 128: 256, 64: 512, 32: 512, 16: 512, 8: 512, 4: 512}
STYLE = 512 + 1024


def linear(name, inputs, outputs):
    return {f"{name}.weight": (outputs, inputs), f"{name}.bias": (outputs,)}


def conv(name, inputs, outputs, kernel=3, down=False):
    """Give a list of filter, convolution and activation, which has the bias."""
    first = int(down)
    shapes = {f"{name}.0.kernel": (4, 4)} if down else {}
    shapes[f"{name}.{first}.weight"] = (outputs, inputs, kernel, kernel)
    return shapes | {f"{name}.{first + 1}.bias": (outputs,)}


def modulated(name, inputs, outputs, kernel):
    weight = {f"{name}.weight": (1, outputs, inputs, kernel, kernel)}
    return weight | linear(f"{name}.modulation", STYLE, inputs)


def styled(name, inputs, outputs, up=False):
    shapes = modulated(f"{name}.conv", inputs, outputs, 3)
    shapes |= {f"{name}.conv.blur.kernel": (4, 4)} if up else {}
    return shapes | {f"{name}.noise.weight": (1,), f"{name}.activate.bias": (outputs,)}


def to_rgb(name, inputs, up=True):
    shapes = modulated(f"{name}.conv", inputs, 3, 1) | {f"{name}.bias": (1, 3, 1, 1)}
    return shapes | ({f"{name}.upsample.kernel": (4, 4)} if up else {})


def released_shapes():
    shapes = {}
    for i in range(8):
        shapes |= linear(f"G_mapping.G_mapping.Dense{i}", 512, 512)
    shapes |= conv("G_synthesis.E.512x512_0.FromRGB", 4, 64, 1)
    for side in (512, 256, 128, 64, 32, 16, 8):
        width, below = WIDTHS[side], WIDTHS[side // 2]
        encoder, block = f"G_synthesis.E.{side}x{side}", f"G_synthesis.G_{side}x{side}"
        shapes |= conv(f"{encoder}.Conv0", width, width)
        shapes |= conv(f"{encoder}.Conv1_down", width, below, down=True)
        shapes |= styled(f"{block}.Conv0_up", below, width, up=True)
        shapes |= styled(f"{block}.Conv1", width, width) | to_rgb(f"{block}.ToRGB", width)
    shapes |= conv("G_synthesis.E.4x4.Conv", 512, 512)
    shapes |= linear("G_synthesis.E.4x4.Dense0", 512 * 16, 1024)
    shapes |= linear("G_synthesis.G_4x4.Dense", 1024, 512 * 16)
    shapes |= styled("G_synthesis.G_4x4.Conv", 512, 512)
    return shapes | to_rgb("G_synthesis.G_4x4.ToRGB", 512, up=False)


@pytest.fixture(scope="module")
def state():
    """Give tensors of those names and shapes: filters as they are, the rest zeros."""
    tensors = {name: torch.zeros(()).expand(s) for name, s in released_shapes().items()}
    for name in tensors:
        if name.endswith(".kernel"):
            tensors[name] = FILTER if "_down" in name else 4.0 * FILTER
    return tensors


def own_shapes():
    with torch.device("meta"):
        return {name: tensor.shape for name, tensor in CoModGAN().state_dict().items()}


def test_the_names_and_shapes_of_the_conversion_fill_the_network_without_rest(state):
    assert {name: tensor.shape for name, tensor in convert(state).items()} == own_shapes()
    parameters = {k: v for k, v in released_shapes().items() if not k.endswith(".kernel")}
    with torch.device("meta"):
        count = sum(p.numel() for p in CoModGAN().parameters())
    assert sum(math.prod(shape) for shape in parameters.values()) == count


@torch.no_grad()
def test_kernels_that_double_are_turned_so_that_the_layer_gives_what_theirs_gives(state):
    name = "G_synthesis.G_128x128.Conv0_up.conv.weight"
    generator = torch.Generator().manual_seed(1)
    weight = torch.randn(1, 256, 512, 3, 3, generator=generator)
    ours = convert(state | {name: weight})["blocks.4.first.conv.weight"]
    with torch.device("meta"):
        layer = CoModGAN(128).blocks[4].first.conv
    layer = layer.to_empty(device="cpu")
    layer.weight.copy_(ours)
    layer.affine.weight.zero_()
    layer.affine.bias.fill_(1.0)  # all styles are 1
    x = torch.randn(1, 512, 6, 5, generator=generator)
    # As its source does: demodulate, convolve transposed, filter.
    scaled = weight[0] / math.sqrt(512 * 9)
    scaled = scaled / (scaled.square().sum((1, 2, 3), keepdim=True) + 1e-8).sqrt()
    spread = F.conv_transpose2d(x, scaled.transpose(0, 1), stride=2)
    taps = (4.0 * FILTER).expand(256, 1, 4, 4)
    expected = F.conv2d(F.pad(spread, (1, 1, 1, 1)), taps, groups=256)
    found = layer(x, torch.zeros(1, STYLE))
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4)


def test_a_tensor_too_many_and_a_layer_too_few_are_named(state):
    with pytest.raises(WeightsError, match=r"G_synthesis\.surplus\.weight"):
        convert(state | {"G_synthesis.surplus.weight": torch.zeros(1)})
    layer = "G_synthesis.G_64x64.Conv1.noise"
    fewer = {name: tensor for name, tensor in state.items() if not name.startswith(layer)}
    with pytest.raises(WeightsError, match=r"G_64x64\.Conv1\.noise"):
        convert(fewer)
    with pytest.raises(WeightsError, match="lack the layers"):
        convert({})


def test_filters_that_differ_are_refused(state):
    name = "G_synthesis.G_8x8.ToRGB.upsample.kernel"
    with pytest.raises(WeightsError, match="filter"):
        convert(state | {name: FILTER})
