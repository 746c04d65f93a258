"""The training loop that every recipe shares.

Owns devices and processes (accelerate), precision, the schedule, the averaged weights, resuming,
logs and validation. What is minimised belongs to the recipes.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Sequence
from dataclasses import asdict
from functools import partial

import torch
from accelerate import Accelerator
from torch import Tensor, nn
from torch.utils.data import DataLoader
from tqdm import tqdm

from inpaint_bench.errors import InpaintBenchError, WeightsError
from trainers.average import WeightAverage
from trainers.checkpoint import read_checkpoint, write_checkpoint
from trainers.collapse import CollapseWatch, TrainingDiverged
from trainers.data import HeldOut, TrainingStream, make_loader, split
from trainers.log import TrainingLog
from trainers.machine import describe_machine
from trainers.masks import MaskMixture
from trainers.pictures import find_photographs
from trainers.processes import average_gradients, mean_everywhere, share_statistics
from trainers.recipes import RECIPES, Recipe
from trainers.recipes._base import Batch
from trainers.schedule import build_optimiser, rate_share
from trainers.settings import LoopSettings
from trainers.stopping import StopRequest
from trainers.validation import as_floats, validate

__all__ = ["Trainer", "TrainingDiverged"]

_LOG_EVERY = 50
_BF16_SIDE = 64
_FIXED = ("seed", "optimiser")  # settings with which a training ends as it began


class Trainer:
    """One training from its first sample, or its last checkpoint, to the end of its budget.

    Args:
        recipe: the model and its losses.
        settings: of the loop.
        masks: where holes come from.

    Raises:
        InpaintBenchError: the model does not take squares of this size, or the folder cannot be
            written to.

    Attributes:
        began_with: variant whose weights the model began with, and their SHA-256; empty for
            random ones.
    """

    def __init__(self, recipe: Recipe, settings: LoopSettings, masks: MaskMixture) -> None:
        self.recipe, self.settings, self.masks = recipe, settings, masks
        self.accelerator = Accelerator(cpu=not torch.cuda.is_available())
        self.device = self.accelerator.device
        self.training, held_out = split(
            find_photographs(settings.data), settings.held_out, settings.seed
        )
        self.held_out = HeldOut(
            held_out,
            masks,
            size=settings.size,
            seed=settings.seed,
            sketches=recipe.sketches,
        )
        torch.manual_seed(settings.seed)  # the same weights in every process
        self.model = self._place(share_statistics(recipe.build_model()))
        self._check_size()
        self.average = WeightAverage(self.model, settings.ema)
        self.optimiser = build_optimiser(settings, self.model.parameters())
        critic = recipe.build_critic()
        self.critic = self.critic_optimiser = None
        if critic is not None:
            self.critic = self._place(share_statistics(critic))
            self.critic_optimiser = build_optimiser(settings, critic.parameters(), critic=True)
        if recipe.features is not None:
            self._place(recipe.features)
        self.watch = CollapseWatch(recipe.critic_floor)
        self.samples, self.seconds, self.waited, self.minibatch = 0, 0.0, 0.0, 0
        self.began_with = ""
        try:
            settings.out.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InpaintBenchError(f"cannot write to {settings.out}: {error.strerror}") from error
        self._log = TrainingLog(settings.out, self.accelerator.is_main_process)

    def _check_size(self) -> None:
        """Raise an `InpaintBenchError` unless the model takes both sizes of the squares."""
        s, multiple = self.settings, self.model.multiple
        smallest = s.size // 2 if s.small_until else s.size
        if s.size < 2 or smallest < multiple or smallest % multiple or s.size % multiple:
            halved = ", and half of it too without --loop small_until=0" if s.small_until else ""
            raise InpaintBenchError(
                f"expected --size as a multiple of {multiple}{halved}, got {s.size}"
            )

    def _place(self, module: nn.Module) -> nn.Module:
        return module.to(self.device, memory_format=self.recipe.layout)

    @property
    def progress(self) -> float:
        """Share of the budget that is spent, from 0 to 1."""
        s = self.settings
        done = self.samples / s.images if s.images else self.seconds / (60.0 * s.minutes)
        return min(done, 1.0)

    def run(self, stop: StopRequest | None = None) -> None:
        """Train until the budget is spent, or until `stop` is asked for: save, and end.

        Raises:
            TrainingDiverged: a loss is not finite, or the critic has collapsed.
        """
        bar = tqdm(total=1000, unit="‰", disable=not self.accelerator.is_main_process)
        reported = time.monotonic()
        try:
            while self.progress < 1.0:
                size = self._size()
                ended = None  # of the last step; the first batch waits for workers to start
                for batch in self.loader(size):
                    started = time.monotonic()
                    self.waited += started - ended if ended is not None else 0.0
                    terms = self.train_on(batch)
                    ended = time.monotonic()
                    self.seconds += ended - started
                    due = ended - reported > 60.0 * self.settings.report_minutes
                    asked, due = self._agree(bool(stop), due)
                    self._show(bar, terms, size)
                    if due:
                        self.report()
                        reported = ended = time.monotonic()
                    if asked:
                        self._stop()
                        return
                    if self.progress >= 1.0 or self._size() != size:
                        break
        finally:
            bar.close()
        self.report(final=True)

    def _stop(self) -> None:
        """Save what is done, but for a critic that may have collapsed."""
        if self.watch.in_doubt:
            tqdm.write(
                f"stopped at {self.samples} images; the critic may have collapsed: --resume goes "
                "on from the last good checkpoint"
            )
            return
        self.save()
        tqdm.write(f"stopped at {self.samples} images; --resume goes on from there")

    def close(self) -> None:
        """End together: a process that leaves early tears down the others' connections."""
        self.accelerator.wait_for_everyone()
        self.accelerator.end_training()

    def _agree(self, asked: bool, due: bool) -> tuple[bool, bool]:
        """Let all processes stop, report and end their budget at the same step."""
        if self.accelerator.num_processes == 1:
            return asked, due
        mine = torch.tensor([self.seconds, float(asked), float(due)], device=self.device)
        self.seconds, any_asked, any_due = self.accelerator.reduce(mine, "mean").tolist()
        return any_asked > 0.0, any_due > 0.0

    def _size(self) -> int:
        """Half the size in the first part of the budget."""
        s = self.settings
        return s.size // 2 if self.progress < s.small_until else s.size

    def stream(self, size: int) -> TrainingStream:
        """Return this process's samples of a size, from the next one on."""
        return TrainingStream(
            self.training,
            self.masks,
            size=size,
            seed=self.settings.seed,
            first=self.samples,
            step=self.accelerator.num_processes,
            offset=self.accelerator.process_index,
            sketches=self.recipe.sketches,
            holes_each=self.settings.holes_each,
            augmentation=self.settings.augmentation,
        )

    def loader(self, size: int) -> DataLoader:
        """Return batches of `stream`, loaded by other processes."""
        return make_loader(self.stream(size), self.settings.batch, self.settings.workers)

    def train_on(self, planes: Sequence[Tensor]) -> dict[str, Tensor]:
        """Train the model and its critic, as far as it is their turn, on one batch.

        Args:
            planes: uint8 image, hole and, where the recipe asks for it, sketch.

        Returns:
            The weighted terms by name.

        Raises:
            TrainingDiverged: a loss is not finite, or the critic has collapsed.
        """
        image, hole, *sketch = as_floats(planes, self.device, self.recipe.layout)
        strokes = sketch[0] if sketch else None
        batch = Batch(image, hole, self.progress, strokes, self._generators(len(image)))
        of_model, of_critic = self.recipe.turns(self.progress, self.minibatch)
        self.model.train()
        self.recipe.before_step(self.model, self.progress)
        autocast = partial(self._autocast, image.shape[-1])
        with autocast(), torch.set_grad_enabled(of_model):
            completion = self.recipe.complete(self.model, batch)
        terms: dict[str, Tensor] = {}
        if of_model:
            if self.critic is not None:
                self.critic.requires_grad_(False)  # its own gradients are not wanted here
            with autocast():
                terms = self.recipe.generator_loss(completion, batch, self.critic)
            self._descend(self.model, self.optimiser, self.settings.learning_rate, terms)
            self.average.update(self.model)
        if self.critic is not None and of_critic:
            self.critic.requires_grad_(True)
            with autocast():
                judged = self.recipe.critic_loss(completion, batch, self.critic)
            rate = self.settings.critic_rate or self.settings.learning_rate
            self._descend(self.critic, self.critic_optimiser, rate, judged)
            if "critic" in judged:
                loss = mean_everywhere(judged["critic"].detach())
                self.watch.see(float(loss), self.samples)
            terms = terms | judged
        self.samples += len(image) * self.accelerator.num_processes
        self.minibatch += 1
        return terms

    def _autocast(self, side: int) -> torch.autocast:
        """Not accelerate's, which fixes one precision for the whole process.

        A strided convolution of a single bfloat16 pixel has no weight gradient on the CPU in torch
        2.15 but what lies in memory; the last layer of most critics is one below 64 pixels.
        """
        wrong = self.critic is not None and side < _BF16_SIDE and self.device.type == "cpu"
        half = self.settings.precision == "bf16" and not wrong
        return torch.autocast(self.device.type, torch.bfloat16, enabled=half)

    def _generators(self, count: int) -> list[torch.Generator]:
        """Return a source of randomness for each sample: the same wherever it is trained on."""
        first = self.settings.seed * 2**32 + self.samples + self.accelerator.process_index
        step = self.accelerator.num_processes
        return [torch.Generator().manual_seed(first + n * step) for n in range(count)]

    def _descend(self, module: nn.Module, optimiser, rate: float, terms: dict[str, Tensor]) -> None:
        """Make one step down the sum of the terms.

        Raises:
            TrainingDiverged: the sum or its gradient is not finite.
        """
        if not terms:
            return
        total = torch.stack([term.float() for term in terms.values()]).sum()
        norm = math.inf
        if torch.isfinite(mean_everywhere(total.detach())):
            for group in optimiser.param_groups:
                group["lr"] = rate * rate_share(self.settings, self.samples, self.progress)
            optimiser.zero_grad(set_to_none=True)
            total.backward()
            average_gradients(module.parameters())
            norm = nn.utils.clip_grad_norm_(module.parameters(), self.settings.clip or math.inf)
        if not math.isfinite(norm):
            values = ", ".join(f"{k} {float(v.detach()):.3g}" for k, v in terms.items())
            raise TrainingDiverged(
                f"a loss or its gradient is not finite after {self.samples} images ({values}); the "
                "last good checkpoint is kept: resume with a smaller --loop learning_rate"
            )
        optimiser.step()

    def _show(self, bar: tqdm, terms: dict[str, Tensor], size: int) -> None:
        bar.n = round(1000 * self.progress)
        if self.minibatch % _LOG_EVERY and self.minibatch != 1:
            return
        values = {name: float(term.detach()) for name, term in terms.items()}
        waiting = self.waited / max(self.seconds + self.waited, 1e-9)
        per_second = self.samples / max(self.seconds, 1e-9)
        bar.set_postfix(
            {"size": size, "images/s": f"{per_second:.1f}", "waiting": f"{waiting:.1%}"}
            | {k: f"{v:.4f}" for k, v in values.items()}
        )
        share = rate_share(self.settings, self.samples, self.progress)
        self._write("log", {"size": size, "rate": self.settings.learning_rate * share, **values})

    def _write(self, name: str, values: dict[str, float]) -> None:
        minutes = round(self.seconds / 60.0, 3)
        self._log.write(name, {"images": self.samples, "minutes": minutes, **values})

    def report(self, *, final: bool = False) -> dict[str, float]:
        """Validate the averaged weights, write the grid, save a checkpoint.

        While the critic is suspected to have collapsed the last good checkpoint stays, unless
        this is the `final` report.
        """
        if not self.accelerator.is_main_process:
            return {}
        averaged = self._place(self.recipe.build_model())
        averaged.load_state_dict(self.average.state)
        grid = self.settings.out / "grids" / f"{self.samples:09d}.png"
        grid.parent.mkdir(exist_ok=True)
        figures = validate(averaged, self.held_out, self.device, grid)
        self._write("validation", figures)
        tqdm.write(
            f"{self.samples} images, {self.seconds / 60:.1f} min: "
            + ", ".join(f"{name} {value:.4f}" for name, value in figures.items())
        )
        if final or not self.watch.in_doubt:
            self.save()
        return figures

    def save(self) -> None:
        """Write the checkpoint that `resume` reads."""
        if not self.accelerator.is_main_process:
            return
        state = {
            "recipe": next((n for n in RECIPES if RECIPES[n] is type(self.recipe)), ""),
            "model": self.model.state_dict(),
            "average": self.average.state,
            "average_steps": self.average.steps,
            "optimiser": self.optimiser.state_dict(),
            "samples": self.samples,
            "seconds": self.seconds,
            "waited": self.waited,
            "minibatch": self.minibatch,
            "began_with": self.began_with,
            "held_out": len(self.held_out),
            "machine": describe_machine(self.device),
            "options": json.dumps(self.recipe.model_options()),
            "settings": json.dumps(asdict(self.recipe.settings)),
            "loop": json.dumps(asdict(self.settings), default=str),
        }
        if self.critic is not None:
            state["critic"] = self.critic.state_dict()
            state["critic_optimiser"] = self.critic_optimiser.state_dict()
        write_checkpoint(self.settings.out / "checkpoint.pt", state)

    def restart_average(self) -> None:
        """Let the averaged weights begin with the model's present ones."""
        self.average = WeightAverage(self.model, self.settings.ema)

    def resume(self) -> None:
        """Go on from the checkpoint in the output folder.

        Raises:
            WeightsError: there is none, or it is of another training than is asked for.
        """
        path = self.settings.out / "checkpoint.pt"
        advice = "to begin a training, leave --resume out and name a new --out"
        state = read_checkpoint(path, advice)
        began = json.loads(state["loop"])
        for name in _FIXED:
            mine = getattr(self.settings, name)
            if began.get(name, mine) != mine:
                raise WeightsError(
                    f"{path} was begun with {name} {began[name]}, got {mine}: resume with the "
                    "command that began it"
                )
        if ("critic" in state) != (self.critic is not None):
            has = "has a critic" if "critic" in state else "has no critic"
            raise WeightsError(f"{path} {has}: resume with the command that began it")
        try:
            self.model.load_state_dict(state["model"])
        except RuntimeError as error:
            raise WeightsError(
                f"{path} holds another network, {state['options']}, than is asked for, "
                f"{json.dumps(self.recipe.model_options())}: resume with the command that began it"
            ) from error
        self.optimiser.load_state_dict(state["optimiser"])
        for name, value in state["average"].items():
            self.average.state[name].copy_(value)
        self.average.steps = state["average_steps"]
        if self.critic is not None:
            try:
                self.critic.load_state_dict(state["critic"])
            except RuntimeError as error:
                raise WeightsError(
                    f"{path} holds another critic: resume with the command that began it"
                ) from error
            self.critic_optimiser.load_state_dict(state["critic_optimiser"])
        self.samples, self.seconds = state["samples"], state["seconds"]
        self.waited = state.get("waited", 0.0)
        self.minibatch = state["minibatch"]
        self.began_with = state["began_with"]
