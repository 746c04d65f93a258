"""A training step, for one process or as many as torchrun starts; no test by itself.

Usage: one_step.py PHOTOGRAPHS OUT BATCH. The main process writes OUT/step.pt.
"""

from __future__ import annotations

import sys
from pathlib import Path

import torch

from trainers.loop import Trainer
from trainers.masks import MaskMixture
from trainers.recipes import RECIPES
from trainers.settings import LoopSettings


def take_step(photographs: Path, out: Path, batch: int) -> None:
    """Run one step of an adversarial training and keep both networks' gradients."""
    recipe_class = RECIPES["deepfill_v2_sketch"]
    recipe = recipe_class(recipe_class.Settings(width=8, critic_width=4), None)
    settings = LoopSettings(
        data=(photographs,),
        out=out,
        size=64,
        batch=batch,
        images=4,
        small_until=0.0,
        warmup=0,
        clip=0.0,
        precision="no",
        workers=0,
        held_out=2,
    )
    trainer = Trainer(recipe, settings, MaskMixture({"free_form": 1.0}))
    trainer.run()
    if trainer.accelerator.is_main_process:
        networks = {"model": trainer.model, "critic": trainer.critic}
        gradients = {
            f"{part}.{name}": parameter.grad
            for part, network in networks.items()
            for name, parameter in network.named_parameters()
        }
        state = {"gradients": gradients, "samples": trainer.samples}
        torch.save(state | {"processes": trainer.accelerator.num_processes}, out / "step.pt")
    trainer.close()


if __name__ == "__main__":
    torch.set_num_threads(1)
    take_step(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
