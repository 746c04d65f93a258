"""The fast path of every network is the network: interface, weights, pictures within 2/255."""

from __future__ import annotations

import subprocess
import sys

import pytest
import torch

from inpaint_bench import fast, list_variants, load
from inpaint_bench.fast import convolutions, prepare, winograd
from inpaint_bench.fast.counting import multiply_adds, picture_for
from inpaint_bench.models import MODELS
from inpaint_bench.models._base import LearnedInpainter

# Small enough to be built in no time.
SMALL: dict[str, dict[str, object]] = {
    "aot_gan": {"width": 8, "blocks": 2},
    "co_mod_gan": {"resolution": 64, "width": 16, "latent": 16},
    "deepgin": {"width": 4},
    "edge_connect": {"width": 8, "blocks": 2},
    "lama": {"width": 8, "blocks": 2},
    "mat": {"resolution": 128, "width": 16, "channels": 12, "latent": 16},
    "mi_gan": {"resolution": 64, "width": 16},
    "pconv_unet": {"width": 8, "depth": 4},
    "pluralistic": {"width": 8, "latent": 8},
    "region_norm": {"width": 8, "blocks": 2},
}
NETWORKS = [name for name in MODELS if issubclass(MODELS[name], LearnedInpainter)]
BUNDLED = [variant.name for variant in list_variants() if variant.source == "bundled"]
LIMIT = 2.0 / 255.0


@pytest.fixture
def everywhere(monkeypatch):
    """Let small networks take what pays off in large ones only."""
    monkeypatch.setattr(winograd, "_LEAST_CHANNELS", 1)
    monkeypatch.setattr(winograd, "_LEAST_PIXELS", 1)


def small(name):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return MODELS[name](**SMALL.get(name, {"width": 8})).eval()


@torch.inference_mode()
def run(model, image, hole, explain=False):
    generator = torch.Generator().manual_seed(0)
    return model.complete(image, hole, generator=generator, explain=explain)


@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_stays_within_two_grey_levels_and_keeps_its_interface(name, everywhere):
    model = small(name)
    image, hole = picture_for(model, 72)
    state = {key: value.clone() for key, value in model.state_dict().items()}
    ours, plain = prepare(model), run(model, image, hole, explain=True)
    quick = run(ours, image, hole, explain=True)
    assert (quick.image - plain.image).abs().max() <= LIMIT
    assert quick.image.dtype == torch.float32 and quick.image.shape == plain.image.shape
    for kind in ("stages", "maps"):
        shapes = [{k: v.shape for k, v in getattr(c, kind).items()} for c in (quick, plain)]
        assert shapes[0] == shapes[1]
    assert type(ours) is type(model) and ours.traits == model.traits and ours.side == model.side
    # the model itself is what it was
    assert all(torch.equal(value, state[key]) for key, value in model.state_dict().items())
    assert torch.equal(run(model, image, hole).image, plain.image)


@pytest.mark.parametrize("name", BUNDLED)
def test_bundled_weights_stay_within_two_grey_levels(name, everywhere):
    model = load(name)
    image, hole = picture_for(model, 136)
    difference = run(prepare(model), image, hole).image - run(model, image, hole).image
    assert difference.abs().max() <= LIMIT


def test_winograd_and_bfloat16_are_where_they_belong(everywhere):
    types = {name: {type(m) for m in prepare(small(name)).modules()} for name in NETWORKS}
    assert winograd.WinogradConv2d in types["edge_connect"]
    rounded = {name for name in types if convolutions.Bfloat16Conv2d in types[name]}
    assert rounded == (set(fast.BFLOAT16) if fast.has_bfloat16() else set())


def test_classical_methods_and_models_from_elsewhere_come_back_as_they_are():
    class Mine(LearnedInpainter):
        traits = MODELS["global_local"].traits

        def complete(self, image, hole, **options):
            return None

    for model in (MODELS["telea"](), Mine(), small("madf")):
        assert prepare(model) is model


def test_multiply_adds_are_those_of_the_layers():
    model = small("pconv_autoencoder")
    layers = [m for m in model.modules() if isinstance(m, torch.nn.Conv2d)]
    counted = []
    hooks = [
        layer.register_forward_hook(
            lambda m, inputs, y: counted.append(y.numel() * m.weight[0].numel())
        )
        for layer in layers
    ]
    total = multiply_adds(model, 32)
    for hook in hooks:
        hook.remove()
    assert total == pytest.approx(sum(counted) / 1e9, rel=0.2)  # mask convolutions beside them
    assert multiply_adds(model, 64) == pytest.approx(4 * total, rel=0.01)


def test_attention_never_holds_half_of_its_table_of_scores():
    side = 768
    code = (
        "import resource, torch\n"
        "from inpaint_bench.layers.contextual_attention import ContextualAttention\n"
        "torch.set_num_threads(1)\n"
        "peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        f"hole = torch.zeros(1, 1, {side}, {side})\n"
        "hole[..., 300:600, 300:600] = 1\n"
        f"features = torch.randn(1, 2, {side // 4}, {side // 4})\n"
        "before = peak()\n"
        "with torch.inference_mode(): ContextualAttention()(features, hole)\n"
        "print(peak() - before)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    table = (side // 8) ** 4 * 4 // 1024  # KiB of float32
    assert int(done.stdout) < table / 2
