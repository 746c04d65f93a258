"""`python -m trainers NAME --data DIR --out DIR`: train a model on any folder of photographs.

`python -m trainers export RUN --name VARIANT ...` bundles the result, `python -m trainers
throughput` measures how fast the recipes train.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
import tempfile
import traceback
from pathlib import Path

import torch

from inpaint_bench.errors import InpaintBenchError
from trainers.checkpoint import read_checkpoint
from trainers.loop import Trainer
from trainers.masks import MaskMixture
from trainers.pictures import find_photographs
from trainers.recipes import RECIPES
from trainers.recipes._base import build_recipe
from trainers.settings import LoopSettings, check_range, override
from trainers.stopping import StopRequest

_DEFAULT_MASKS = {"free_form": 0.7, "rectangle": 0.3}
_MASKS_HELP = "mask generators, packed mask files or folders of masks (white = hole), with weights"
_BACKBONE_HELP = "features: a SqueezeNet (safetensors) instead of VGG, or LaMa's ADE20K (pth)"


def build_parser() -> argparse.ArgumentParser:
    """Return the parser; `argparse`, because training machines may lack typer."""
    parser = argparse.ArgumentParser(prog="python -m trainers", description=__doc__)
    add = parser.add_argument
    add("name", choices=list(RECIPES), help="recipe")
    add("--data", type=Path, nargs="+", required=True, help="folders of photographs")
    add("--out", type=Path, required=True, help="folder of checkpoints, logs and grids")
    add("--size", type=int, default=0, help="side of the training squares (the preset's, or 128)")
    add("--minutes", type=float, default=20.0, help="budget of training time (20)")
    add("--images", type=int, default=0, help="budget in images seen, instead of minutes")
    add("--resume", action="store_true", help="go on from the checkpoint in --out")
    add("--start", default="", metavar="VARIANT", help="begin with the weights of a variant")
    add("--preset", default="paper", help="named settings of the recipe (paper, short)")
    add("--set", nargs="*", default=[], metavar="NAME=VALUE", help="settings of the recipe")
    add("--loop", nargs="*", default=[], metavar="NAME=VALUE", help="settings of the loop")
    add("--masks", nargs="+", default=[], metavar="SOURCE=WEIGHT", help=_MASKS_HELP)
    add("--backbone", type=Path, help=_BACKBONE_HELP)
    add("--seed", type=int, default=0)
    add("--threads", type=int, default=0, help="processor threads (all)")
    return parser


def train(arguments: argparse.Namespace, stop: StopRequest) -> None:
    """Build the trainer that the command line asks for, and run it."""
    _check_beginning(arguments)
    check_range("threads", arguments.threads)
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    recipe_class = RECIPES[arguments.name]
    settings = _settings(arguments)
    of_paper = recipe_class.masks if arguments.preset == "paper" else {}
    masks = MaskMixture(_masks(arguments.masks) or of_paper or _DEFAULT_MASKS)
    find_photographs(settings.data)
    # Features may be a download: whatever else is wrong is told before.
    recipe = build_recipe(recipe_class, arguments.preset, arguments.set, arguments.backbone)
    if arguments.backbone and recipe.features is None:
        raise InpaintBenchError(
            "no term of this training uses features: leave --backbone out, or give one a weight, "
            "as --set perceptual=0.002"
        )
    trainer = Trainer(recipe, settings, masks)
    if arguments.resume:
        trainer.resume()
    elif arguments.start:
        _start(trainer, arguments.name, arguments.start)
    trainer.run(stop)
    trainer.close()


def _check_beginning(arguments: argparse.Namespace) -> None:
    """Raise an `InpaintBenchError` if a training would begin over another, or in two ways."""
    if arguments.resume and arguments.start:
        raise InpaintBenchError(
            "expected --resume or --start, got both: --resume goes on from the weights of --out"
        )
    path = arguments.out / "checkpoint.pt"
    if path.exists() and not arguments.resume:
        samples = read_checkpoint(path, "name another --out")["samples"]
        raise InpaintBenchError(
            f"{arguments.out} holds a training of {samples} images: add --resume, or name another "
            "--out"
        )


def _settings(arguments: argparse.Namespace) -> LoopSettings:
    """Return the loop's settings: the preset's, the options', those of --loop."""
    schedule = RECIPES[arguments.name].schedules.get(arguments.preset, {})
    size = {"size": arguments.size} if arguments.size else {}
    budget = "images" if arguments.images else "minutes"
    settings = LoopSettings(
        **{**schedule, **size, budget: getattr(arguments, budget)},
        data=tuple(arguments.data),
        out=arguments.out,
        seed=arguments.seed,
    )
    return override(settings, arguments.loop)


