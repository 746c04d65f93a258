"""LaMa's released files: the names a checkpoint and a scripted network carry."""

from __future__ import annotations

import json

import pytest
import torch

from inpaint_bench.converters import CONVERTERS
from inpaint_bench.errors import WeightsError
from inpaint_bench.models.lama import LaMa
from tests.test_parity import FIXTURES

convert = CONVERTERS["lama-advimman"]


@pytest.fixture(scope="module")
def generator():
    shapes = json.loads((FIXTURES / "lama_fourier.json").read_text())["shapes"]
    return {name: torch.zeros(shape) for name, shape in shapes.items()}


def own_shapes(blocks):
    with torch.device("meta"):
        return {name: tensor.shape for name, tensor in LaMa(blocks=blocks).state_dict().items()}


@pytest.mark.parametrize("prefix", ["", "generator.", "model.generator."])
def test_a_checkpoint_a_scripted_and_a_bare_generator_fill_the_network(generator, prefix):
    state = convert({f"{prefix}{name}": tensor for name, tensor in generator.items()})
    assert {name: tensor.shape for name, tensor in state.items()} == own_shapes(9)


def test_the_other_networks_of_a_training_checkpoint_are_left_out(generator):
    state = {f"generator.{name}": tensor for name, tensor in generator.items()}
    state |= {
        "discriminator.model0.0.weight": torch.zeros(1),
        "loss_resnet_pl.impl.conv1.weight": torch.zeros(1),
        "val_evaluator.scores.lpips.mean": torch.zeros(1),
    }
    checkpoint = {"state_dict": state, "epoch": 39, "global_step": 1_000_000}
    assert convert(checkpoint).keys() == own_shapes(9).keys()


def test_a_tensor_too_many_and_a_layer_too_few_are_named(generator):
    with pytest.raises(WeightsError, match=r"'surplus\.weight'"):
        convert(generator | {"surplus.weight": torch.zeros(1)})
    with pytest.raises(WeightsError, match=r"'99\.weight'"):
        convert(generator | {"model.99.weight": torch.zeros(1)})
    fewer = {k: v for k, v in generator.items() if "6.conv2.ffc.convg2g.fu.bn." not in k}
    with pytest.raises(WeightsError, match=r"6\.conv2\.ffc\.convg2g\.fu\.bn"):
        convert(fewer)
    with pytest.raises(WeightsError, match="lack the layers"):
        convert({})
