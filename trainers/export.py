"""`python -m trainers export RUN`: turn a training into a bundled variant.

Writes half-precision weights, the model card with its curve and its grid of held-out pictures,
and the variant's table in `weights/manifest.toml`. Everything is made in a temporary folder beside
the manifest and put in place at the end: an export that fails has changed nothing.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import os
import re
import tempfile
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file, save_file
from torch import Tensor

from inpaint_bench import inpaint
from inpaint_bench.data.testset import TestSetReader, load_test_set
from inpaint_bench.errors import InpaintBenchError, UnknownNameError, WeightsError
from inpaint_bench.imaging import to_uint8
from inpaint_bench.layers.spectral_norm import fold_spectral_norm
from inpaint_bench.models import MODELS
from inpaint_bench.types import TestSet
from inpaint_bench.weights import WEIGHTS_FOLDER, read_manifest
from trainers.checkpoint import read_checkpoint
from trainers.recipes import RECIPES
from trainers.sketches import find_edges

__all__ = ["build_parser", "export"]

_SHOWN = 12
_LOSSLESS = {"lossless": True, "method": 6}  # WebP, at half the size of a PNG
_PHOTOGRAPHS = {"quality": 90, "method": 6}  # a third of that


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of `python -m trainers export`."""
    parser = argparse.ArgumentParser(prog="python -m trainers export", description=__doc__)
    add = parser.add_argument
    add("run", type=Path, help="folder of the training (its --out)")
    add("--name", required=True, help="ARCHITECTURE-DATA, as pconv_unet-scenes128")
    add("--trained-on", required=True, help="the photographs, in words")
    add("--licence", required=True, help="terms of the weights, in words")
    add("--test-set", default="samples-256", help="whose first pictures the card shows")
    add("--data-root", type=Path, help="where the test set's photographs are (INPAINT_DATA)")
    add("--note", default="", help="a sentence for the card")
    add("--weights", type=Path, default=WEIGHTS_FOLDER, help="folder of the manifest")
    add("--replace", action="store_true", help="let the new variant take the place of an old one")
    return parser


def export(arguments: argparse.Namespace) -> None:
    """Write the weights, the manifest's table and the card of a finished training.

    Raises:
        InpaintBenchError: the name is taken or none of a variant, or the training, the test set or
            the manifest is not what it should be; nothing has changed.
    """
    name, folder = arguments.name, arguments.weights
    architecture = _architecture(name)
    _check_place(arguments)
    reader = TestSetReader(load_test_set(arguments.test_set), arguments.data_root)
    path = arguments.run / "checkpoint.pt"
    state = read_checkpoint(path, "name the folder of a training (its --out)")
    log = _rows(arguments.run / "log.csv", {"images", "size"})
    validation = _rows(arguments.run / "validation.csv", {"images", "hole_l1", "psnr", "ssim"})
    weights, options = _plain(architecture, state, path)
    loop = json.loads(state["loop"])

    with tempfile.TemporaryDirectory(dir=folder, prefix=".export-") as made:
        new = Path(made)
        file = new / f"{name}.safetensors"
        _write_weights(weights, file)
        (new / "cards").mkdir()
        _draw_curve(log, validation, new / "cards" / f"{name}-curve.webp")
        _draw_grid(reader, architecture, options, file, new / "cards" / f"{name}-grid.webp")
        card = _card(arguments, architecture, state | {"average": weights}, loop, validation[-1])
        (new / "cards" / f"{name}.md").write_text(card, encoding="utf-8")
        table = _table(arguments, architecture, options, file, loop["size"])
        text = _with_table((folder / "manifest.toml").read_text(encoding="utf-8"), name, table)
        (new / "manifest.toml").write_text(text, encoding="utf-8")
        read_manifest(new / "manifest.toml")
        _put_in_place(new, folder)


def _architecture(name: str) -> str:
    """Return the architecture of a variant's name."""
    architecture, _, data = name.partition("-")
    if architecture not in RECIPES or not re.fullmatch("[A-Za-z0-9_-]+", data):
        raise UnknownNameError(
            "expected --name as ARCHITECTURE-DATA, with letters, digits, _ and - for DATA, got "
            f"{name!r}; architectures: {', '.join(RECIPES)}"
        )
    return architecture


def _check_place(arguments: argparse.Namespace) -> None:
    """Raise an `InpaintBenchError` if there is no manifest, or a variant of this name in it."""
    name, folder = arguments.name, arguments.weights
    taken = name in read_manifest(folder / "manifest.toml")
    if (taken or (folder / f"{name}.safetensors").exists()) and not arguments.replace:
        raise InpaintBenchError(
            f"{folder} holds {name} already: choose another --name, or add --replace"
        )


