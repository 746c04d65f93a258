"""The training loop that every recipe shares.

Owns devices and precision (accelerate), the schedule, the averaged weights, resuming, logs and
validation. What is minimised belongs to the recipes.
"""

from __future__ import annotations

import csv
import json
import math
import time
from dataclasses import asdict

import torch
from accelerate import Accelerator
from torch import Tensor, nn
from tqdm import tqdm

from inpaint_bench.errors import InpaintBenchError
from trainers.average import WeightAverage
from trainers.checkpoint import read_checkpoint, write_checkpoint
from trainers.data import HeldOut, TrainingStream, find_photographs, make_loader, split
from trainers.machine import describe_machine
from trainers.masks import MaskMixture
from trainers.recipes import Recipe
from trainers.recipes._base import Batch
from trainers.settings import LoopSettings
from trainers.stopping import StopRequest
from trainers.validation import as_floats, validate

__all__ = ["Trainer", "TrainingDiverged"]

_LOG_EVERY = 50


class TrainingDiverged(InpaintBenchError):
    """A loss is no longer finite; the last good checkpoint is kept."""


class Trainer:
    """One training from its first sample, or its last checkpoint, to the end of its budget.

    Args:
        recipe: the model and its losses.
        settings: of the loop.
        masks: where holes come from.
    """

    def __init__(self, recipe: Recipe, settings: LoopSettings, masks: MaskMixture) -> None:
        self.recipe, self.settings, self.masks = recipe, settings, masks
        torch.manual_seed(settings.seed)
        self.accelerator = Accelerator(
            mixed_precision=settings.precision, cpu=not torch.cuda.is_available()
        )
        self.device = self.accelerator.device
        self.training, held_out = split(
            find_photographs(settings.data), settings.held_out, settings.seed
        )
        self.held_out = HeldOut(held_out, masks, size=settings.size, seed=settings.seed)
        self.model = recipe.build_model().to(memory_format=torch.channels_last)
        self.average = WeightAverage(self.model, settings.ema)
        self.model, self.optimiser = self._prepare(self.model, (0.9, 0.999))
        self.critic, self.critic_optimiser = recipe.build_critic(), None
        if self.critic is not None:
            self.critic, self.critic_optimiser = self._prepare(self.critic, (0.5, 0.999))
        if recipe.features is not None:
            recipe.features.to(self.device, memory_format=torch.channels_last)
        self.samples, self.seconds, self.minibatch = 0, 0.0, 0
        self._columns: dict[str, list[str]] = {}
        self._board = None
        settings.out.mkdir(parents=True, exist_ok=True)

    def _prepare(self, module: nn.Module, betas: tuple[float, float]):
        optimiser = torch.optim.Adam(
            module.parameters(), lr=self.settings.learning_rate, betas=betas
        )
        return self.accelerator.prepare(module, optimiser)

    @property
    def progress(self) -> float:
        """Share of the budget that is spent, from 0 to 1."""
        s = self.settings
        done = self.samples / s.images if s.images else self.seconds / (60.0 * s.minutes)
        return min(done, 1.0)

    def run(self, stop: StopRequest | None = None) -> None:
        """Train until the budget is spent, or until `stop` is asked for: save, and end.

        Raises:
            TrainingDiverged: a loss is not finite.
        """
        bar = tqdm(total=1000, unit="‰", disable=not self.accelerator.is_main_process)
        reported = time.monotonic()
        try:
            while self.progress < 1.0:
                size = self._size()
                for batch in self._loader(size):
                    started = time.monotonic()
                    terms = self._step(*as_floats(*batch, self.device))
                    now = time.monotonic()
                    self.seconds += now - started
                    self._show(bar, terms, size)
                    if now - reported > 60.0 * self.settings.report_minutes:
                        self.report()
                        reported = time.monotonic()
                    if stop:
                        self.save()
                        tqdm.write(f"stopped at {self.samples} images; --resume goes on from there")
                        return
                    if self.progress >= 1.0 or self._size() != size:
                        break
        finally:
            bar.close()
        self.report()

    def _size(self) -> int:
        """Half the size in the first part of the budget."""
        s = self.settings
        return s.size // 2 if self.progress < s.small_until else s.size

    def _loader(self, size: int):
        stream = TrainingStream(
            self.training,
            self.masks,
            size=size,
            seed=self.settings.seed,
            first=self.samples,
            step=self.accelerator.num_processes,
            offset=self.accelerator.process_index,
        )
        return make_loader(stream, self.settings.batch, self.settings.workers)

    def _rate(self) -> float:
        """Learning rate: linear warm-up, then half a cosine to a hundredth of the peak."""
        s = self.settings
        warm = min(1.0, (self.samples + s.batch) / s.warmup) if s.warmup else 1.0
        cosine = 0.5 * (1.0 + math.cos(math.pi * self.progress))
        return s.learning_rate * warm * (0.01 + 0.99 * cosine)

    def _step(self, image: Tensor, hole: Tensor) -> dict[str, Tensor]:
        batch = Batch(image, hole, self.progress)
        self.model.train()
        self.recipe.before_step(self.accelerator.unwrap_model(self.model), self.progress)
        with self.accelerator.autocast():
            completion = self.model(image, hole)
            terms = self.recipe.generator_loss(completion, batch, self.critic)
        self._descend(self.model, self.optimiser, terms)
        if self.critic is not None:
            with self.accelerator.autocast():
                of_critic = self.recipe.critic_loss(completion, batch, self.critic)
            self._descend(self.critic, self.critic_optimiser, of_critic)
            terms = terms | of_critic
        self.average.update(self.accelerator.unwrap_model(self.model))
        self.samples += len(image) * self.accelerator.num_processes
        self.minibatch += 1
        return terms

    def _descend(self, module: nn.Module, optimiser, terms: dict[str, Tensor]) -> None:
        total = torch.stack([term.float() for term in terms.values()]).sum()
        if not torch.isfinite(total):
            values = ", ".join(f"{k} {float(v.detach()):.3g}" for k, v in terms.items())
            raise TrainingDiverged(
                f"a loss is not finite after {self.samples} images ({values}); the last good "
                "checkpoint is kept: resume with a smaller --learning-rate"
            )
        for group in optimiser.param_groups:
            group["lr"] = self._rate()
        optimiser.zero_grad(set_to_none=True)
        self.accelerator.backward(total)
        self.accelerator.clip_grad_norm_(module.parameters(), self.settings.clip)
        optimiser.step()

    def _show(self, bar: tqdm, terms: dict[str, Tensor], size: int) -> None:
        bar.n = round(1000 * self.progress)
        if self.minibatch % _LOG_EVERY:
            return
        values = {name: float(term.detach()) for name, term in terms.items()}
        per_second = self.samples / max(self.seconds, 1e-9)
        bar.set_postfix(
            {"size": size, "images/s": f"{per_second:.1f}"}
            | {k: f"{v:.4f}" for k, v in values.items()}
        )
        self._log("log.csv", {"size": size, "rate": self._rate(), **values})

    def _log(self, file: str, values: dict[str, float]) -> None:
        """Append a row; a new set of columns starts with a header of its own."""
        if not self.accelerator.is_main_process:
            return
        row = {"images": self.samples, "minutes": round(self.seconds / 60.0, 3), **values}
        path = self.settings.out / file
        header = not path.exists() or self._columns.get(file) != list(row)
        self._columns[file] = list(row)
        with path.open("a", newline="") as stream:
            writer = csv.DictWriter(stream, row)
            if header:
                writer.writeheader()
            writer.writerow(row)
        self._to_tensorboard(file.removesuffix(".csv"), row)

    def _to_tensorboard(self, group: str, row: dict[str, float]) -> None:
        """Write scalars where TensorBoard is installed; CSV is the log that always exists."""
        if self._board is None:
            try:
                from torch.utils.tensorboard import SummaryWriter
            except ImportError:
                self._board = False
            else:
                self._board = SummaryWriter(str(self.settings.out / "tensorboard"))
        if self._board:
            for name, value in row.items():
                self._board.add_scalar(f"{group}/{name}", value, self.samples)

    def report(self) -> dict[str, float]:
        """Validate the averaged weights, write the grid, save a checkpoint."""
        averaged = self.recipe.build_model().to(self.device, memory_format=torch.channels_last)
        averaged.load_state_dict(self.average.state)
        grid = self.settings.out / "grids" / f"{self.samples:09d}.png"
        grid.parent.mkdir(exist_ok=True)
        figures = validate(averaged, self.held_out, self.device, grid)
        self._log("validation.csv", figures)
        tqdm.write(
            f"{self.samples} images, {self.seconds / 60:.1f} min: "
            + ", ".join(f"{name} {value:.4f}" for name, value in figures.items())
        )
        self.save()
        return figures

    def save(self) -> None:
        """Write the checkpoint that `resume` reads."""
        if not self.accelerator.is_main_process:
            return
        unwrap = self.accelerator.unwrap_model
        state = {
            "model": unwrap(self.model).state_dict(),
            "average": self.average.state,
            "average_steps": self.average.steps,
            "optimiser": self.optimiser.state_dict(),
            "samples": self.samples,
            "seconds": self.seconds,
            "minibatch": self.minibatch,
            "machine": describe_machine(self.device),
            "options": json.dumps(self.recipe.model_options()),
            "settings": json.dumps(asdict(self.recipe.settings)),
            "loop": json.dumps(asdict(self.settings), default=str),
        }
        if self.critic is not None:
            state["critic"] = unwrap(self.critic).state_dict()
            state["critic_optimiser"] = self.critic_optimiser.state_dict()
        write_checkpoint(self.settings.out / "checkpoint.pt", state)

    def resume(self) -> None:
        """Go on from the checkpoint in the output folder."""
        state = read_checkpoint(self.settings.out / "checkpoint.pt")
        unwrap = self.accelerator.unwrap_model
        unwrap(self.model).load_state_dict(state["model"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.average.state, self.average.steps = state["average"], state["average_steps"]
        if self.critic is not None:
            unwrap(self.critic).load_state_dict(state["critic"])
            self.critic_optimiser.load_state_dict(state["critic_optimiser"])
        self.samples, self.seconds = state["samples"], state["seconds"]
        self.minibatch = state["minibatch"]

