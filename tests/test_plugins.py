"""Models from a file of one's own or an installed package, up to their rows in a benchmark."""

from __future__ import annotations

import hashlib
import logging
import re
from importlib.metadata import EntryPoint
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from safetensors.torch import save_file

import inpaint_bench
from inpaint_bench import _api, cli, plugins
from inpaint_bench.bench.store import Store
from inpaint_bench.errors import ModelError
from inpaint_bench.imaging import write_png
from inpaint_bench.models import MODELS
from inpaint_bench.weights import manifest, weights_sha256

GREY = """
from inpaint_bench.models import MODELS
from inpaint_bench.models._classical import ClassicalInpainter
from inpaint_bench.types import Traits


@MODELS.register("{name}")
class Grey(ClassicalInpainter):
    traits = Traits(title="Grey", family="classical", paper="none, a test of plugins")

    def fill(self, image, hole, seed):
        image[hole] = {level}
        return image
"""
NETWORK = """
from torch import nn
from inpaint_bench.models import MODELS, LearnedInpainter
from inpaint_bench.types import Completion, Traits, Variant


@MODELS.register("speck")
class Speck(LearnedInpainter):
    traits = Traits(title="Speck", family="test", paper="none, a test of plugins")

    def __init__(self, width=3):
        super().__init__()
        self.layer = nn.Conv2d(3, width, 1)

    def complete(self, image, hole, *, sketch=None, generator=None, explain=False):
        return Completion(self.layer(image * (1 - hole)).sigmoid())


VARIANTS = [
    Variant("speck-mine", "speck", source="file", file="speck.safetensors", licence="mine",
            trained_on="nothing", resolution=64, provenance="trained here"),
]
"""


@pytest.fixture(autouse=True)
def untouched(monkeypatch):
    """Forget what a test loads."""
    monkeypatch.setattr(MODELS, "_entries", dict(MODELS._entries))
    monkeypatch.setattr(manifest, "_added", {})
    monkeypatch.setattr(plugins, "_loaded", {})


def write(folder, name="grey", level=0.5):
    path = folder / f"{name}.py"
    path.write_text(GREY.format(name=name, level=level))
    return path


def masked():
    image, hole = torch.rand(1, 3, 20, 20), torch.zeros(1, 1, 20, 20)
    hole[..., 4:9, 4:9] = 1
    return image, hole


def test_a_model_file_brings_a_variant_that_loads_and_is_listed(tmp_path):
    path = write(tmp_path)
    (variant,) = plugins.load_model_file(path)
    assert variant in inpaint_bench.list_variants()
    image, hole = masked()
    result = inpaint_bench.inpaint(inpaint_bench.load("grey"), image, hole)
    assert torch.all(result[..., 4:9, 4:9] == 0.5)
    assert plugins.load_model_file(path) == [variant]


def test_a_picture_of_another_size_is_no_result(tmp_path):
    code = NETWORK.replace("image * (1 - hole)", "nn.functional.interpolate(image, scale_factor=2)")
    save_file(
        {"layer.weight": torch.rand(3, 3, 1, 1), "layer.bias": torch.rand(3)},
        tmp_path / "speck.safetensors",
    )
    (tmp_path / "speck.py").write_text(code)
    plugins.load_model_file(tmp_path / "speck.py")
    with pytest.raises(ModelError, match=r"expected finite values of \(1, 3, 20, 20\)"):
        inpaint_bench.inpaint(inpaint_bench.load("speck-mine"), *masked())


