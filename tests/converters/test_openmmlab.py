"""OpenMMLab's checkpoints: their names, their colour order, and the network they describe.

The networks are run here from the released names alone, layer by layer as OpenMMLab's
configuration states them, and must agree with ours after conversion.
"""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from inpaint_bench.converters import CONVERTERS
from inpaint_bench.errors import WeightsError
from inpaint_bench.models.deepfill_v1 import DeepFillV1
from inpaint_bench.models.global_local import GlobalLocal

STRIDES = (1, 2, 1, 2, 1, 1)
FUSE = "generator.stage2.contextual_attention_neck.contextual_attention.fuse_kernel"


def draw(shape: tuple[int, ...], name: str) -> Tensor:
    generator = torch.Generator().manual_seed(sum(name.encode()))
    noise = torch.randn(shape, generator=generator)
    if len(shape) == 1:
        return 0.1 * noise
    return noise * (1.5 / torch.Size(shape[1:]).numel()) ** 0.5


def fill(shapes: dict[str, tuple[int, ...]]) -> dict[str, Tensor]:
    return {f"generator.{name}": draw(shape, name) for name, shape in shapes.items()}


def deepfill_shapes(width: int) -> dict[str, tuple[int, ...]]:
    w, shapes = width, {}

    def add(prefix: str, inputs: int, channels: list[int], first: int = 3) -> None:
        for i, outputs in enumerate(channels, start=0 if prefix.endswith("convs.") else 1):
            kernel = first if i == 1 else 3
            shapes[f"{prefix}{i}.conv.weight"] = (outputs, inputs, kernel, kernel)
            shapes[f"{prefix}{i}.conv.bias"] = (outputs,)
            inputs = outputs

    encoders = {
        "stage1.encoder.enc": [w, 2 * w, 2 * w, 4 * w, 4 * w, 4 * w],
        "stage2.encoder_attention.enc": [w, w, 2 * w, 4 * w, 4 * w, 4 * w],
        "stage2.encoder_conv.enc": [w, w, 2 * w, 2 * w, 4 * w, 4 * w],
    }
    for prefix, channels in encoders.items():
        add(prefix, 5, channels, first=5)
    for stage in (1, 2):
        add(f"stage{stage}.dilation_neck.dilation_convs.", 4 * w, [4 * w] * 4)
        decoder = [4 * w, 4 * w, 2 * w, 2 * w, w, w // 2, 3]
        add(f"stage{stage}.decoder.dec", 4 * w * stage, decoder)
    add("stage2.contextual_attention_neck.conv", 4 * w, [4 * w, 4 * w])
    return shapes


def mirrored(state: dict[str, Tensor], name: str, x: Tensor, stride=1, dilation=1) -> Tensor:
    weight, bias = (state[f"generator.{name}.conv.{leaf}"] for leaf in ("weight", "bias"))
    pad = dilation * (weight.shape[2] // 2)
    x = F.pad(x, (pad, pad, pad, pad), mode="reflect")
    return F.conv2d(x, weight, bias, stride, 0, dilation)


def encode(state: dict[str, Tensor], name: str, x: Tensor) -> Tensor:
    for i, stride in enumerate(STRIDES, start=1):
        x = F.elu(mirrored(state, f"{name}.enc{i}", x, stride))
    return x


def dilate(state: dict[str, Tensor], stage: int, x: Tensor) -> Tensor:
    for i in range(4):
        name = f"stage{stage}.dilation_neck.dilation_convs.{i}"
        x = F.elu(mirrored(state, name, x, dilation=2 ** (i + 1)))
    return x


def decode(state: dict[str, Tensor], stage: int, x: Tensor) -> Tensor:
    for i in range(1, 8):
        x = mirrored(state, f"stage{stage}.decoder.dec{i}", x)
        x = F.elu(x) if i < 7 else x.clamp(-1, 1)
        if i in (2, 4):
            x = F.interpolate(x, scale_factor=2)
    return x


def shifted(scores: Tensor) -> Tensor:
    """Filter a matrix with the 3x3 identity."""
    return F.conv2d(scores[None, None], torch.eye(3)[None, None], padding=1)[0, 0]


def attend(x: Tensor, hole: Tensor) -> Tensor:
    """Contextual attention of one picture, -inf for patches that touch the hole."""
    small, small_hole = x[..., ::2, ::2], hole[..., ::8, ::8]
    height, width = small.shape[2:]
    patches = F.unfold(small, 3, padding=1)[0]  # 9C x L
    scores = (patches / patches.norm(dim=0).clamp(min=1e-4)).T @ patches
    scores = shifted(scores).view(height, width, height, width).permute(1, 0, 3, 2)
    scores = shifted(scores.reshape(height * width, height * width))
    scores = scores.view(width, height, width, height).permute(1, 0, 3, 2)
    scores = scores.reshape(height * width, 1, height, width)
    touched = F.max_pool2d(small_hole, 3, 1, 1).view(-1, 1, 1, 1) > 0
    shares = torch.softmax(10 * scores.masked_fill(touched, -torch.inf), dim=0)
    sources = F.unfold(x, 4, padding=1, stride=2)[0].T.reshape(-1, x.shape[1], 4, 4)
    pasted = F.conv_transpose2d(shares.permute(1, 0, 2, 3), sources, stride=2, padding=1)
    ones = torch.ones(1, 1, height, width)
    return pasted / F.conv_transpose2d(ones, torch.ones(1, 1, 4, 4), stride=2, padding=1)


def deepfill_by_hand(state: dict[str, Tensor], bgr: Tensor, hole: Tensor) -> tuple[Tensor, Tensor]:
    masked, planes = bgr * (1 - hole), torch.cat([torch.ones_like(hole), hole], dim=1)
    x = torch.cat([masked, planes], dim=1)
    coarse = decode(state, 1, dilate(state, 1, encode(state, "stage1.encoder", x)))
    x = torch.cat([coarse * hole + masked * (1 - hole), planes], dim=1)
    hallucinated = dilate(state, 2, encode(state, "stage2.encoder_conv", x))
    attended = attend(encode(state, "stage2.encoder_attention", x), hole)
    for i in (1, 2):
        attended = F.elu(mirrored(state, f"stage2.contextual_attention_neck.conv{i}", attended))
    return coarse, decode(state, 2, torch.cat([hallucinated, attended], dim=1))


def scene() -> tuple[Tensor, Tensor]:
    image, hole = torch.rand(1, 3, 72, 96), torch.zeros(1, 1, 72, 96)
    hole[..., 20:50, 30:61] = 1
    return image, hole


@torch.inference_mode()
def test_deepfill_v1_gives_what_openmmlabs_layers_give():
    torch.manual_seed(0)
    state = fill(deepfill_shapes(8))
    model = DeepFillV1(width=8, openmmlab=True).eval()
    extra = {FUSE: torch.eye(3).view(1, 1, 3, 3), "disc.global_disc.fc.weight": torch.zeros(1)}
    model.load_state_dict(CONVERTERS["deepfill_v1-mmediting"]({"state_dict": state | extra}))
    image, hole = scene()
    expected = deepfill_by_hand(state, image.flip(1) * 2 - 1, hole)
    for ours, theirs in zip(model.network(image, hole), expected, strict=True):
        assert theirs.std() > 0.05
        assert (ours - theirs.flip(1)).abs().max() < 1e-4 * theirs.std() + 1e-5


def test_the_full_width_has_exactly_the_released_names_and_shapes():
    shapes = deepfill_shapes(32)
    with torch.device("meta"):
        state = {f"generator.{name}": torch.empty(shape) for name, shape in shapes.items()}
        converted = CONVERTERS["deepfill_v1-mmediting"](state)
        model = DeepFillV1(openmmlab=True)
    assert {k: v.shape for k, v in converted.items()} == {
        k: v.shape for k, v in model.state_dict().items()
    }


def global_local_state(width: int) -> dict[str, Tensor]:
    w = width
    layers = {f"encoder.enc{i}": 3 for i in range(1, 7)}
    layers |= {f"dilation_neck.dilation_convs.{i}": 3 for i in range(4)}
    layers |= {f"decoder.dec{i}": 3 for i in range(1, 7)}
    layers |= {"encoder.enc1": 5, "decoder.dec3": 4, "decoder.dec5": 4}
    channels = [w, 2 * w, 2 * w, *[4 * w] * 9, 2 * w, 2 * w, w, w // 2]
    shapes, inputs = {}, 4
    for (name, kernel), outputs in zip(layers.items(), channels, strict=True):
        pair = (inputs, outputs) if kernel == 4 else (outputs, inputs)
        shapes[f"{name}.conv.weight"] = (*pair, kernel, kernel)
        for leaf in ("weight", "bias", "running_mean", "running_var"):
            shapes[f"{name}.bn.{leaf}"] = (outputs,)
        inputs = outputs
    shapes |= {"decoder.dec7.conv.weight": (3, inputs, 3, 3), "decoder.dec7.conv.bias": (3,)}
    state = fill(shapes)
    for name in list(state):
        if name.endswith(("bn.weight", "running_var")):
            state[name] = 1 + state[name].abs()
        if name.endswith("running_var"):
            state[name.replace("running_var", "num_batches_tracked")] = torch.tensor(0)
    return state


def global_local_by_hand(state: dict[str, Tensor], bgr: Tensor, hole: Tensor) -> Tensor:
    def block(name: str, x: Tensor, stride: int = 1, dilation: int = 1) -> Tensor:
        weight = state[f"generator.{name}.conv.weight"]
        norm = [state[f"generator.{name}.bn.{leaf}"] for leaf in ("running_mean", "running_var")]
        scale = [state[f"generator.{name}.bn.{leaf}"] for leaf in ("weight", "bias")]
        if weight.shape[2] == 4:
            x = F.conv_transpose2d(x, weight, stride=2, padding=1)
        else:
            x = F.conv2d(x, weight, None, stride, dilation * (weight.shape[2] // 2), dilation)
        return F.batch_norm(x, *norm, *scale, eps=1e-5).relu()

    x = torch.cat([bgr * (1 - hole), hole], dim=1)
    for i, stride in enumerate(STRIDES, start=1):
        x = block(f"encoder.enc{i}", x, stride)
    for i in range(4):
        x = block(f"dilation_neck.dilation_convs.{i}", x, dilation=2 ** (i + 1))
    for i in range(1, 7):
        x = block(f"decoder.dec{i}", x)
    last = (state[f"generator.decoder.dec7.conv.{leaf}"] for leaf in ("weight", "bias"))
    return F.conv2d(x, *last, padding=1).clamp(-1, 1)


@torch.inference_mode()
def test_global_local_gives_what_openmmlabs_layers_give():
    torch.manual_seed(0)
    state = global_local_state(8)
    model = GlobalLocal(width=8, mean=(0.5, 0.5, 0.5), openmmlab=True).eval()
    model.load_state_dict(CONVERTERS["global_local-mmediting"](state))
    image, hole = scene()
    theirs = global_local_by_hand(state, image.flip(1) * 2 - 1, hole)
    assert theirs.std() > 0.05
    ours = model.network(image, hole)
    assert (ours - theirs.flip(1)).abs().max() < 1e-4 * theirs.std() + 1e-5
    picture = model(image, hole).image
    assert torch.allclose(picture, (theirs.flip(1) + 1) / 2, atol=1e-5)


@pytest.mark.parametrize("name", ["deepfill_v1-mmediting", "global_local-mmediting"])
def test_what_is_left_over_or_missing_is_named(name):
    state = fill(deepfill_shapes(4)) if name.startswith("deepfill") else global_local_state(4)
    convert = CONVERTERS[name]
    with pytest.raises(WeightsError, match=r"surplus\.weight"):
        convert(state | {"generator.surplus.weight": torch.zeros(1)})
    with pytest.raises(WeightsError, match=r"teacher\.weight"):
        convert(state | {"teacher.weight": torch.zeros(1)})
    gone = next(key for key in state if key.endswith("conv.weight")).removeprefix("generator.")
    layer = gone.removesuffix(".weight")
    fewer = {k: v for k, v in state.items() if not k.startswith(f"generator.{layer}.")}
    with pytest.raises(WeightsError, match=layer.replace(".", r"\.")):
        convert(fewer)
    with pytest.raises(WeightsError, match="only those of a critic"):
        convert({"disc.weight": torch.zeros(1)})


def test_a_fuse_kernel_that_is_not_the_identity_is_refused():
    with pytest.raises(WeightsError, match="identity"):
        CONVERTERS["deepfill_v1-mmediting"](fill(deepfill_shapes(4)) | {FUSE: torch.ones(3, 3)})
