"""AOT-GAN's released names, every one accounted for."""

from __future__ import annotations

import json

import pytest
import torch

from inpaint_bench.converters import CONVERTERS
from inpaint_bench.errors import WeightsError
from inpaint_bench.models.aot_gan import AOTGAN
from tests.test_parity import FIXTURES

convert = CONVERTERS["aot_gan-researchmm"]


@pytest.fixture(scope="module")
def state():
    shapes = json.loads((FIXTURES / "aot_gan.json").read_text())["shapes"]
    return {name: torch.zeros(shape) for name, shape in shapes.items()}


def own_shapes():
    with torch.device("meta"):
        return {name: tensor.shape for name, tensor in AOTGAN().state_dict().items()}


def openmmlab_state():
    """Give zeros by the names of OpenMMLab's classes: a `ConvModule` has its own `conv`."""
    convs = {"encoder.encoder.1": (64, 4, 7), "encoder.encoder.2": (128, 64, 4)}
    convs |= {"encoder.encoder.3": (256, 128, 4)}
    for i in range(8):
        for j in range(4):
            convs[f"dilation_neck.model.{i}.blocks.{j}.1"] = (64, 256, 3)
        convs[f"dilation_neck.model.{i}.fuse.1"] = (256, 256, 3)
        convs[f"dilation_neck.model.{i}.gate.1"] = (256, 256, 3)
    for i, (outputs, inputs) in enumerate([(128, 256), (64, 128), (3, 64)]):
        convs[f"decoder.decoder.{i}"] = (outputs, inputs, 3)
    state = {}
    for name, (outputs, inputs, kernel) in convs.items():
        state[f"generator.{name}.conv.weight"] = torch.zeros(outputs, inputs, kernel, kernel)
        state[f"generator.{name}.conv.bias"] = torch.zeros(outputs)
    return state


def test_openmmlabs_checkpoint_fills_the_network_and_its_training_parts_are_left_out():
    state = openmmlab_state()
    others = {"disc.conv.0.weight": torch.zeros(1), "loss_percep.vgg.0.weight": torch.zeros(1)}
    converted = CONVERTERS["aot_gan-mmediting"]({"state_dict": state | others, "meta": {}})
    assert {name: tensor.shape for name, tensor in converted.items()} == own_shapes()
    with pytest.raises(WeightsError, match=r"'surplus\.weight'"):
        CONVERTERS["aot_gan-mmediting"](state | {"surplus.weight": torch.zeros(1)})
    fewer = {k: v for k, v in state.items() if "model.7.gate" not in k}
    with pytest.raises(WeightsError, match=r"dilation_neck\.model\.7\.gate\.1\.conv"):
        CONVERTERS["aot_gan-mmediting"](fewer)


def test_the_released_names_and_shapes_fill_the_network_without_rest(state):
    assert {name: tensor.shape for name, tensor in convert(state).items()} == own_shapes()


def test_a_tensor_too_many_and_a_layer_too_few_are_named(state):
    with pytest.raises(WeightsError, match=r"'discriminator\.weight'"):
        convert(state | {"discriminator.weight": torch.zeros(1)})
    fewer = {k: v for k, v in state.items() if not k.startswith("middle.3.block02")}
    with pytest.raises(WeightsError, match=r"middle\.3\.block02\.1"):
        convert(fewer)
    with pytest.raises(WeightsError, match="lack the layers"):
        convert({})
