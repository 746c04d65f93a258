"""The manifest is checked field by field, and a weight file that was touched is never used."""

from __future__ import annotations

import dataclasses
import hashlib

import pytest
import torch
from safetensors.torch import save_file

import inpaint_bench
from inpaint_bench import _api, weights
from inpaint_bench.errors import ModelError, UnknownNameError, WeightsError
from inpaint_bench.models import MODELS, Inpainter, LearnedInpainter
from inpaint_bench.types import Completion, Traits, Variant

GOOD = {
    "architecture": '"telea"',
    "source": '"none"',
    "licence": '"Apache-2.0"',
    "provenance": '"classical"',
}


class Dot(LearnedInpainter):
    """The smallest network: one 1x1 convolution."""

    traits = Traits(title="Dot", family="test", paper="none")

    def __init__(self, width: int = 3) -> None:
        super().__init__()
        self.layer = torch.nn.Conv2d(3, width, 1)
        self.register_buffer("steps", torch.tensor(0))

    def complete(self, image, hole, *, sketch=None, generator=None, explain=False):
        return Completion(self.layer(image * (1 - hole)).sigmoid())


@pytest.fixture
def dot(monkeypatch):
    """Register `Dot` for one test."""
    monkeypatch.setitem(MODELS._entries, "dot", Dot)


def bundled(folder, tensors, **changes) -> Variant:
    """Save `tensors` in `folder` and describe them as a variant of `Dot`."""
    path = folder / "dot.safetensors"
    save_file(tensors, path)
    variant = Variant(
        name="dot-test",
        architecture="dot",
        source="bundled",
        file="dot.safetensors",
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        size=path.stat().st_size,
        licence="none",
        provenance="trained here",
    )
    return dataclasses.replace(variant, **changes)


def manifest(folder, name="telea", **changes):
    """Write a manifest of one good table with some keys changed; None leaves a key out."""
    lines = [f"{key} = {value}" for key, value in {**GOOD, **changes}.items() if value is not None]
    path = folder / "manifest.toml"
    path.write_text("\n".join([f"[{name}]", *lines]))
    return path


def test_every_variant_of_the_project_has_an_architecture_and_terms():
    variants = inpaint_bench.list_variants()
    names = {variant.name for variant in variants}
    assert {"mean_colour", "telea", "navier_stokes", "biharmonic", "patchmatch"} <= names
    for variant in variants:
        assert issubclass(MODELS[variant.architecture], Inpainter)
        assert variant.licence
        card = weights.WEIGHTS_FOLDER / "cards" / variant.card
        assert card.is_file() if variant.card else variant.provenance != "trained here"


def test_every_bundled_file_is_here_with_the_recorded_size_and_loads():
    for variant in inpaint_bench.list_variants():
        if variant.source == "bundled":
            assert weights.weights_file(variant).stat().st_size == variant.size
            model = inpaint_bench.load(variant.name)
            assert not model.training and model.variant == variant


def test_load_gives_a_classical_method_with_its_record():
    model = inpaint_bench.load("telea")
    assert model.variant.name == "telea" and model.variant.source == "none"


def test_an_unknown_variant_lists_the_valid_ones():
    with pytest.raises(UnknownNameError) as error:
        inpaint_bench.load("telia")
    assert "Did you mean 'telea'?" in str(error.value) and "biharmonic" in str(error.value)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"architecture": None}, "'architecture'"),
        ({"licence": '""'}, "'licence'"),
        ({"source": '"floppy"'}, "'floppy'"),
        ({"provenance": '"found"'}, "'found'"),
        ({"colour": '"red"'}, "unknown key 'colour'"),
        ({"resolution": '"128"'}, "'resolution' to be of type int"),
        ({"resolution": "true"}, "'resolution' to be of type int"),
        ({"bytes": "-1"}, "'bytes'"),
        ({"sha256": '"abc"'}, "64 hexadecimal"),
        ({"options": '"width"'}, "'options' to be of type dict"),
        ({"source": '"bundled"', "file": '"a"', "bytes": "3"}, "'sha256'"),
        ({"source": '"hub"', "repo": '"a/b"', "file": '"c"'}, "'revision'"),
        ({"source": '"url"'}, "'url'"),
        ({"file": '"../../etc/passwd"'}, "stay in its folder"),
        ({"card": '"/etc/passwd"'}, "stay in its folder"),
        ({"converter": '"pytorch"'}, "'converter'"),
        ({"architecture": '"biharmonic"'}, "the name 'biharmonic'"),
    ],
)
def test_a_wrong_field_of_the_manifest_is_named(tmp_path, changes, told):
    with pytest.raises(WeightsError) as error:
        weights.read_manifest(manifest(tmp_path, **changes))
    assert told in str(error.value) and "'telea'" in str(error.value)
    assert "\n" not in str(error.value)


