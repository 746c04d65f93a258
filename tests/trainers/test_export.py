"""Exporting a training writes weights, table and card that belong together."""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
from pathlib import Path

import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from inpaint_bench.data.testset import TEST_SETS
from inpaint_bench.errors import InpaintBenchError, UnknownNameError, WeightsError
from inpaint_bench.models.pconv_unet import PConvUNet
from inpaint_bench.models.pluralistic import Pluralistic
from inpaint_bench.weights import read_manifest
from trainers.__main__ import main
from trainers.checkpoint import read_checkpoint
from trainers.export import build_parser, export
from trainers.loop import Trainer
from trainers.masks import MaskMixture
from trainers.recipes import RECIPES
from trainers.settings import LoopSettings

OTHER = """[telea]
architecture = "telea"
source = "none"
licence = "x"
provenance = "classical"
"""
NAME = "pconv_unet-tiny32"


@pytest.fixture
def run(photographs: Path, tmp_path: Path) -> Path:
    """A finished training of a few steps."""
    recipe = RECIPES["pconv_unet"]
    settings = recipe.Settings(width=8, depth=4, perceptual=0.0, style=0.0)
    loop = LoopSettings(
        data=(photographs,),
        out=tmp_path / "run",
        size=32,
        batch=4,
        images=400,
        precision="no",
        workers=0,
    )
    trainer = Trainer(recipe(settings, None), loop, MaskMixture({"centre": 1.0}))
    trainer.began_with = "pconv_unet-other, sha256 0123"
    trainer.run()
    return tmp_path / "run"


def _arguments(run: Path, weights: Path, name: str = NAME) -> list[str]:
    weights.mkdir(exist_ok=True)
    if not (weights / "manifest.toml").exists():
        (weights / "manifest.toml").write_text(OTHER)
    arguments = ["--trained-on", 'twenty "smooth" pictures', "--licence", "free"]
    return [str(run), *arguments, "--name", name, "--weights", str(weights)]


def _export(run: Path, weights: Path, name: str = NAME, *options: str) -> None:
    export(build_parser().parse_args([*_arguments(run, weights, name), *options]))


