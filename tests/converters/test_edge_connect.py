"""EdgeConnect's two files: together, wrapped, and with something wrong in them."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from inpaint_bench.converters import CONVERTERS
from inpaint_bench.errors import WeightsError
from inpaint_bench.models.edge_connect import EdgeConnect
from inpaint_bench.parity import read_fixture
from tests.test_parity import FIXTURES

NAMES = ("edge_connect_edge", "edge_connect_inpaint")


@pytest.fixture(scope="module")
def states():
    return [read_fixture(FIXTURES, name).state for name in NAMES]


def files(edge, inpaint):
    return {
        "EdgeModel_gen.pth": {"iteration": 3, "generator": edge},
        "InpaintingModel_gen.pth": {"iteration": 9, "generator": inpaint},
    }


def test_both_files_of_a_release_fill_the_model_without_rest(states):
    state = CONVERTERS["edge_connect-knazeri"](files(*states))
    with torch.device("meta"):
        expected = EdgeConnect().state_dict()
    assert {n: t.shape for n, t in state.items()} == {n: t.shape for n, t in expected.items()}


def test_wrapped_prefixed_and_bare_state_dicts_are_one(states):
    convert = CONVERTERS["edge_connect-inpaint"]
    bare = convert(states[1])
    prefixed = {f"module.{name}": tensor for name, tensor in states[1].items()}
    for state in ({"iteration": 1, "generator": states[1]}, {"generator": prefixed}, prefixed):
        converted = convert(state)
        assert converted.keys() == bare.keys()
        assert all(torch.equal(converted[name], bare[name]) for name in bare)


@pytest.mark.parametrize("kind", [nn.Conv2d, nn.ConvTranspose2d])
def test_spectral_norms_fold_to_the_weights_that_pytorch_computes_with(kind, states):
    torch.manual_seed(0)
    transposed = kind is nn.ConvTranspose2d
    place = "decoder.0" if transposed else "encoder.4"
    layer = nn.utils.spectral_norm(kind(6, 4, 4))
    layer(torch.rand(1, 6, 8, 8))
    layer.eval()(torch.rand(1, 6, 8, 8))
    state = dict(states[0])
    state |= {f"{place}.{name}": tensor for name, tensor in layer.state_dict().items()}
    converted = CONVERTERS["edge_connect-edge"](state)
    ours = "decoder.0.conv.weight" if transposed else "encoder.1.conv.weight"
    torch.testing.assert_close(converted[ours], layer.weight.detach(), rtol=1e-5, atol=1e-7)


def test_what_is_too_much_or_missing_is_named(states):
    edge, inpaint = states
    convert_edge, convert = CONVERTERS["edge_connect-edge"], CONVERTERS["edge_connect-inpaint"]
    with pytest.raises(WeightsError, match=r"surplus\.weight"):
        convert(inpaint | {"surplus.weight": torch.zeros(1)})
    with pytest.raises(WeightsError, match=r"middle\.3\.conv_block\.5"):
        convert({n: t for n, t in inpaint.items() if not n.startswith("middle.3.conv_block.5")})
    with pytest.raises(WeightsError, match=r"encoder\.1\.weight_v"):
        convert_edge({n: t for n, t in edge.items() if n != "encoder.1.weight_v"})
    with pytest.raises(WeightsError, match=r"encoder\.1\.weight_u"):
        convert_edge({n: t for n, t in edge.items() if n != "encoder.1.weight_orig"})
    with pytest.raises(WeightsError, match="iteration"):
        convert({"iteration": 3})


def test_a_release_with_one_file_only_says_which_is_missing(states):
    with pytest.raises(WeightsError, match="InpaintingModel"):
        CONVERTERS["edge_connect-knazeri"]({"EdgeModel_gen.pth": {"generator": states[0]}})
