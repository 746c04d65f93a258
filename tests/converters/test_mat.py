"""MAT's released names and shapes, written down from its public source, against our converter."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
import torch

from eval.benchmarks.architectures import _PUBLISHED
from inpaint_bench.converters import CONVERTERS
from inpaint_bench.errors import WeightsError
from inpaint_bench.models.mat import MAT

STAGE = "synthesis.first_stage"
FILTER = torch.outer(*[torch.tensor([1.0, 3.0, 3.0, 1.0]) / 8] * 2)


def linear(name, inputs, outputs):
    return {f"{name}.weight": (outputs, inputs), f"{name}.bias": (outputs,)}


def conv(name, inputs, outputs, kernel=3):
    return {
        f"{name}.weight": (outputs, inputs, kernel, kernel),
        f"{name}.bias": (outputs,),
        f"{name}.resample_filter": (4, 4),
    }


def modulated(name, inputs, outputs, kernel, style):
    return {
        f"{name}.weight": (1, outputs, inputs, kernel, kernel),
        f"{name}.resample_filter": (4, 4),
        **linear(f"{name}.affine", style, inputs),
    }


def styled(name, inputs, outputs, style, side):
    shapes = {f"{name}.bias": (outputs,), **modulated(f"{name}.conv", inputs, outputs, 3, style)}
    if side:
        shapes |= {f"{name}.noise_const": (side, side), f"{name}.noise_strength": ()}
    return shapes


def to_rgb(name, inputs, style):
    return {
        f"{name}.bias": (3,),
        f"{name}.resample_filter": (4, 4),
        **modulated(f"{name}.conv", inputs, 3, 1, style),
    }


def decoder_block(name, inputs, outputs, style, side):
    return {
        **styled(f"{name}.conv0", inputs, outputs, style, side),
        **styled(f"{name}.conv1", outputs, outputs, style, side),
        **to_rgb(f"{name}.toRGB", outputs, style),
    }


def transformer_block(name, mask):
    shapes = {}
    for layer in ("attn.q", "attn.k", "attn.v", "attn.proj"):
        shapes |= linear(f"{name}.{layer}", 180, 180)
    shapes |= linear(f"{name}.fuse", 360, 180)
    shapes |= linear(f"{name}.mlp.fc1", 180, 360) | linear(f"{name}.mlp.fc2", 360, 180)
    return shapes | ({f"{name}.attn_mask": mask} if mask else {})


def first_stage():
    shapes = conv(f"{STAGE}.conv_first.conv", 4, 180)
    for i in range(3):  # 512 -> 64 and back
        shapes |= conv(f"{STAGE}.enc_conv.{i}.conv", 180, 180)
        shapes |= decoder_block(f"{STAGE}.dec_conv.{i}", 180, 180, 540, None)
    # A shifted block stores a mask: 64 windows of 64 tokens, or 4 windows of 256.
    masks = [(64, 64, 64), (4, 256, 256), None, (4, 256, 256), (64, 64, 64)]
    for i, (depth, mask) in enumerate(zip((2, 3, 4, 3, 2), masks, strict=True)):
        for j in range(depth):
            shapes |= transformer_block(f"{STAGE}.tran.{i}.blocks.{j}", mask if j % 2 else None)
        shapes |= conv(f"{STAGE}.tran.{i}.conv.conv", 180, 180)
        if i:
            shapes |= conv(f"{STAGE}.tran.{i}.downsample.conv.conv", 180, 180)
    for i in range(4):
        shapes |= conv(f"{STAGE}.down_conv.{i}", 180, 180)
    shapes |= linear(f"{STAGE}.to_style", 180, 360) | linear(f"{STAGE}.ws_style", 512, 180)
    return shapes | linear(f"{STAGE}.to_square", 180, 256)


def second_stage():
    widths = {512: 64, 256: 128, 128: 256, 64: 512, 32: 512, 16: 512}
    shapes, inputs = {}, 7
    for side, width in widths.items():
        name = f"synthesis.enc.EncConv_Block_{side}x{side}"
        shapes |= conv(f"{name}.conv0", inputs, width, 1 if side == 512 else 3)
        shapes |= conv(f"{name}.conv1", width, width)
        inputs = width
    for i in range(3):
        shapes |= conv(f"synthesis.to_style.conv.{i}", 512, 512)
    shapes |= linear("synthesis.to_style.fc", 512, 1024) | linear("synthesis.to_square", 512, 256)
    style = 512 + 1024
    shapes |= conv("synthesis.dec.Dec_16x16.conv0", 512, 512)
    shapes |= styled("synthesis.dec.Dec_16x16.conv1", 512, 512, style, 16)
    shapes |= to_rgb("synthesis.dec.Dec_16x16.toRGB", 512, style)
    for side in (32, 64, 128, 256, 512):
        name = f"synthesis.dec.Dec_{side}x{side}"
        shapes |= decoder_block(name, widths[side // 2], widths[side], style, side)
    return shapes


def released_shapes():
    shapes = {"mapping.w_avg": (512,)}
    for i in range(8):
        shapes |= linear(f"mapping.fc{i}", 512, 512)
    return shapes | first_stage() | second_stage()


def wrapped_mask(side, window):
    """Forbid attention between tokens of which rolling the grid by half a window moved one only."""
    wrapped = [i >= side - window // 2 for i in range(side)]
    masks = []
    for top in range(0, side, window):
        for left in range(0, side, window):
            rows, columns = range(top, top + window), range(left, left + window)
            cells = [2 * wrapped[y] + wrapped[x] for y in rows for x in columns]
            masks.append([[0.0 if a == b else -100.0 for b in cells] for a in cells])
    return torch.tensor(masks)


@pytest.fixture(scope="module")
def state():
    """Give tensors of the released names and shapes: constants as they are, the rest zeros."""
    tensors = {name: torch.zeros(shape) for name, shape in released_shapes().items()}
    for name in tensors:
        if name.endswith("resample_filter"):
            tensors[name] = FILTER
    for stage, (side, window) in {0: (64, 8), 1: (32, 16), 3: (32, 16), 4: (64, 8)}.items():
        tensors[f"{STAGE}.tran.{stage}.blocks.1.attn_mask"] = wrapped_mask(side, window)
    return tensors


def own_shapes():
    with torch.device("meta"):
        return {name: tensor.shape for name, tensor in MAT().state_dict().items()}


def without_noise(state):
    return {name: tensor for name, tensor in state.items() if ".noise_" not in name}


def test_the_names_and_shapes_are_those_of_the_released_file_to_the_byte():
    # safetensors: 8 bytes, a JSON header padded to 8, then the tensors, here of 2 bytes a number
    header, end = {"__metadata__": {"format": "pt"}}, 0
    for name, shape in sorted(without_noise(released_shapes()).items()):
        start, end = end, end + 2 * math.prod(shape)
        header[name] = {"dtype": "F16", "shape": list(shape), "data_offsets": [start, end]}
    text = len(json.dumps(header, separators=(",", ":")))
    # MAT_Places512_G_fp16.safetensors of the Hub's Acly/MAT, which leaves the noise out
    assert 8 + -(-text // 8) * 8 + end == 125_280_278


def test_the_released_file_has_room_for_filters_and_shift_masks_and_none_for_noise():
    released, page = 125_280_278, Path(__file__).parents[2] / "docs" / "architectures.md"
    sizes = {name: 2 * math.prod(shape) for name, shape in released_shapes().items()}
    noise = sum(size for name, size in sizes.items() if ".noise_" in name)
    assert sum(sizes.values()) - noise < released < sum(sizes.values())
    assert round((sum(sizes.values()) - noise) / 2e6, 1) == 62.6
    assert _PUBLISHED["mat"].endswith("62.6 M with filters and shift masks, without noise")
    assert f"| {_PUBLISHED['mat']} |" in page.read_text(encoding="utf-8")


def test_the_released_names_and_shapes_fill_the_network_without_rest(state):
    converted = CONVERTERS["mat-fenglinglwb"](state)
    assert {name: tensor.shape for name, tensor in converted.items()} == own_shapes()


def test_a_file_without_noise_gets_noise_of_strength_zero(state):
    converted = CONVERTERS["mat-fenglinglwb"](without_noise(state))
    assert {name: tensor.shape for name, tensor in converted.items()} == own_shapes()
    assert not any(tensor.any() for name, tensor in converted.items() if ".noise_" in name)


def test_a_tensor_too_many_and_a_layer_too_few_are_named(state):
    with pytest.raises(WeightsError, match=r"synthesis\.surplus\.weight"):
        CONVERTERS["mat-fenglinglwb"](state | {"synthesis.surplus.weight": torch.zeros(1)})
    layer = f"{STAGE}.tran.1.blocks.2.fuse"
    fewer = {name: tensor for name, tensor in state.items() if not name.startswith(layer)}
    with pytest.raises(WeightsError, match=r"tran\.1\.blocks\.2\.fuse"):
        CONVERTERS["mat-fenglinglwb"](fewer)


@pytest.mark.parametrize("name", ["enc.EncConv_Block_64x64.conv0.resample_filter", "attn_mask"])
def test_constants_that_differ_are_refused(state, name):
    full = next(key for key in state if key.endswith(name))
    with pytest.raises(WeightsError, match="constant"):
        CONVERTERS["mat-fenglinglwb"](state | {full: state[full] * 0.5})


def test_the_published_network_has_the_parameters_of_the_paper():
    with torch.device("meta"):
        count = sum(p.numel() for p in MAT().parameters())
    constants = (".resample_filter", ".attn_mask", ".noise_const", ".w_avg")
    table = {k: v for k, v in released_shapes().items() if not k.endswith(constants)}
    assert count == sum(math.prod(shape) for shape in table.values())
    assert count == pytest.approx(62e6, rel=0.02)  # MAT's row in the papers' tables
