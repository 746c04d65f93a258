"""RegionNorm's released names and shapes, written down from its public source."""

from __future__ import annotations

import pytest
import torch

from inpaint_bench.converters import CONVERTERS
from inpaint_bench.errors import WeightsError
from inpaint_bench.models.region_norm import RegionNorm

convert = CONVERTERS["region_norm-geekyutao"]


def conv(name, inputs, outputs, kernel, bias=True):
    shapes = {f"{name}.weight": (outputs, inputs, kernel, kernel)}
    return shapes | ({f"{name}.bias": (outputs,)} if bias else {})


def learnable(name):
    return {
        **conv(f"{name}.sa.conv1", 2, 1, 7, bias=False),
        **conv(f"{name}.sa.gamma_conv", 1, 1, 7),
        **conv(f"{name}.sa.beta_conv", 1, 1, 7),
    }


def released_shapes():
    shapes = {}
    for i, (inputs, outputs, kernel) in enumerate([(3, 64, 7), (64, 128, 4), (128, 256, 4)], 1):
        shapes |= conv(f"encoder_conv{i}", inputs, outputs, kernel)
        for region in ("foreground", "background"):
            shapes |= {f"encoder_in{i}.{region}_{x}": (outputs,) for x in ("gamma", "beta")}
    for i in range(8):
        for j in (1, 5):
            shapes |= conv(f"middle.{i}.conv_block.{j}", 256, 256, 3)
            shapes |= learnable(f"middle.{i}.conv_block.{j + 1}")
    shapes |= conv("decoder.0", 256, 512, 3) | learnable("decoder.2")
    shapes |= conv("decoder.4", 128, 256, 3) | learnable("decoder.6")
    return shapes | conv("decoder.9", 64, 3, 7)


@pytest.fixture(scope="module")
def generator():
    return {name: torch.zeros(shape) for name, shape in released_shapes().items()}


def own_shapes():
    with torch.device("meta"):
        return {name: tensor.shape for name, tensor in RegionNorm().state_dict().items()}


@pytest.mark.parametrize("prefix", ["", "generator.", "generator.module."])
def test_names_of_one_gpu_of_several_and_of_the_bare_network_fill_it(generator, prefix):
    state = {f"{prefix}{name}": tensor for name, tensor in generator.items()}
    if prefix:
        state |= {"discriminator.module.conv1.0.weight_orig": torch.zeros(64, 3, 4, 4)}
        state |= {"adversarial_loss.real_label": torch.tensor(1.0)}
    assert {name: tensor.shape for name, tensor in convert(state).items()} == own_shapes()


def test_scale_and_shift_of_the_hole_stay_apart_from_those_of_the_rest(generator):
    marks = {"foreground_gamma": 1.0, "foreground_beta": 2.0, "background_gamma": 3.0}
    marked = {f"encoder_in2.{name}": torch.full((128,), x) for name, x in marks.items()}
    state = convert(generator | marked)
    found = {
        name: float(state[f"norms.1.{name}"][0])
        for name in ("hole_scale", "hole_shift", "known_scale", "known_shift")
    }
    assert found == {"hole_scale": 1.0, "hole_shift": 2.0, "known_scale": 3.0, "known_shift": 0.0}


def test_a_tensor_too_many_and_a_layer_too_few_are_named(generator):
    with pytest.raises(WeightsError, match=r"surplus\.weight"):
        convert(generator | {"surplus.weight": torch.zeros(1)})
    prefixed = {f"generator.{name}": tensor for name, tensor in generator.items()}
    with pytest.raises(WeightsError, match=r"surplus\.weight"):
        convert(prefixed | {"surplus.weight": torch.zeros(1)})
    fewer = {k: v for k, v in generator.items() if not k.startswith("middle.3.conv_block.6.sa.b")}
    with pytest.raises(WeightsError, match=r"middle\.3\.conv_block\.6\.sa\.beta_conv"):
        convert(fewer)
