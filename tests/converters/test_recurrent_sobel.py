"""The two converters of Recurrent Sobel account for every tensor, by name."""

from __future__ import annotations

import pytest
import torch

from inpaint_bench.converters import CONVERTERS
from inpaint_bench.errors import WeightsError
from inpaint_bench.layers.sobel_discriminator import SobelDiscriminator
from inpaint_bench.models.recurrent_sobel import RecurrentSobel
from inpaint_bench.parity import read_fixture
from tests.test_parity import FIXTURES

GENERATOR = "recurrent_sobel-jwbaik96"
DISCRIMINATOR = "recurrent_sobel_discriminator-jwbaik96"


@pytest.fixture(scope="module")
def generator():
    return read_fixture(FIXTURES, "recurrent_sobel").state


@pytest.fixture(scope="module")
def discriminator():
    return read_fixture(FIXTURES, "recurrent_sobel_discriminator").state


def shapes(state):
    return {name: tuple(tensor.shape) for name, tensor in state.items()}


def test_the_saved_generator_fills_the_network_without_rest(generator):
    converted = CONVERTERS[GENERATOR](generator)
    assert shapes(converted) == shapes(RecurrentSobel().state_dict())


def test_the_saved_discriminator_fills_the_network_without_rest(discriminator):
    converted = CONVERTERS[DISCRIMINATOR](discriminator)
    assert shapes(converted) == shapes(SobelDiscriminator().state_dict())


def test_what_the_discriminator_saved_twice_is_taken_as_it_ran(discriminator):
    converted = CONVERTERS[DISCRIMINATOR](discriminator)
    ran = discriminator["conv2.spec_norm.weight_orig"]
    assert torch.equal(converted["patch.1.parametrizations.weight.original"], ran)
    assert not torch.equal(discriminator["conv2.conv.weight_orig"], ran)  # the fixture's differ


@pytest.mark.parametrize("name", [GENERATOR, DISCRIMINATOR])
def test_a_tensor_too_many_and_a_layer_too_few_are_named(name, generator, discriminator):
    state = generator if name == GENERATOR else discriminator
    with pytest.raises(WeightsError, match=r"surplus\.weight"):
        CONVERTERS[name](state | {"surplus.weight": torch.zeros(1)})
    layer = "main_module.decoder_layer5" if name == GENERATOR else "edge3."
    fewer = {key: tensor for key, tensor in state.items() if not key.startswith(layer)}
    with pytest.raises(WeightsError, match=layer.replace(".", r"\.")):
        CONVERTERS[name](fewer)


def test_a_tensor_that_spectral_normalisation_does_not_have_is_named(discriminator):
    with pytest.raises(WeightsError, match="weight_w"):
        CONVERTERS[DISCRIMINATOR](discriminator | {"edge1.spec_norm.weight_w": torch.zeros(1)})