def _contents(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def _change(run: Path, **entries: object) -> None:
    """Give the checkpoint of a run other entries; None takes one away."""
    state = read_checkpoint(run / "checkpoint.pt") | entries
    state = {key: value for key, value in state.items() if value is not None}
    torch.save(state, run / "checkpoint.pt")


@pytest.fixture
def unfinished(photographs: Path, tmp_path: Path) -> Path:
    """A training of no steps, with the logs of a longer one."""
    recipe = RECIPES["pconv_unet"]
    settings = recipe.Settings(width=8, depth=4, perceptual=0.0, style=0.0)
    loop = LoopSettings(data=(photographs,), out=tmp_path / "run", size=32, images=8)
    Trainer(recipe(settings, None), loop, MaskMixture({"centre": 1.0})).save()
    (tmp_path / "run" / "log.csv").write_text("images,size,l1\n4,32,0.5\n8,32,0.4\n")
    (tmp_path / "run" / "validation.csv").write_text("images,hole_l1,psnr,ssim\n8,9.0,20.0,0.8\n")
    return tmp_path / "run"


def test_the_table_fits_the_file_and_leaves_the_others_alone(run, tmp_path):
    weights = tmp_path / "weights"
    for options in ([], ["--replace"]):  # the second export takes the place of the first
        _export(run, weights, NAME, *options)
    manifest = read_manifest(weights / "manifest.toml")
    assert list(manifest) == ["telea", NAME]
    variant, file = manifest[NAME], weights / f"{NAME}.safetensors"
    assert variant.sha256 == hashlib.sha256(file.read_bytes()).hexdigest()
    assert variant.size == file.stat().st_size
    assert variant.trained_on == 'twenty "smooth" pictures'
    assert variant.options == {"width": 8, "depth": 4}
    assert variant.resolution == 32


def test_the_weights_are_the_averaged_ones_in_half_precision(run, tmp_path):
    _export(run, tmp_path / "weights")
    saved = load_file(tmp_path / "weights" / f"{NAME}.safetensors")
    average = read_checkpoint(run / "checkpoint.pt")["average"]
    assert set(saved) == set(average) == set(PConvUNet(8, 4).state_dict())
    for name, tensor in saved.items():
        if tensor.is_floating_point():
            assert tensor.dtype == torch.float16
            assert torch.allclose(tensor.float(), average[name], rtol=1e-3, atol=1e-6)


def test_the_card_states_the_budget_and_shows_curve_and_grid(run, tmp_path):
    _export(run, tmp_path / "weights")
    cards = tmp_path / "weights" / "cards"
    text = (cards / f"{NAME}.md").read_text()
    assert "400 in 100 steps of 4" in text
    assert "| began with | pconv_unet-other, sha256 0123 |" in text
    assert "`samples-256`" in text
    assert "valid 1.0, hole 6.0" in text and "width 8," not in text.split("| losses")[1]
    for picture in ("curve", "grid"):
        assert f"({NAME}-{picture}.webp)" in text
        with Image.open(cards / f"{NAME}-{picture}.webp") as shown:
            assert shown.format == "WEBP" and min(shown.size) > 100


def test_spectral_normalisation_is_folded_into_what_is_exported(photographs, tmp_path):
    recipe = RECIPES["pluralistic"]
    settings = recipe.Settings(width=4, adversarial=0.0, hole=1.0)
    loop = LoopSettings(
        data=(photographs,),
        out=tmp_path / "run",
        size=32,
        batch=2,
        images=8,
        small_until=0.0,
        precision="no",
        workers=0,
    )
    trainer = Trainer(recipe(settings, None), loop, MaskMixture({"centre": 1.0}))
    trainer.run()
    weights = tmp_path / "weights"
    _export(tmp_path / "run", weights, "pluralistic-tiny32")
    variant = read_manifest(weights / "manifest.toml")["pluralistic-tiny32"]
    assert variant.options == {"width": 4}
    plain = Pluralistic(4).eval()
    saved = load_file(weights / "pluralistic-tiny32.safetensors")
    plain.load_state_dict({name: tensor.float() for name, tensor in saved.items()})
    normalised = trainer.recipe.build_model().eval()
    normalised.load_state_dict(trainer.average.state)
    image, hole = torch.rand(1, 3, 32, 32), torch.zeros(1, 1, 32, 32)
    hole[..., 8:24, 8:24] = 1
    with torch.no_grad():
        a, b = (
            model(image, hole, generator=torch.Generator().manual_seed(1)).image
            for model in (plain, normalised)
        )
    assert (a - b).abs().max() < 5e-3  # half precision


def test_the_card_of_a_sketch_model_shows_what_strokes_do(photographs, tmp_path):
    recipe = RECIPES["deepfill_v2_sketch"]
    loop = LoopSettings(
        data=(photographs,), out=tmp_path / "run", size=32, batch=4, images=200, workers=0
    )
    settings = recipe.Settings(width=8, adversarial=0.0)
    Trainer(recipe(settings, None), loop, MaskMixture({"centre": 1.0})).run()
    _export(tmp_path / "run", tmp_path / "weights", "deepfill_v2_sketch-tiny32")
    cards = tmp_path / "weights" / "cards"
    text = (cards / "deepfill_v2_sketch-tiny32.md").read_text()
    assert "began with" not in text
    assert "with every edge drawn hole L1" in text
    assert "completed with them" in text
    with Image.open(cards / "deepfill_v2_sketch-tiny32-grid.webp") as grid:
        assert grid.height == 5 * 256  # masked, completed, drawn, completed again, true


@pytest.mark.parametrize(
    "data", ["tiny.32", "tiny 32", "../tiny", "", "tiny/32", "tiny]", "tiny\n", "größe"]
)
def test_a_name_that_would_break_the_manifest_is_refused(data, unfinished, tmp_path):
    weights = tmp_path / "weights"
    with pytest.raises(UnknownNameError, match="--name as ARCHITECTURE-DATA.*pconv_unet"):
        _export(unfinished, weights, f"pconv_unet-{data}")
    assert [path.name for path in weights.iterdir()] == ["manifest.toml"]


@pytest.mark.parametrize("name", ["unet-tiny", "telea-tiny", "pconv_unet"])
def test_a_name_of_no_architecture_that_is_trained_is_refused(name, unfinished, tmp_path):
    with pytest.raises(UnknownNameError, match="--name as ARCHITECTURE-DATA.*pconv_unet"):
        _export(unfinished, tmp_path / "weights", name)


def test_the_architecture_of_the_name_is_the_one_that_was_trained(unfinished, tmp_path):
    with pytest.raises(WeightsError, match="training of pconv_unet: expected --name pconv_unet-"):
        _export(unfinished, tmp_path / "weights", "deepfill_v2-tiny")


def test_a_checkpoint_that_does_not_name_its_recipe_is_exported_where_it_fits(unfinished, tmp_path):
    _change(unfinished, recipe=None, waited=None)  # as older versions wrote them
    with pytest.raises(WeightsError, match="do not fit aot_gan") as told:
        _export(unfinished, tmp_path / "weights", "aot_gan-tiny")
    assert "\n" not in str(told.value)
    _export(unfinished, tmp_path / "weights")
    assert NAME in read_manifest(tmp_path / "weights" / "manifest.toml")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--test-set", "nothing"], "unknown test set 'nothing'"),
        (["--test-set", "{set}"], "is not the one of test set"),
        (["--test-set", "kodak-128", "--data-root", "{nowhere}"], "kodak"),
        (["--licence", ""], "expected a value for 'licence'"),
    ],
)
def test_an_export_that_fails_has_changed_nothing(options, said, unfinished, tmp_path):
    weights = tmp_path / "weights"
    _export(unfinished, weights)
    before = _contents(weights)
    altered = json.loads((TEST_SETS / "samples-256.json").read_text(encoding="utf-8"))
    altered["items"][0]["mask_sha256"] = "0" * 64
    (tmp_path / "set.json").write_text(json.dumps(altered))
    places = {"set": tmp_path / "set.json", "nowhere": tmp_path / "nowhere"}
    with pytest.raises(InpaintBenchError, match=said):
        _export(unfinished, weights, NAME, "--replace", *(o.format(**places) for o in options))
    assert _contents(weights) == before
    assert not list(weights.glob(".export-*"))


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("log.csv", None, "expected the log of a training at .*log.csv, found no file"),
        ("validation.csv", "", "expected rows with hole_l1, images, psnr, ssim"),
        ("validation.csv", "images,hole_l1\n4,5\n", "expected rows with hole_l1"),
        ("log.csv", "images,size,l1\n4,32\n", "expected 3 numbers in line 2 of .*got '4,32'"),
        ("log.csv", "images,size,l1\n4,32,x\n", "expected 3 numbers in line 2"),
        ("log.csv", "\n", "expected 0 numbers in line 1"),
    ],
)
def test_a_log_that_is_none_is_told_before_anything_is_written(
    name, text, said, unfinished, tmp_path
):
    (unfinished / name).unlink()
    if text is not None:
        (unfinished / name).write_text(text)
    weights = tmp_path / "weights"
    with pytest.raises(InpaintBenchError, match=said):
        _export(unfinished, weights)
    assert [path.name for path in weights.iterdir()] == ["manifest.toml"]


