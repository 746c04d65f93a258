"""Training steps of every recipe, for one process or as many as torchrun starts; no test by itself.

Usage: one_step.py PHOTOGRAPHS OUT BATCH. The main process writes OUT/step.pt.
"""

from __future__ import annotations

import sys
from pathlib import Path
from unittest.mock import patch

import torch
from test_recipes import SMALL, small_recipe
from torch import Tensor

from trainers import loop
from trainers.loop import Trainer
from trainers.masks import MaskMixture
from trainers.settings import LoopSettings
from trainers.validation import as_floats

_IMAGES, _SAMPLES = 80, 4
# Seventeen batch normalisations make two per cent of float32's rounding at so small a size.
_DOUBLE = "global_local"


def _as_doubles(*arguments) -> list[Tensor]:
    return [plane.double() for plane in as_floats(*arguments)]


def start(name: str, photographs: Path, out: Path, batch: int, first: int) -> Trainer:
    """Return the trainer of a recipe before its step from sample `first` on."""
    settings = LoopSettings(
        data=(photographs,),
        out=out / name,
        size=32,
        batch=batch,
        images=_IMAGES,
        small_until=0.0,
        learning_rate=1e-9,  # the critic sees the model's gradient, not its step
        warmup=0,
        clip=0.0,
        precision="no",
        workers=0,
        held_out=2,
    )
    masks = MaskMixture({"free_form": 0.5, "rectangle": 0.5})
    trainer = Trainer(small_recipe(name, "paper"), settings, masks)
    trainer.samples = first
    trainer.minibatch = 4  # the turn of DeepFill v1's generator
    return trainer


def take_step(name: str, photographs: Path, out: Path, batch: int, first: int) -> Trainer:
    """Return the trainer of a recipe after one step; the last one is the end of its run."""
    torch.set_default_dtype(torch.float64 if name == _DOUBLE else torch.float32)
    trainer = start(name, photographs, out, batch, first)
    if name == _DOUBLE:
        with patch.object(loop, "as_floats", _as_doubles):
            trainer.train_on(next(iter(trainer.loader(32))))
    elif first + _SAMPLES == _IMAGES:
        trainer.run()
    else:
        trainer.train_on(next(iter(trainer.loader(32))))
    return trainer


def take_steps(photographs: Path, out: Path, batch: int) -> None:
    """Keep what each network of each recipe has after a step in an early and in its last phase."""
    gradients, buffers, samples = {}, {}, []
    for name in SMALL:
        for first in (_IMAGES // 4, _IMAGES - _SAMPLES):
            trainer = take_step(name, photographs, out, batch, first)
            samples.append(trainer.samples - first)
            for part, network in (("model", trainer.model), ("critic", trainer.critic)):
                if network is not None:
                    state = dict(network.named_parameters())
                    key = f"{name} {first} {part}"
                    gradients[key] = {k: v.grad for k, v in state.items() if v.grad is not None}
                    buffers[key] = dict(network.named_buffers())
    if trainer.accelerator.is_main_process:
        state = {"gradients": gradients, "buffers": buffers, "samples": samples}
        torch.save(state | {"processes": trainer.accelerator.num_processes}, out / "step.pt")
    trainer.close()


if __name__ == "__main__":
    torch.set_num_threads(1)
    take_steps(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
