"""`python -m trainers NAME --data DIR --out DIR`: train a model on any folder of photographs.

`python -m trainers export RUN --name VARIANT ...` bundles the result, `python -m trainers
throughput` measures how fast the recipes train.
"""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path

import torch

from inpaint_bench.errors import InpaintBenchError
from trainers.loop import Trainer
from trainers.masks import MaskMixture
from trainers.recipes import RECIPES
from trainers.recipes._base import build_recipe
from trainers.settings import LoopSettings, override
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
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    recipe_class = RECIPES[arguments.name]
    recipe = build_recipe(recipe_class, arguments.preset, arguments.set, arguments.backbone)
    chosen = {"size": arguments.size} if arguments.size else {}
    settings = LoopSettings(
        **{**recipe_class.schedules.get(arguments.preset, {}), **chosen},
        data=tuple(arguments.data),
        out=arguments.out,
        minutes=arguments.minutes,
        images=arguments.images,
        seed=arguments.seed,
    )
    of_paper = recipe_class.masks if arguments.preset == "paper" else {}
    masks = MaskMixture(_masks(arguments.masks) or of_paper or _DEFAULT_MASKS)
    trainer = Trainer(recipe, override(settings, arguments.loop), masks)
    if arguments.resume:
        trainer.resume()
    elif arguments.start:
        _start(trainer, arguments.name, arguments.start)
    trainer.run(stop)
    trainer.close()


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


def _line(error: InpaintBenchError) -> str:
    """Return what an error says; one of a process that loads data brings its traceback along."""
    text = str(error)
    if "Original Traceback" in text:
        return text.rstrip().splitlines()[-1].partition(": ")[2]
    return text


def main() -> int:
    """Run, and turn errors for people into one line."""
    command = sys.argv[1:]
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
            stop.listen()
            train(arguments, stop)
    except InpaintBenchError as error:
        print(_line(error), file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("stopped at once; the last checkpoint is as it was", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
