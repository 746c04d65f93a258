"""`python -m trainers export RUN`: turn a training into a bundled variant.

Writes half-precision weights, the model card with its curve and its grid of held-out pictures,
and the variant's table in `weights/manifest.toml`.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import os
import re
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file, save_file
from torch import Tensor

from inpaint_bench import inpaint
from inpaint_bench.data.testset import TestSetReader, load_test_set
from inpaint_bench.errors import InpaintBenchError
from inpaint_bench.imaging import to_uint8
from inpaint_bench.layers.spectral_norm import fold_spectral_norm
from inpaint_bench.models import MODELS
from inpaint_bench.types import TestSet
from inpaint_bench.weights import WEIGHTS_FOLDER
from trainers.checkpoint import read_checkpoint
from trainers.recipes import RECIPES
from trainers.sketches import find_edges

__all__ = ["build_parser", "export"]

_SHOWN = 12
_LOSSLESS = {"lossless": True, "method": 6}  # WebP, at half the size of a PNG


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of `python -m trainers export`."""
    parser = argparse.ArgumentParser(prog="python -m trainers export", description=__doc__)
    add = parser.add_argument
    add("run", type=Path, help="folder of the training (its --out)")
    add("--name", required=True, help="ARCHITECTURE-DATA, as pconv_unet-scenes128")
    add("--trained-on", required=True, help="the photographs, in words")
    add("--licence", required=True, help="terms of the weights, in words")
    add("--test-set", default="kodak-128", help="whose first pictures the card shows")
    add("--data-root", type=Path, help="where the test set's photographs are (INPAINT_DATA)")
    add("--note", default="", help="a sentence for the card")
    add("--weights", type=Path, default=WEIGHTS_FOLDER, help="folder of the manifest")
    return parser


def export(arguments: argparse.Namespace) -> None:
    """Write the weights, the manifest's table and the card of a finished training."""
    architecture = arguments.name.partition("-")[0]
    state = read_checkpoint(arguments.run / "checkpoint.pt")
    file = arguments.weights / f"{arguments.name}.safetensors"
    loop = json.loads(state["loop"])
    average, options = _plain(architecture, state["average"], json.loads(state["options"]))
    _write_weights(average, file)
    table = _table(arguments, architecture, options, file, loop["size"])
    _put_table(arguments.weights / "manifest.toml", arguments.name, table)

    cards = arguments.weights / "cards"
    cards.mkdir(exist_ok=True)
    _draw_curve(arguments.run, cards / f"{arguments.name}-curve.webp")
    _draw_grid(arguments, architecture, options, file, cards / f"{arguments.name}-grid.webp")
    card = _card(arguments, architecture, state | {"average": average}, loop)
    _write_text(cards / f"{arguments.name}.md", card)


def _plain(
    architecture: str, average: dict[str, Tensor], options: dict[str, object]
) -> tuple[dict[str, Tensor], dict[str, object]]:
    """Return weights and options for use: spectral normalisation is part of a training alone."""
    if "spectral_norm" not in options:
        return average, options
    model = MODELS[architecture](**options)
    model.load_state_dict(average)
    fold_spectral_norm(model.eval())
    return model.state_dict(), {k: v for k, v in options.items() if k != "spectral_norm"}


def _write_weights(average: dict[str, Tensor], file: Path) -> None:
    """Write floating point tensors in float16, through a temporary name."""
    halved = {
        name: (tensor.half() if tensor.is_floating_point() else tensor).contiguous()
        for name, tensor in average.items()
    }
    temporary = file.with_suffix(".tmp")
    save_file(halved, temporary)
    temporary.chmod(0o644)  # safetensors makes it private
    os.replace(temporary, file)


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


def _put_table(manifest: Path, name: str, table: str) -> None:
    """Replace the table of `name`, or add it at the end; the rest of the file stays."""
    text = manifest.read_text(encoding="utf-8")
    pattern = re.compile(rf"^\[{re.escape(name)}\]\n(?:(?!\[).*\n?)*", re.MULTILINE)
    if pattern.search(text):
        text = pattern.sub(lambda _: f"{table}\n\n", text)
    else:
        text = f"{text.rstrip()}\n\n{table}\n"
    _write_text(manifest, f"{text.rstrip()}\n")