def test_a_good_manifest_is_read_into_records(tmp_path):
    path = manifest(tmp_path, "telea-x", options="{ radius = 5.0 }", bytes="12", resolution="64")
    (variant,) = weights.read_manifest(path).values()
    assert variant.name == "telea-x" and variant.size == 12 and variant.resolution == 64
    assert _api.build(variant).radius == 5.0


@pytest.mark.parametrize("content", ["[telea", "telea = 3", b"\xff\xfe"])
def test_a_manifest_that_is_no_table_of_variants_is_refused(tmp_path, content):
    path = tmp_path / "manifest.toml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(WeightsError, match="manifest"):
        weights.read_manifest(path)
    with pytest.raises(WeightsError, match="cannot read"):
        weights.read_manifest(tmp_path / "none.toml")


def test_bundled_weights_come_back_as_they_were_saved(tmp_path, monkeypatch, dot):
    monkeypatch.setattr(weights.places, "WEIGHTS_FOLDER", tmp_path)
    saved = Dot()
    model = _api.build(bundled(tmp_path, saved.state_dict()))
    for key, tensor in saved.state_dict().items():
        assert torch.equal(model.state_dict()[key], tensor)
    assert not model.training


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_files_are_used_in_single_precision(tmp_path, dtype, dot):
    half = {k: v.to(dtype) if v.is_floating_point() else v for k, v in Dot().state_dict().items()}
    read = weights.load_state_dict(bundled(tmp_path, half), tmp_path)
    assert read["layer.weight"].dtype == torch.float32 and read["steps"].dtype == torch.int64
    assert torch.equal(read["layer.weight"], half["layer.weight"].float())


def test_one_flipped_bit_is_found_at_the_next_load(tmp_path, monkeypatch, dot):
    monkeypatch.setattr(weights.places, "WEIGHTS_FOLDER", tmp_path)
    variant = bundled(tmp_path, Dot().state_dict())
    _api.build(variant)
    path = tmp_path / variant.file
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    with pytest.raises(WeightsError) as error:
        _api.build(variant)
    assert variant.sha256 in str(error.value) and "\n" not in str(error.value)


def test_a_missing_file_is_told_with_its_place(tmp_path):
    variant = bundled(tmp_path, Dot().state_dict())
    (tmp_path / variant.file).unlink()
    with pytest.raises(WeightsError, match=variant.file):
        weights.weights_file(variant, tmp_path)


def test_a_pickle_is_refused_even_with_the_right_sha256(tmp_path):
    path = tmp_path / "dot.safetensors"
    torch.save(Dot().state_dict(), path)
    variant = bundled(tmp_path, {}, sha256="")
    torch.save(Dot().state_dict(), path)
    variant = dataclasses.replace(variant, sha256=hashlib.sha256(path.read_bytes()).hexdigest())
    with pytest.raises(WeightsError, match="safetensors"):
        weights.load_state_dict(variant, tmp_path)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda t: t.pop("layer.bias"), "missing: layer.bias"),
        (lambda t: t.update(extra=torch.zeros(1)), "unexpected: extra"),
        (lambda t: t.update({"layer.bias": torch.zeros(4)}), "layer.bias (4,) for (3,)"),
    ],
)
def test_weights_that_do_not_fit_name_the_tensors(tmp_path, monkeypatch, dot, change, told):
    monkeypatch.setattr(weights.places, "WEIGHTS_FOLDER", tmp_path)
    tensors = dict(Dot().state_dict())
    change(tensors)
    with pytest.raises(WeightsError) as error:
        _api.build(bundled(tmp_path, tensors))
    assert told in str(error.value) and "\n" not in str(error.value)


def test_options_that_the_architecture_does_not_take_are_told(dot):
    with pytest.raises(WeightsError, match="depth"):
        _api.build(Variant(name="dot", architecture="dot", options={"depth": 3}))


def test_a_network_without_weights_is_not_run_with_random_ones(dot):
    with pytest.raises(WeightsError, match="expected weights"):
        _api.build(Variant(name="dot", architecture="dot"))


def test_weights_that_are_not_bundled_say_where_they_are(tmp_path):
    hub = Variant(
        name="a", architecture="a", source="hub", repo="o/r", revision="c0", file="w.safetensors"
    )
    with pytest.raises(WeightsError, match="https://huggingface.co/o/r/resolve/c0/w.safetensors"):
        weights.weights_file(hub)
    url = Variant(name="a", architecture="a", source="url", url="https://example.org/w")
    with pytest.raises(WeightsError, match="https://example.org/w"):
        weights.weights_file(url)


def test_a_device_that_is_not_here_is_told(tmp_path, monkeypatch, dot):
    monkeypatch.setattr(weights.places, "WEIGHTS_FOLDER", tmp_path)
    variant = bundled(tmp_path, Dot().state_dict())
    with pytest.raises(ModelError, match="'nonsense'"):
        _api.build(variant, device="nonsense")
