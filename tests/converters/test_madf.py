"""MADF's released names and shapes, written down from its public source."""

from __future__ import annotations

import math

import pytest
import torch
from torch.nn import functional as F

from inpaint_bench.converters import CONVERTERS
from inpaint_bench.errors import WeightsError
from inpaint_bench.models.madf import MADF

convert = CONVERTERS["madf-pytorch_madf"]
# of each encoder layer: kernel, channels in, channels out
LAYERS = [(7, 6, 16), (5, 16, 32), (3, 32, 64), (3, 64, 128)] + [(3, 128, 128)] * 3
STATISTICS = ("running_mean", "running_var")


def conv(name, inputs, outputs, kernel):
    return {f"{name}.weight": (outputs, inputs, kernel, kernel), f"{name}.bias": (outputs,)}


def deconv(name, inputs, outputs):
    return {f"{name}.weight": (inputs, outputs, 4, 4), f"{name}.bias": (outputs,)}


def norm(name, channels, affine=True):
    shapes = {f"{name}.{leaf}": (channels,) for leaf in STATISTICS}
    shapes |= {f"{name}.{leaf}": (channels,) for leaf in ("weight", "bias") if affine}
    return shapes | {f"{name}.num_batches_tracked": ()}


def released_shapes():
    wide = [3, 64, 128, 256, 512, 512, 512, 512]
    shapes = conv("dec_ref0_1", 64 + 9, 3, 1) | conv("dec_ref1_1", 64 + 12, 3, 1)
    for i, (kernel, inputs, outputs) in enumerate(LAYERS, 1):
        shapes |= conv(f"filter_gen_{i}.conv.0", 16 if i > 1 else 3, 16, kernel)
        shapes |= conv(f"filter_gen_{i}.conv1.0", 16, inputs * kernel**2 * outputs, 1)
        shapes |= norm(f"enc_conv_{i}.bn", outputs)  # never called
        shapes |= conv(f"enc_up_{i}.0", outputs, wide[i], 1)
        below = wide[i - 1]
        shapes |= deconv(f"deconv_{i}.0", wide[i], below)
        shapes |= conv(f"att_conv_{i}.conv.0", 2 * below if i > 1 else 9, below, 3)
        if i > 1:
            shapes |= norm(f"deconv_{i}.1", below)
            for name in (f"dec_ref0_{i}", f"dec_ref1_{i}"):
                shapes |= deconv(f"{name}.deconv", wide[i], below)
                shapes |= norm(f"{name}.bn.batch_norm", below, affine=False)
                shapes |= conv(f"{name}.bn.mlp_shared.0", below, 128, 3)
                shapes |= conv(f"{name}.bn.mlp_scale", 128, below, 3)
                shapes |= conv(f"{name}.bn.mlp_bias", 128, below, 3)
    return shapes


@pytest.fixture(scope="module")
def network():
    return {name: torch.zeros(()).expand(shape) for name, shape in released_shapes().items()}


def own_shapes():
    with torch.device("meta"):
        return {name: tensor.shape for name, tensor in MADF().state_dict().items()}


def test_the_table_here_has_as_many_parameters_as_the_authors_code():
    counted = {
        k: v for k, v in released_shapes().items() if "running" not in k and "num_b" not in k
    }
    assert sum(math.prod(shape) for shape in counted.values()) == 85_141_214


@pytest.mark.parametrize("prefix", ["", "module.model."])
def test_a_snapshot_of_a_training_and_a_bare_network_fill_ours(network, prefix):
    state = {f"{prefix}{name}": tensor for name, tensor in network.items()}
    content = {"model": state, "gen_optimizer": {"state": {}}, "n_iter": 1_000_000}
    if prefix:
        state["module.extractor.enc_1.0.weight"] = torch.zeros(64, 3, 3, 3)
    converted = convert(content)
    assert {name: tensor.shape for name, tensor in converted.items()} == own_shapes()


@torch.no_grad()
def test_kernels_for_each_place_become_one_convolution(network):
    # As the source does it: a 1x1 convolution makes the kernel of each place, unfolded windows
    # are multiplied with it.
    generator = torch.Generator().manual_seed(1)
    weights = {
        name: torch.randn(network[name].shape, generator=generator) * 0.1
        for name in network
        if name.startswith("filter_gen_1.")
    }
    layer = MADF().encoder[0]
    state = convert(network | weights)
    layer.load_state_dict(
        {k.removeprefix("encoder.0."): v for k, v in state.items() if k.startswith("encoder.0.")}
    )
    x, mask = (torch.rand(1, c, 12, 10, generator=generator) for c in (6, 3))
    features = F.conv2d(
        mask, weights["filter_gen_1.conv.0.weight"], weights["filter_gen_1.conv.0.bias"], 2, 3
    ).relu()
    kernels = F.conv2d(
        features, weights["filter_gen_1.conv1.0.weight"], weights["filter_gen_1.conv1.0.bias"]
    )
    kernels = kernels.flatten(2).transpose(1, 2).reshape(30, 6 * 49, 16)  # 6x5 places
    windows = F.unfold(x, 7, padding=3, stride=2)[0].t().unsqueeze(1)  # 30 x 1 x 294
    expected = (windows @ kernels).squeeze(1).t().reshape(1, 16, 6, 5).relu()
    torch.testing.assert_close(layer(x, mask)[0], expected, rtol=1e-4, atol=1e-5)


def test_a_tensor_too_many_and_a_layer_too_few_are_named(network):
    with pytest.raises(WeightsError, match=r"surplus\.weight"):
        convert(network | {"surplus.weight": torch.zeros(1)})
    for missing in ("dec_ref1_3.bn.mlp_scale", "filter_gen_4.conv1.0", "filter_gen_2.conv.0"):
        fewer = {k: v for k, v in network.items() if not k.startswith(f"{missing}.")}
        with pytest.raises(WeightsError, match=missing.replace(".", r"\.")):
            convert(fewer)


def test_kernels_of_another_size_are_refused(network):
    name = "filter_gen_1.conv1.0.weight"
    with pytest.raises(WeightsError, match="another model"):
        convert(network | {name: network[name][:-1]})