def _start(trainer: Trainer, architecture: str, name: str) -> None:
    """Give the model the weights of the variant `name`, if it has their sizes."""
    from inpaint_bench.weights import (
        find_variant,
        fit_state_dict,
        load_state_dict,
        weights_sha256,
    )

    variant, options = find_variant(name), trainer.recipe.model_options()
    if variant.architecture != architecture:
        raise InpaintBenchError(
            f"expected a variant of {architecture} in --start, got {name!r}, one of "
            f"{variant.architecture}"
        )
    other = {k: v for k, v in variant.options.items() if k in options and options[k] != v}
    if other:
        wanted = " ".join(f"{key}={value}" for key, value in other.items())
        raise InpaintBenchError(f"expected the sizes of {name!r}: add --set {wanted}")
    fit_state_dict(trainer.model, load_state_dict(variant), name)
    trainer.restart_average()
    trainer.began_with = f"{name}, sha256 {weights_sha256(variant)}"


def _masks(sources: list[str]) -> dict[str, float]:
    weights: dict[str, float] = {}
    for source in sources:
        name, _, weight = source.rpartition("=")
        try:
            weights[name or weight] = float(weight) if name else 1.0
        except ValueError as error:
            raise InpaintBenchError(f"expected SOURCE=WEIGHT in --masks, got {source!r}") from error
    return weights


def _line(error: Exception) -> str:
    """Return what an error says; one of a process that loads data brings its traceback along."""
    text = str(error)
    if "Original Traceback" in text:
        last = text.rstrip().splitlines()[-1]
        text = last.partition(": ")[2] or last
    return " ".join(text.split())


def _complain(message: str, status: int) -> int:
    """Print one line on stderr, after the traceback where it is asked for; return `status`."""
    if os.environ.get("INPAINT_BENCH_DEBUG"):
        traceback.print_exc()
    print(message, file=sys.stderr)
    return status


def _keep_traceback(folder: Path | None) -> str:
    """Write the traceback to a file of `folder`, or of the system's; return where it is."""
    try:
        there = folder if folder is not None and folder.is_dir() else None
        number, name = tempfile.mkstemp(prefix="error-", suffix=".log", dir=there, text=True)
        with open(number, "w", encoding="utf-8") as stream:
            traceback.print_exc(file=stream)
    except OSError:
        traceback.print_exc()
        return "above"
    return f"in {name}"


def main() -> int:
    """Run, and turn errors into one line; the traceback of an unexpected one goes to a file."""
    command, out = sys.argv[1:], None
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        if command[:1] == ["throughput"]:
            from trainers import throughput

            throughput.measure(throughput.build_parser().parse_args(command[1:]))
        elif command[:1] == ["export"]:
            from trainers import export

            export.export(export.build_parser().parse_args(command[1:]))
        else:
            arguments, stop = build_parser().parse_args(command), StopRequest()
            out = arguments.out
            stop.listen()
            train(arguments, stop)
    except (InpaintBenchError, OSError) as error:
        return _complain(_line(error), 2)
    except KeyboardInterrupt:
        return _complain("stopped at once; the last checkpoint is as it was", 130)
    except Exception as error:
        said = f"unexpected {type(error).__name__}: {_line(error)}"
        return _complain(f"{said} (the traceback is {_keep_traceback(out)})", 1)
    return 0


if __name__ == "__main__":
    sys.exit(main())