def _put_in_place(new: Path, folder: Path) -> None:
    """Move what was made, the manifest last: a table never names a file that is not there."""
    (folder / "cards").mkdir(exist_ok=True)
    made = [path for path in sorted(new.rglob("*")) if path.is_file()]
    for path in sorted(made, key=lambda path: path.name == "manifest.toml"):
        os.replace(path, folder / path.relative_to(new))


def _plain(
    architecture: str, state: dict[str, object], path: Path
) -> tuple[dict[str, Tensor], dict[str, object]]:
    """Return weights and options for use: spectral normalisation is part of a training alone.

    Raises:
        WeightsError: the training was one of another architecture.
    """
    trained = state.get("recipe") or architecture  # older checkpoints do not tell
    if trained != architecture:
        raise WeightsError(
            f"{path} holds a training of {trained}: expected --name {trained}-DATA, got one of "
            f"{architecture}"
        )
    options = json.loads(state["options"])
    try:
        model = MODELS[architecture](**options)
        model.load_state_dict(state["average"])
    except (RuntimeError, TypeError, ValueError) as error:
        raise WeightsError(
            f"the weights in {path}, {state['options']}, do not fit {architecture}: expected the "
            "architecture that was trained in --name"
        ) from error
    if options.pop("spectral_norm", None) is not None:
        fold_spectral_norm(model.eval())
    return model.state_dict(), options


def _write_weights(average: dict[str, Tensor], file: Path) -> None:
    """Write floating point tensors in float16."""
    halved = {
        name: (tensor.half() if tensor.is_floating_point() else tensor).contiguous()
        for name, tensor in average.items()
    }
    save_file(halved, file)
    file.chmod(0o644)  # safetensors makes it private


def _table(
    arguments: argparse.Namespace, architecture: str, options: dict, file: Path, size: int
) -> str:
    """Return the variant's table of the manifest."""
    pairs = ", ".join(f"{name} = {json.dumps(value)}" for name, value in options.items())
    return "\n".join(
        [
            f"[{arguments.name}]",
            f'architecture = "{architecture}"',
            f"options = {{ {pairs} }}",
            'source = "bundled"',
            f'file = "{file.name}"',
            f'sha256 = "{hashlib.sha256(file.read_bytes()).hexdigest()}"',
            f"bytes = {file.stat().st_size}",
            f"licence = {json.dumps(arguments.licence, ensure_ascii=False)}",
            f"trained_on = {json.dumps(arguments.trained_on, ensure_ascii=False)}",
            f"resolution = {size}",
            'provenance = "trained here"',
            f'card = "{arguments.name}.md"',
        ]
    )


def _with_table(text: str, name: str, table: str) -> str:
    """Replace the table of `name` in a manifest, or add it at the end; the rest stays."""
    pattern = re.compile(rf"^\[{re.escape(name)}\]\n(?:(?!\[).*\n?)*", re.MULTILINE)
    if pattern.search(text):
        text = pattern.sub(lambda _: f"{table}\n\n", text)
    else:
        text = f"{text.rstrip()}\n\n{table}\n"
    return f"{text.rstrip()}\n"


def _rows(path: Path, columns: set[str]) -> list[dict[str, float]]:
    """Read a log whose header may occur again where its columns changed.

    Raises:
        InpaintBenchError: there is none, or none of a training with these columns.
    """
    rows, names = [], []
    if not path.is_file():
        raise InpaintBenchError(f"expected the log of a training at {path}, found no file")
    with path.open(encoding="utf-8", errors="replace") as stream:
        for number, line in enumerate(stream, start=1):
            values = line.strip().split(",")
            if values[0] == "images":
                names = values
                continue
            try:
                rows.append(dict(zip(names, map(float, values), strict=True)))
            except ValueError as error:
                raise InpaintBenchError(
                    f"expected {len(names)} numbers in line {number} of {path}, got "
                    f"{line.strip()!r}: remove the line"
                ) from error
    if not rows or not all(columns <= row.keys() for row in rows):
        raise InpaintBenchError(
            f"expected rows with {', '.join(sorted(columns))} in {path}, got others or none: let "
            "the training go on to its end"
        )
    return rows


def _draw_curve(
    log: list[dict[str, float]], validation: list[dict[str, float]], path: Path
) -> None:
    """Draw the validation error and the training loss over the images seen."""
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise InpaintBenchError(
            "export draws the loss curve with matplotlib: pip install -r requirements-dev.txt"
        ) from error
    figure = Figure(figsize=(8, 3), layout="constrained")
    left, right = figure.subplots(1, 2)
    images = [row["images"] for row in log]
    for term in ("l1", "l2", "coarse", "refined", "output", "rebuilt", "drawn", "perceptual"):
        values = [row.get(term, math.nan) for row in log]
        if not np.isnan(values).all():
            left.plot(images, _smooth(values), label=term, linewidth=1)
    left.set(title="training loss, weighted terms", xlabel="images seen", yscale="log")
    grown = [b["images"] for a, b in pairwise(log) if a["size"] != b["size"]]
    for axes in (left, right):
        axes.locator_params(axis="x", nbins=5)
        for place in grown:  # from here on the squares have their full size
            axes.axvline(place, color="grey", linewidth=0.8, linestyle="--")
    left.legend()
    seen, errors = zip(*((row["images"], row["hole_l1"]) for row in validation), strict=True)
    right.plot(seen, errors, marker=".")
    right.set(title="hole L1 on held-out photographs, %", xlabel="images seen")
    figure.savefig(path, dpi=110, pil_kwargs=_LOSSLESS)