@pytest.mark.parametrize("statement", ["raise ValueError('boom')", "raise SystemExit('no gpu')"])
def test_what_a_model_file_raises_is_its_own_fault(tmp_path, statement, capsys):
    path = write(tmp_path)
    path.write_text(path.read_text().replace("image[hole] = 0.5", statement))
    pixels = np.zeros((24, 24, 3), np.uint8)
    write_png(tmp_path / "photo.png", pixels)
    pixels[4:9, 4:9] = 255
    write_png(tmp_path / "mask.png", pixels)
    own = ["--model-file", str(path), "--image", str(tmp_path / "photo.png")]
    more = ["--mask", str(tmp_path / "mask.png"), "--out", str(tmp_path / "x.png")]
    assert cli.main(["inpaint", *own, "--model", "grey", *more]) == 2
    told = capsys.readouterr().err
    assert told.count("\n") == 1 and f"grey of {path} failed on this photograph" in told
    images = ["run", "--images", "skimage", "--masks", "free_form", "--size", "32", "--limit", "1"]
    both = ["--models", "grey,mean_colour", "--metrics", "l1", "--out", str(tmp_path / "run")]
    assert cli.main([*images, "--model-file", str(path), *both]) == 0  # the other is measured
    rows = Store(tmp_path / "run").records().set_index("variant")
    assert rows.loc["grey", "error"].startswith("model: ") and rows.loc["mean_colour", "l1"] > 0


def test_the_hash_of_the_file_stands_for_the_variant(tmp_path):
    path = write(tmp_path)
    (variant,) = plugins.load_model_file(path)
    assert weights_sha256(variant) == hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_network_brings_its_weights_which_are_checked_at_every_load(tmp_path):
    path, weights = tmp_path / "speck.py", tmp_path / "speck.safetensors"
    path.write_text(NETWORK)
    state = {"layer.weight": torch.rand(3, 3, 1, 1), "layer.bias": torch.rand(3)}
    with pytest.raises(ModelError, match=r"speck\.safetensors"):
        plugins.load_model_file(path)
    assert "speck" not in MODELS
    save_file(state, weights)
    (variant,) = plugins.load_model_file(path)
    model = inpaint_bench.load("speck-mine")
    assert torch.equal(model.layer.bias, state["layer.bias"]) and not model.training
    lines = "".join(
        f"{hashlib.sha256(one.read_bytes()).hexdigest()}  {one.name}\n" for one in (path, weights)
    )
    assert weights_sha256(variant) == hashlib.sha256(lines.encode()).hexdigest()
    save_file({**state, "layer.bias": torch.zeros(3)}, weights)
    with pytest.raises(inpaint_bench.errors.WeightsError, match="expected sha256"):
        inpaint_bench.load("speck-mine")


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("1 / 0", "ZeroDivisionError"),
        (GREY.format(name="grey", level=0) + "\nimport sys\nsys.exit(3)", "SystemExit: 3"),
        ("def", "SyntaxError"),
        ("x = 1", "@MODELS.register"),
        (GREY.format(name="telea", level=0), "registered twice"),
        (GREY.format(name="grey", level=0) + "\nVARIANTS = 3", "VARIANTS"),
        (GREY.format(name="grey", level=0) + "\nVARIANTS = ['grey']", "VARIANTS"),
        (
            GREY.format(name="grey", level=0)
            + "\nfrom inpaint_bench.types import Variant\nVARIANTS = [Variant('a', 'telea')]",
            "of an architecture of its file",
        ),
        (
            GREY.format(name="grey", level=0)
            + "\nfrom inpaint_bench.types import Variant\nVARIANTS = [Variant('a', 'grey')]",
            "'grey-...'",
        ),
    ],
)
def test_a_faulty_file_is_told_in_one_line_and_leaves_nothing(tmp_path, code, told):
    path = tmp_path / "faulty.py"
    path.write_text(code)
    before = set(MODELS)
    with pytest.raises(ModelError) as error:
        plugins.load_model_file(path)
    assert told in str(error.value) and "faulty.py" in str(error.value)
    assert "\n" not in str(error.value) and set(MODELS) == before


def test_what_is_no_file_is_told(tmp_path):
    for path in (tmp_path / "none.py", tmp_path, tmp_path / "model.txt"):
        with pytest.raises(ModelError, match="expected a Python file"):
            plugins.load_model_file(path)


