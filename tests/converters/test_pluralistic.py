"""Pluralistic's two files: together, prefixed, and with something wrong in them."""

from __future__ import annotations

import pytest
import torch

from inpaint_bench.converters import CONVERTERS
from inpaint_bench.errors import WeightsError
from inpaint_bench.models.pluralistic import Pluralistic
from inpaint_bench.parity import read_fixture
from tests.test_parity import FIXTURES


@pytest.fixture(scope="module")
def encoder():
    return read_fixture(FIXTURES, "pluralistic_encoder").state


@pytest.fixture(scope="module")
def generator():
    return read_fixture(FIXTURES, "pluralistic_generator").state


def test_both_files_of_a_release_fill_the_model_without_rest(encoder, generator):
    files = {"latest_net_E.pth": encoder, "latest_net_G.pth": generator, "latest_net_D.pth": {}}
    state = CONVERTERS["pluralistic-lyndonzheng"](files)
    with torch.device("meta"):
        expected = Pluralistic().state_dict()
    assert {n: t.shape for n, t in state.items()} == {n: t.shape for n, t in expected.items()}


def test_the_prefix_of_several_gpus_is_taken_off(encoder, generator):
    for kind, state in (("encoder", encoder), ("generator", generator)):
        convert = CONVERTERS[f"pluralistic-{kind}"]
        prefixed = convert({f"module.{name}": tensor for name, tensor in state.items()})
        bare = convert(state)
        assert prefixed.keys() == bare.keys()
        assert all(torch.equal(prefixed[name], bare[name]) for name in bare)


def test_of_two_names_of_a_layer_the_later_one_counts(encoder):
    state = dict(encoder)
    state["prior.conv1.module.bias"] = torch.full((128,), 7.0)
    state["prior.model.1.module.bias"] = torch.full((128,), 9.0)
    converted = CONVERTERS["pluralistic-encoder"](state)
    assert converted["prior.conv1.bias"].unique().tolist() == [9.0]


def test_folded_weights_have_a_largest_singular_value_of_one(encoder, generator):
    for kind, state in (("encoder", encoder), ("generator", generator)):
        converted = CONVERTERS[f"pluralistic-{kind}"](state)
        # the authors take the first dimension for rows, in transposed convolutions too
        matrices = [t.flatten(1) for n, t in converted.items() if t.ndim == 4 and "query" not in n]
        assert len(matrices) == {"encoder": 39, "generator": 25}[kind]
        for matrix in matrices[::5]:
            top = torch.linalg.matrix_norm(matrix, ord=2).item()
            assert top == pytest.approx(1.0, abs=0.02)  # the fixtures' vectors are near it


@pytest.mark.parametrize(
    "gone",
    [
        "block0.conv1.module.",
        "encoder2.model.3.module.",
        "infer_prior3.shortcut.0.module.",
        "posterior.conv2.module.weight_u",
    ],
)
def test_what_is_missing_from_the_encoder_is_named(encoder, gone):
    fewer = {name: tensor for name, tensor in encoder.items() if not name.startswith(gone)}
    with pytest.raises(WeightsError, match=gone.rstrip(".").replace(".", r"\.")):
        CONVERTERS["pluralistic-encoder"](fewer)


def test_what_is_too_much_is_named(generator):
    with pytest.raises(WeightsError, match=r"surplus\.weight"):
        CONVERTERS["pluralistic-generator"](generator | {"surplus.weight": torch.zeros(1)})
    with pytest.raises(WeightsError, match="net_E"):
        CONVERTERS["pluralistic-lyndonzheng"]({"latest_net_G.pth": generator})
