"""`python -m trainers throughput`: images a second of each recipe, beside a plain loop.

The plain loop trains the same model on the same samples without what ours does for speed: it
loads its pictures itself, computes in float32 with channels first, and leaves the critic's
gradients on while the model learns. Steps of the two are timed in turn, so that a busy machine
slows both; the table has medians.
"""

from __future__ import annotations

import argparse
import csv
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, fields
from itertools import islice
from pathlib import Path

import torch
from torch import Tensor

from inpaint_bench.errors import InpaintBenchError, WriteError
from inpaint_bench.fast.counting import multiply_adds
from trainers.average import WeightAverage
from trainers.loop import Trainer
from trainers.machine import describe_machine
from trainers.masks import MaskMixture
from trainers.recipes import RECIPES
from trainers.recipes._base import Batch, Recipe, build_recipe
from trainers.settings import LoopSettings, check_range

__all__ = ["build_parser", "measure"]

_PROGRESS = 0.75  # all terms of a short training are on
_IMAGES = 10**9
_WARM = 2  # steps that are not timed


@dataclass(frozen=True)
class Throughput:
    """One row of the table.

    Attributes:
        recipe: its name.
        multiply_adds: of one picture through the model, in 10^9.
        loop, plain: images a second.
        waiting: share of the time in which our loop waits for data.
    """

    recipe: str
    multiply_adds: float
    loop: float
    plain: float
    waiting: float


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of `python -m trainers throughput`."""
    parser = argparse.ArgumentParser(prog="python -m trainers throughput", description=__doc__)
    add = parser.add_argument
    add("--data", type=Path, nargs="+", required=True, help="folders of photographs")
    add("--recipes", nargs="+", default=list(RECIPES), choices=list(RECIPES), metavar="NAME")
    add("--preset", default="short", help="named settings of the recipes (short)")
    add("--size", type=int, default=128, help="side of the squares (128)")
    add("--batch", type=int, default=16, help="squares a step (16)")
    add("--steps", type=int, default=5, help="timed steps (5)")
    add("--workers", type=int, default=1, help="processes that load data (1)")
    add("--threads", type=int, default=0, help="processor threads (all)")
    add("--backbone", type=Path, help="features of the perceptual terms, which are off without")
    add("--csv", type=Path, help="also write the table here")
    return parser


def measure(arguments: argparse.Namespace) -> None:
    """Time the recipes and print the table, row by row."""
    _check(arguments)
    recipes = {name: _build(name, arguments) for name in arguments.recipes}
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    machine = describe_machine(torch.device("cuda" if torch.cuda.is_available() else "cpu"))
    print(f"{machine}; {arguments.size}x{arguments.size}, batches of {arguments.batch}\n")
    print("| recipe | G multiply-adds | images/s | plain loop | waiting for data |")
    print("|---|---|---|---|---|")
    rows = []
    for name, recipe in recipes.items():
        row = _measure_recipe(name, recipe, arguments)
        rows.append(row)
        print(
            f"| {row.recipe} | {row.multiply_adds:.2f} | {row.loop:.1f} | {row.plain:.1f} "
            f"| {row.waiting:.1%} |",
            flush=True,
        )
    if arguments.csv:
        with arguments.csv.open("w", newline="") as stream:
            writer = csv.writer(stream)
            names = [field.name for field in fields(Throughput)]
            writer.writerow(names)
            writer.writerows([getattr(row, name) for name in names] for row in rows)


def _check(arguments: argparse.Namespace) -> None:
    """Raise an `InpaintBenchError` for what would be noticed after minutes of measuring."""
    for name in ("steps", "batch", "workers", "threads"):
        check_range(name, getattr(arguments, name))
    if arguments.backbone and not arguments.backbone.is_file():
        raise InpaintBenchError(f"expected features at {arguments.backbone}, found no file")
    if arguments.csv is None:
        return
    try:
        with tempfile.TemporaryFile(dir=arguments.csv.parent):
            pass
        if arguments.csv.is_dir():
            raise IsADirectoryError("it is a folder")
    except OSError as error:
        raise WriteError(f"cannot write {arguments.csv}: {error.strerror or error}") from error


def _build(name: str, arguments: argparse.Namespace) -> Recipe:
    recipe_class = RECIPES[name]
    known = {field.name for field in fields(recipe_class.Settings)}
    off = [] if arguments.backbone else ["perceptual", "style", "low_perceptual", "receptive"]
    changes = [f"{term}=0" for term in off if term in known]
    return build_recipe(recipe_class, arguments.preset, changes, arguments.backbone)


def _measure_recipe(name: str, recipe: Recipe, arguments: argparse.Namespace) -> Throughput:
    with tempfile.TemporaryDirectory() as folder:
        schedule = recipe.schedules.get(arguments.preset, {})
        settings = LoopSettings(
            **{**schedule, "size": arguments.size, "batch": arguments.batch, "small_until": 0.0},
            data=tuple(arguments.data),
            out=Path(folder),
            images=_IMAGES,
            workers=arguments.workers,
        )
        trainer = Trainer(recipe, settings, MaskMixture({"free_form": 1.0}))
        trainer.samples = int(_PROGRESS * _IMAGES)
        counted = multiply_adds(recipe.build_model().eval(), arguments.size)
        ours, plain = _our_steps(trainer), _plain_steps(trainer)
        times = [(next(ours), next(plain)) for _ in range(_WARM + arguments.steps)][_WARM:]
    waits, loops = zip(*(mine for mine, _ in times), strict=True)
    middle = len(times) // 2
    fast = sorted(wait + loop for wait, loop in zip(waits, loops, strict=True))[middle]
    slow = sorted(other for _, other in times)[middle]
    share = sum(waits) / (sum(waits) + sum(loops))
    batch = arguments.batch
    return Throughput(name, counted, batch / fast, batch / slow, share)


def _our_steps(trainer: Trainer) -> Iterator[tuple[float, float]]:
    """Give the seconds that each step waits for data, and those it trains."""
    loader = iter(trainer.loader(trainer.settings.size))
    while True:
        started = time.perf_counter()
        batch = next(loader)
        ready = time.perf_counter()
        trainer.train_on(batch)
        yield ready - started, time.perf_counter() - ready


def _plain_steps(trainer: Trainer) -> Iterator[float]:
    """Give the seconds of each step of a plain loop, loading included."""
    recipe, rate = trainer.recipe, trainer.settings.learning_rate
    model, critic = recipe.build_model().to(trainer.device), recipe.build_critic()
    average = WeightAverage(model, trainer.settings.ema)
    optimiser = torch.optim.Adam(model.parameters(), lr=rate, foreach=False)
    if critic is not None:
        critic = critic.to(trainer.device)
        critic_optimiser = torch.optim.Adam(critic.parameters(), lr=rate, foreach=False)
    stream = trainer.stream(trainer.settings.size)
    numbers = iter(range(trainer.samples, _IMAGES))
    while True:
        started = time.perf_counter()
        samples = [stream.sample(n) for n in islice(numbers, trainer.settings.batch)]
        planes = [torch.stack(c).to(trainer.device).float() for c in zip(*samples, strict=True)]
        sketch = planes[2] if recipe.sketches else None
        generators = [torch.Generator().manual_seed(n) for n in range(len(samples))]
        batch = Batch(planes[0] / 255.0, planes[1], _PROGRESS, sketch, generators)
        model.train()
        completion = recipe.complete(model, batch)
        _descend(optimiser, recipe.generator_loss(completion, batch, critic))
        if critic is not None:
            _descend(critic_optimiser, recipe.critic_loss(completion, batch, critic))
        average.update(model)
        yield time.perf_counter() - started


def _descend(optimiser: torch.optim.Optimizer, terms: dict[str, Tensor]) -> None:
    optimiser.zero_grad()
    sum(terms.values()).backward()
    optimiser.step()