def test_another_process_loads_the_same_file_and_refuses_an_edited_one(tmp_path):
    path = write(tmp_path)
    (variant,) = plugins.load_model_file(path)
    for level, expected in ((0.5, True), (0.25, False)):
        MODELS.remove("grey")
        plugins._loaded.clear()
        manifest._added.clear()
        write(tmp_path, level=level)
        if expected:
            assert _api.build(variant).traits.title == "Grey"
        else:
            with pytest.raises(ModelError, match="edited"):
                _api.build(variant)


def test_an_installed_package_adds_its_models_and_a_broken_one_costs_nobody_theirs(
    tmp_path, monkeypatch, caplog
):
    write(tmp_path, "grey_package")
    (tmp_path / "broken_package.py").write_text("raise OSError('no such library')")
    monkeypatch.syspath_prepend(tmp_path)
    points = [
        EntryPoint(name="broken", value="broken_package", group=plugins.GROUP),
        EntryPoint(name="grey", value="grey_package", group=plugins.GROUP),
    ]
    monkeypatch.setattr(plugins, "entry_points", lambda group: points)
    plugins._load_entry_point.cache_clear()
    with caplog.at_level(logging.WARNING):
        names = [variant.name for variant in inpaint_bench.list_variants()]
        inpaint_bench.list_variants()
    assert names[-1] == "grey_package" and "telea" in names
    assert caplog.text.count("no such library") == 1
    assert inpaint_bench.load("grey_package").variant.code_sha256


@pytest.mark.parametrize("models", [[], ["--models", "grey,mean_colour"]])
def test_run_measures_a_model_file_and_an_edited_one_anew(tmp_path, capsys, models):
    path, out = write(tmp_path), tmp_path / "out"
    command = ["run", "--images", "skimage", "--masks", "rectangle", "--size", "32"]
    command += ["--limit", "2", "--metrics", "l1", "--out", str(out), *models]
    command += ["--model-file", str(path)]
    if not models:
        command += ["--models", "grey"]
    assert cli.main(command) == 0, capsys.readouterr().err
    records = pd.concat(pd.read_parquet(part) for part in out.glob("records/grey/*/*.parquet"))
    assert set(records["weights_sha256"]) == {hashlib.sha256(path.read_bytes()).hexdigest()}
    first = records["l1"].tolist()
    MODELS.remove("grey")
    manifest._added.clear()
    write(tmp_path, level=0.9)
    assert cli.main(command) == 0, capsys.readouterr().err
    records = pd.concat(pd.read_parquet(part) for part in out.glob("records/grey/*/*.parquet"))
    assert records["l1"].tolist() != first and not records["error"].any()


def test_inpaint_takes_a_model_file_and_a_faulty_one_is_one_line(tmp_path, capsys):
    from PIL import Image

    Image.new("RGB", (16, 16)).save(tmp_path / "photo.png")
    mask = Image.new("1", (16, 16))
    mask.paste(1, (2, 2, 8, 8))
    mask.save(tmp_path / "mask.png")
    options = {"image": "photo.png", "mask": "mask.png", "out": "result.png"}
    arguments = [a for k, v in options.items() for a in (f"--{k}", str(tmp_path / v))]
    arguments += ["--model", "grey", "--model-file"]
    assert cli.main(["inpaint", *arguments, str(write(tmp_path))]) == 0
    assert Image.open(tmp_path / "result.png").getpixel((4, 4)) == (128, 128, 128)
    capsys.readouterr()
    (tmp_path / "bad.py").write_text("1 / 0")
    assert cli.main(["inpaint", *arguments, str(tmp_path / "bad.py")]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_the_example_model_of_the_readme_is_a_model_file(tmp_path):
    readme = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", readme, flags=re.DOTALL)
    path = tmp_path / "median_colour.py"
    path.write_text(next(block for block in blocks if "MODELS.register" in block))
    (variant,) = plugins.load_model_file(path)
    assert inpaint_bench.load("median_colour").variant == variant