def _write_text(path: Path, text: str) -> None:
    temporary = path.with_suffix(".tmp")
    temporary.write_text(text, encoding="utf-8")
    os.replace(temporary, path)


def _rows(path: Path) -> list[dict[str, str]]:
    """Read a log whose header may occur again where its columns changed."""
    rows, columns = [], []
    with path.open(newline="") as stream:
        for values in csv.reader(stream):
            if values[0] == "images":
                columns = values
            else:
                rows.append(dict(zip(columns, values, strict=True)))
    return rows


def _draw_curve(run: Path, path: Path) -> None:
    """Draw the validation error and the training loss over the images seen."""
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise InpaintBenchError(
            "export draws the loss curve with matplotlib: pip install -r requirements-dev.txt"
        ) from error
    log, validation = _rows(run / "log.csv"), _rows(run / "validation.csv")
    figure = Figure(figsize=(8, 3), layout="constrained")
    left, right = figure.subplots(1, 2)
    images = [int(row["images"]) for row in log]
    for term in ("l1", "l2", "coarse", "refined", "output", "rebuilt", "drawn", "perceptual"):
        values = [float(row.get(term, "nan")) for row in log]
        if not np.isnan(values).all():
            left.plot(images, _smooth(values), label=term, linewidth=1)
    left.set(title="training loss, weighted terms", xlabel="images seen", yscale="log")
    grown = [int(b["images"]) for a, b in pairwise(log) if a["size"] != b["size"]]
    for axes in (left, right):
        axes.locator_params(axis="x", nbins=5)
        for place in grown:  # from here on the squares have their full size
            axes.axvline(place, color="grey", linewidth=0.8, linestyle="--")
    left.legend()
    right.plot(
        [int(row["images"]) for row in validation],
        [float(row["hole_l1"]) for row in validation],
        marker=".",
    )
    right.set(title="hole L1 on held-out photographs, %", xlabel="images seen")
    figure.savefig(path, dpi=110, pil_kwargs=_LOSSLESS)


def _smooth(values: list[float], window: int = 15) -> np.ndarray:
    """Return running means, gaps kept."""
    series = np.asarray(values)
    return np.array([series[max(0, i - window) : i + 1].mean() for i in range(len(series))])


def _draw_grid(
    arguments: argparse.Namespace, architecture: str, options: dict, file: Path, path: Path
) -> None:
    """Draw the first pictures of the test set: masked, completed, true.

    For a model that takes a sketch also the edges of the hole, and the result that they give.
    """
    test_set = load_test_set(arguments.test_set)
    reader = TestSetReader(test_set, arguments.data_root)
    model = MODELS[architecture](**options)
    model.load_state_dict({name: tensor.float() for name, tensor in load_file(file).items()})
    model.eval()
    columns = []
    for i in _one_a_photograph(test_set)[:_SHOWN]:
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
    Image.fromarray(np.hstack(columns)).save(path, **_LOSSLESS)


def _one_a_photograph(test_set: TestSet) -> list[int]:
    """Return the index of one item of every photograph, its masks taken in turn."""
    items: dict[str, list[int]] = {}
    for i, item in enumerate(test_set.items):
        items.setdefault(item.image_id, []).append(i)
    return [found[n % len(found)] for n, found in enumerate(items.values())]


def _card(arguments: argparse.Namespace, architecture: str, state: dict, loop: dict) -> str:
    """Return the model card, from what the training recorded."""
    last = _rows(arguments.run / "validation.csv")[-1]
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
        sketched = f"; with every edge drawn hole L1 {float(last['hole_l1_sketched']):.2f} %"
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
| held-out photographs | hole L1 {float(last["hole_l1"]):.2f} %, PSNR \
{float(last["psnr"]):.2f} dB, SSIM {float(last["ssim"]):.3f} on {state["held_out"]} of \
them{sketched} |

![Loss and held-out error{grows}]({arguments.name}-curve.webp)

The first {_SHOWN} photographs of the test set `{arguments.test_set}` with their masks in turn, not
chosen: {rows}.

![Held-out results of {arguments.name}]({arguments.name}-grid.webp)
"""