def _smooth(values: list[float], window: int = 15) -> np.ndarray:
    """Return running means, gaps kept."""
    series = np.asarray(values)
    return np.array([series[max(0, i - window) : i + 1].mean() for i in range(len(series))])


def _draw_grid(
    reader: TestSetReader, architecture: str, options: dict, file: Path, path: Path
) -> None:
    """Draw the first pictures of the test set: masked, completed, true.

    For a model that takes a sketch also the edges of the hole, and the result that they give.
    """
    model = MODELS[architecture](**options)
    model.load_state_dict({name: tensor.float() for name, tensor in load_file(file).items()})
    model.eval()
    columns = []
    for i in _one_a_photograph(reader.test_set)[:_SHOWN]:
        image, hole = (tensor.unsqueeze(0) for tensor in reader.read(i))
        result = inpaint(model, image, hole)
        masked = torch.where(hole == 1, torch.ones_like(image), image)
        pictures = [masked, result, image]
        if model.traits.sketch:
            edges = find_edges(to_uint8(image))
            sketch = torch.from_numpy(edges).float().expand_as(hole) * hole
            guided = inpaint(model, image, hole, sketch=sketch)
            pictures[2:2] = [masked * (1.0 - sketch), guided]
        columns.append(np.vstack([to_uint8(picture) for picture in pictures]))
    Image.fromarray(np.hstack(columns)).save(path, **_PHOTOGRAPHS)


def _one_a_photograph(test_set: TestSet) -> list[int]:
    """Return the index of one item of every photograph, its masks taken in turn."""
    items: dict[str, list[int]] = {}
    for i, item in enumerate(test_set.items):
        items.setdefault(item.image_id, []).append(i)
    return [found[n % len(found)] for n, found in enumerate(items.values())]


def _card(
    arguments: argparse.Namespace, architecture: str, state: dict, loop: dict, last: dict
) -> str:
    """Return the model card, from what the training recorded; `last` is its last validation."""
    parameters = sum(
        tensor.numel()
        for name, tensor in state["average"].items()
        if "running_" not in name and "num_batches" not in name
    )
    minutes = state["seconds"] / 60.0
    options = json.loads(state["options"])
    left_out = set(options)
    if "critic" not in state:
        left_out.update(getattr(RECIPES[architecture].Settings, "of_critic", ()))
    settings = json.loads(state["settings"])
    losses = {name: value for name, value in settings.items() if value and name not in left_out}
    size = f"{loop['size']}x{loop['size']}"
    grows = ""
    if loop["small_until"]:
        grows = "; the dashed line is where the squares grow"
        size += f"; half of it for the first {loop['small_until']:.0%} of the budget"
    began = f"| began with | {state['began_with']} |\n" if state["began_with"] else ""
    sketched, rows = "", "masked, completed, true"
    if "hole_l1_sketched" in last:
        sketched = f"; with every edge drawn hole L1 {last['hole_l1_sketched']:.2f} %"
    if MODELS[architecture].traits.sketch:
        rows = "masked, completed, masked with its edges drawn, completed with them, true"
    return f"""# {arguments.name}

Trained here, by this project. {arguments.note}

| | |
|---|---|
| architecture | `{architecture}`, {options} |
| parameters | {parameters:,} |
| trained on | {arguments.trained_on} |
| terms | {arguments.licence} |
| size of the training squares | {size} |
| images seen | {state["samples"]:,} in {state["minibatch"]:,} steps of {loop["batch"]} |
{began}| time | {minutes:.0f} minutes of computing |
| machine | {state["machine"]}, precision {loop["precision"]} |
| optimiser | {loop.get("optimiser", "adam").capitalize()}, peak {loop["learning_rate"]:g}, \
{loop.get("schedule", "cosine")} schedule, averaged weights ({loop["ema"]}) |
| losses | {", ".join(f"{k} {v}" for k, v in losses.items())} |
| held-out photographs | hole L1 {last["hole_l1"]:.2f} %, PSNR {last["psnr"]:.2f} dB, SSIM \
{last["ssim"]:.3f} on {state["held_out"]} of \
them{sketched} |

![Loss and held-out error{grows}]({arguments.name}-curve.webp)

The first {_SHOWN} photographs of the test set `{arguments.test_set}` with their masks in turn, not
chosen: {rows}.

![Held-out results of {arguments.name}]({arguments.name}-grid.webp)
"""
