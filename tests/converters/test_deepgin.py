"""The converter of DeepGIN's authors' weights accounts for every tensor, by name."""

from __future__ import annotations

import pytest
import torch

from inpaint_bench.converters import CONVERTERS
from inpaint_bench.errors import WeightsError
from inpaint_bench.models.deepgin import DeepGIN
from inpaint_bench.parity import read_fixture
from tests.test_parity import FIXTURES

CONVERT = CONVERTERS["deepgin-rlct1"]


@pytest.fixture(scope="module")
def state():
    return read_fixture(FIXTURES, "deepgin").state


def test_the_released_names_fill_the_network_without_rest(state):
    ours = DeepGIN(16).state_dict()
    assert {k: v.shape for k, v in CONVERT(state).items()} == {k: v.shape for k, v in ours.items()}


def test_queries_keys_and_values_are_joined_in_this_order(state):
    joined = CONVERT(state)["refinement.skips.1.attention.project.weight"].chunk(3)
    for part, name in zip(joined, ("theta", "phi", "g"), strict=True):
        assert torch.equal(part, state[f"r_de_satn3.{name}.weight"])


@pytest.mark.parametrize("layer", ["lr_coarse_tinker.31", "r_md_satn1.phi", "r_de_conv5_lr_alpha"])
def test_a_layer_too_few_is_named(state, layer):
    fewer = {name: tensor for name, tensor in state.items() if not name.startswith(f"{layer}.")}
    with pytest.raises(WeightsError, match=layer.replace(".", r"\.")):
        CONVERT(fewer)


def test_a_tensor_too_many_or_a_projection_without_its_bias_is_named(state):
    with pytest.raises(WeightsError, match=r"surplus\.weight"):
        CONVERT(state | {"surplus.weight": torch.zeros(1)})
    fewer = {name: tensor for name, tensor in state.items() if name != "r_md_satn1.theta.bias"}
    with pytest.raises(WeightsError, match=r"theta\.bias"):
        CONVERT(fewer)
