"""Converters account for every tensor, by name."""

from __future__ import annotations

import pytest
import torch

from inpaint_bench.converters import CONVERTERS
from inpaint_bench.errors import WeightsError
from inpaint_bench.models.deepfill_v1 import DeepFillV1
from inpaint_bench.models.deepfill_v2 import DeepFillV2
from inpaint_bench.models.global_local import GlobalLocal
from inpaint_bench.models.pconv_unet import PConvUNet
from inpaint_bench.parity import read_fixture
from tests.test_parity import FIXTURES

CASES = [
    ("deepfill_v1", "deepfill_v1-daa233", DeepFillV1),
    ("deepfill_v2", "deepfill_v2-pytorch", DeepFillV2),
    ("deepfill_v2_tf", "deepfill_v2-tensorflow", lambda: DeepFillV2(tensorflow=True, fuse=False)),
    ("global_local", "global_local-otenim", GlobalLocal),
    ("pconv_unet_naoto", "pconv_unet-naoto", lambda: PConvUNet(depth=7, scale="count")),
]


@pytest.mark.parametrize(("fixture", "converter", "build"), CASES)
def test_a_released_state_dict_fills_the_network_without_rest(fixture, converter, build):
    state = CONVERTERS[converter](read_fixture(FIXTURES, fixture).state)
    with torch.device("meta"):
        model = build()
    shapes = {name: tensor.shape for name, tensor in model.state_dict().items()}
    assert {name: tensor.shape for name, tensor in state.items()} == shapes


@pytest.mark.parametrize(("fixture", "converter", "build"), CASES)
def test_a_tensor_too_many_and_a_layer_too_few_are_named(fixture, converter, build):
    state = read_fixture(FIXTURES, fixture).state
    with pytest.raises(WeightsError, match=r"surplus\.weight"):
        CONVERTERS[converter](state | {"surplus.weight": torch.zeros(1)})
    name = next(iter(state))
    layer = name.rpartition(".")[0]
    fewer = {k: v for k, v in state.items() if not k.startswith(f"{layer}.")}
    with pytest.raises(WeightsError, match=layer.replace(".", r"\.")):
        CONVERTERS[converter](fewer)


def test_a_fuse_kernel_that_is_not_the_identity_is_refused():
    state = read_fixture(FIXTURES, "deepfill_v2").state
    name = "stage2.contextual_attention.fuse_weight"
    with pytest.raises(WeightsError, match="identity"):
        CONVERTERS["deepfill_v2-pytorch"](state | {name: torch.ones(1, 1, 3, 3)})


def test_global_and_local_saved_by_data_parallel_has_the_same_weights():
    state = read_fixture(FIXTURES, "global_local").state
    convert = CONVERTERS["global_local-otenim"]
    parallel = convert({f"module.{name}": tensor for name, tensor in state.items()})
    plain = convert(state)
    assert parallel.keys() == plain.keys()
    assert all(parallel[name] is plain[name] for name in plain)


ENTRIES = [
    ("aot_gan-mmediting", "state_dict"),
    ("global_local-mmediting", "state_dict"),
    ("lama-advimman", "state_dict"),
    ("co_mod_gan", ""),
    ("madf", "model"),
    ("edge_connect-edge", "generator"),
]


@pytest.mark.parametrize(("start", "entry"), ENTRIES)
def test_keys_that_are_no_names_are_refused_inside_an_entry_too(start, entry):
    convert = CONVERTERS[next(name for name in CONVERTERS if name.startswith(start))]
    state = {3: torch.zeros(1), "a.weight": torch.zeros(1)}
    with pytest.raises(WeightsError, match="expected tensors by name, got the key '3' of type int"):
        convert({entry: state} if entry else state)
