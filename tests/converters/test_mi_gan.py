"""MI-GAN's released names at both sizes, and its constant filters."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from inpaint_bench.converters import CONVERTERS
from inpaint_bench.errors import WeightsError
from inpaint_bench.models.mi_gan import MIGAN
from inpaint_bench.parity import check_fixtures

SHARED = Path(__file__).resolve().parents[3] / "shared" / "parity"
TAPS = torch.tensor([1.0, 3.0, 3.0, 1.0]) / 8

convert = CONVERTERS["mi_gan-picsart"]


def separable(name, inputs, outputs, side=0):
    shapes = {
        f"{name}.conv1.weight": (inputs, 1, 3, 3),
        f"{name}.conv1.bias": (inputs,),
        f"{name}.conv2.weight": (outputs, inputs, 1, 1),
    }
    noise = {f"{name}.noise_const": (side, side), f"{name}.noise_strength": ()}
    return shapes | (noise if side else {})


def released_shapes(resolution):
    """Write down the public source's names: 32768 / side channels, at most 512."""
    sides = [2**i for i in range(2, resolution.bit_length())]
    width = {side: min(32768 // side, 512) for side in sides}
    shapes = {
        f"encoder.b{resolution}.fromrgb.weight": (width[resolution], 4, 1, 1),
        f"encoder.b{resolution}.fromrgb.bias": (width[resolution],),
    }
    for side in sides:
        smaller = width[max(side // 2, 4)]
        shapes |= separable(f"encoder.b{side}.conv1", width[side], width[side])
        shapes |= separable(f"encoder.b{side}.conv2", width[side], smaller)
        noise = side if side > 4 else 0
        name = f"synthesis.b{side}"
        shapes |= separable(f"{name}.conv1", smaller, width[side], noise)
        shapes |= separable(f"{name}.conv2", width[side], width[side], noise)
        shapes |= {f"{name}.torgb.weight": (3, width[side], 1, 1), f"{name}.torgb.bias": (3,)}
        if side > 4:
            shapes[f"encoder.b{side}.conv2.downsample.filter.weight"] = (width[side], 1, 4, 4)
            for owner, count in ((f"{name}.conv1", width[side]), (name, 3)):
                shapes[f"{owner}.upsample.filter.weight"] = (count, 1, 4, 4)
                shapes[f"{owner}.upsample.filter_const"] = (1, 1, side, side)
    return shapes


def released_state(resolution):
    state = {name: torch.zeros(shape) for name, shape in released_shapes(resolution).items()}
    for name, tensor in state.items():
        if name.endswith("filter.weight"):
            tensor += torch.outer(TAPS, TAPS) * (4 if "upsample" in name else 1)
        elif name.endswith("filter_const"):
            tensor[..., ::2, ::2] = 1
    return state


@pytest.mark.parametrize("resolution", [256, 512])
def test_the_released_names_and_shapes_fill_the_network_without_rest(resolution):
    with torch.device("meta"):
        own = {name: tensor.shape for name, tensor in MIGAN(resolution).state_dict().items()}
    converted = convert(released_state(resolution))
    assert {name: tensor.shape for name, tensor in converted.items()} == own


def test_the_older_way_of_putting_zeros_between_is_known_too():
    state = released_state(64)
    for name in [name for name in state if name.endswith("filter_const")]:
        pattern = torch.tensor([[1.0, 0.0], [0.0, 0.0]]).expand(3, 1, 2, 2)
        del state[name]
        state[name.replace("filter_const", "insert_zeros.weight")] = pattern
    assert convert(state).keys() == convert(released_state(64)).keys()


@pytest.mark.parametrize("name", ["downsample.filter.weight", "upsample.filter_const"])
def test_filters_that_differ_are_refused(name):
    state = released_state(64)
    full = next(key for key in state if key.endswith(name))
    with pytest.raises(WeightsError, match=full.replace(".", r"\.")):
        convert(state | {full: state[full] + 0.1})


def test_a_tensor_too_many_and_a_layer_too_few_are_named():
    state = released_state(64)
    with pytest.raises(WeightsError, match=r"'mapping\.weight'"):
        convert(state | {"mapping.weight": torch.zeros(1)})
    fewer = {k: v for k, v in state.items() if not k.startswith("synthesis.b16.conv2.conv1")}
    with pytest.raises(WeightsError, match=r"synthesis\.b16\.conv2\.conv1"):
        convert(fewer)
    with pytest.raises(WeightsError, match="lack the layers"):
        convert({})


def test_the_table_is_that_of_the_fixture_and_the_network_gives_its_output(tmp_path):
    names = [f"mi_gan_256.{suffix}" for suffix in ("json", "safetensors")]
    if not all((SHARED / name).is_file() for name in names):
        pytest.skip("needs ../shared/parity/mi_gan_256.*, too large a fixture for the repository")
    shapes = json.loads((SHARED / names[0]).read_text())["shapes"]
    assert {name: list(shape) for name, shape in released_shapes(256).items()} == shapes
    for name in names:
        (tmp_path / name).symlink_to(SHARED / name)
    (outcome,) = check_fixtures(tmp_path)
    assert outcome.ok, f"{outcome.error} > {outcome.limit} {outcome.reason}"
