"""Exporting a training writes weights, table and card that belong together."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from inpaint_bench.models.pconv_unet import PConvUNet
from inpaint_bench.models.pluralistic import Pluralistic
from inpaint_bench.weights import read_manifest
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


def _export(run: Path, weights: Path, name: str = NAME) -> None:
    weights.mkdir(exist_ok=True)
    if not (weights / "manifest.toml").exists():
        (weights / "manifest.toml").write_text(OTHER)
    arguments = ["--trained-on", 'twenty "smooth" pictures', "--licence", "free"]
    arguments += ["--name", name, "--test-set", "samples-256", "--weights", str(weights)]
    export(build_parser().parse_args([str(run), *arguments]))


def test_the_table_fits_the_file_and_leaves_the_others_alone(run, tmp_path):
    weights = tmp_path / "weights"
    for _ in range(2):  # the second export replaces the first
        _export(run, weights)
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