def test_an_existing_variant_is_replaced_only_if_that_is_asked_for(unfinished, tmp_path):
    weights = tmp_path / "weights"
    _export(unfinished, weights)
    before = _contents(weights)
    with pytest.raises(InpaintBenchError, match=f"holds {NAME} already.*--replace"):
        _export(unfinished, weights)
    assert _contents(weights) == before
    (weights / "manifest.toml").write_text(OTHER)  # the file alone counts too
    with pytest.raises(InpaintBenchError, match="--replace"):
        _export(unfinished, weights)
    _export(unfinished, weights, NAME, "--replace")
    assert _contents(weights) == before


def test_the_pictures_of_the_card_need_no_data(unfinished, tmp_path):
    weights = tmp_path / "weights"
    _export(unfinished, weights, NAME, "--data-root", str(tmp_path / "nowhere"))
    assert "`samples-256`" in (weights / "cards" / f"{NAME}.md").read_text()


@pytest.mark.parametrize("missing", ["manifest", "folder", "run"])
def test_a_folder_that_is_none_is_told_in_one_line(
    missing, unfinished, tmp_path, monkeypatch, capsys
):
    arguments = _arguments(unfinished, tmp_path / "weights")
    if missing == "manifest":
        (tmp_path / "weights" / "manifest.toml").unlink()
    else:
        shutil.rmtree(tmp_path / "weights" if missing == "folder" else unfinished)
    monkeypatch.setattr(sys, "argv", ["trainers", "export", *arguments])
    assert main() == 2
    (line,) = capsys.readouterr().err.splitlines()
    expected = "cannot read the weight manifest"
    assert ("name the folder of a training" if missing == "run" else expected) in line
    assert "--resume" not in line
