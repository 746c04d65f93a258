"""RegionWise's names and shapes in its TensorFlow graph, written down from its public source."""

from __future__ import annotations

import pytest
import torch

from inpaint_bench.converters import CONVERTERS
from inpaint_bench.errors import WeightsError
from inpaint_bench.models.region_wise import RegionWise

convert = CONVERTERS["region_wise-vickyfox"]


def graph_shapes():
    encoder = [("conv1", 5, 4, 32), ("conv2_downsample", 3, 32, 64), ("conv3", 3, 64, 64)]
    encoder += [("conv4_downsample", 3, 64, 128), ("conv5", 3, 128, 128), ("conv6", 3, 128, 128)]
    encoder += [(f"conv{i}_atrous", 3, 128, 128) for i in (7, 8, 9, 10)]
    encoder += [("conv11", 3, 256, 128), ("conv12", 3, 256, 128)]
    first = [("com_13_fusion", 3, 384, 128), ("com_15_fusion", 3, 320, 128)]
    first += [("conv16", 3, 128, 32), ("conv17", 3, 32, 16), ("conv18", 3, 16, 3)]
    second = [("conv13_upsample", 3, 256, 64), ("conv14", 3, 128, 64)]
    second += [("conv15_upsample", 3, 128, 32), ("conv16", 3, 64, 16), ("conv17", 3, 16, 3)]
    layers = [(f"inpaint_net/{name}_1", *rest) for name, *rest in encoder + first]
    layers += [(f"inpaint_net_1/{name}_1", *rest) for name, *rest in encoder + second]
    layers.append(("inpaint_net/com_14_fusion", 3, 320, 128))
    shapes = {}
    for name, kernel, inputs, outputs in layers:
        shapes[f"{name}/kernel"] = (kernel, kernel, inputs, outputs)
        shapes[f"{name}/bias"] = (outputs,)
    return shapes


@pytest.fixture(scope="module")
def state():
    return {name: torch.zeros(()).expand(shape) for name, shape in graph_shapes().items()}


def test_the_variables_of_the_graph_fill_the_network_and_those_of_training_are_left_out(state):
    training = ("discriminator/d_conv1_w", "inpaint_net/conv1_1/kernel/Adam_1", "beta1_power")
    converted = convert(state | {name: torch.zeros(1) for name in training})
    with torch.device("meta"):
        own = {name: tensor.shape for name, tensor in RegionWise().state_dict().items()}
    assert {name: tensor.shape for name, tensor in converted.items()} == own


def test_kernels_are_turned_from_tensorflow_s_order(state):
    kernel = torch.arange(5 * 5 * 4 * 32.0).view(5, 5, 4, 32)
    weight = convert(state | {"inpaint_net/conv1_1/kernel": kernel})[
        "inference.encoder.down.0.conv.weight"
    ]
    assert weight[7, 2, 3, 1] == kernel[3, 1, 2, 7]


def test_a_variable_too_many_and_a_layer_too_few_are_named(state):
    for surplus in ("inpaint_net/conv99_1/kernel", "inpaint_net/conv1_1/gamma"):
        with pytest.raises(WeightsError, match=surplus.split("/")[1]):
            convert(state | {surplus: torch.zeros(1)})
    fewer = {name: tensor for name, tensor in state.items() if "com_14" not in name}
    with pytest.raises(WeightsError, match="com_14_fusion"):
        convert(fewer)
