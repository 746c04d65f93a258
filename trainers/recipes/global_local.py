"""Global & Local: three phases, squared error first, then the critic alone, then both.

Iizuka et al. 2017, algorithm 1: 90,000 of 500,000 steps of the completion network with the squared
error of the hole (equation 2), 10,000 of the critic, then both with 0.0004 of the adversarial term
(equation 4, in the form that does not saturate); ADADELTA, batches of 96. The critic's window is
around the hole of a completion, and anywhere in a photograph (section 3.3).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from inpaint_bench.imaging import composite
from inpaint_bench.models.global_local import GlobalLocal
from inpaint_bench.types import Completion
from trainers.discriminators.global_local import GlobalLocalCritic
from trainers.losses.adversarial import logistic_critic, logistic_generator
from trainers.losses.reconstruction import weighted_l1, weighted_l2
from trainers.recipes._base import RECIPES, SHORT, SHORT_LOOP, Batch, CommonSettings, Recipe

__all__ = ["GlobalLocalRecipe"]


@dataclass(frozen=True)
class GlobalLocalSettings(CommonSettings):
    """Width, phases and loss weights; the defaults are the paper's.

    Attributes:
        completion_until: share of the budget in which the completion network learns alone ..
        critic_until: .. and up to which the critic then does.
        squared: squared error, as in the paper, or absolute.
        side: of the pictures that the critic's last layers are made for.
    """

    of_critic = (*CommonSettings.of_critic, "side", "completion_until", "critic_until")

    width: int = 64
    critic_width: int = 64
    known: float = 0.0
    squared: bool = True
    adversarial: float = 0.0004
    completion_until: float = 0.18
    critic_until: float = 0.2
    side: int = 256


@RECIPES.register("global_local")
class GlobalLocalRecipe(Recipe):
    """See the module."""

    Settings = GlobalLocalSettings
    masks = {"rectangle": 1.0}
    presets = {
        "paper": {},
        "short": {**SHORT, "width": 24, "squared": False},  # 1.2 G multiply-adds at 128x128
    }
    schedules = {
        "short": SHORT_LOOP,
        "paper": {
            "batch": 96,
            "optimiser": "adadelta",
            "learning_rate": 1.0,
            "schedule": "level",
            "warmup": 0,
            "clip": 0.0,
            "small_until": 0.0,
        },
    }
    settings: GlobalLocalSettings

    def model_options(self) -> dict[str, object]:
        return {"width": self.settings.width}

    def build_model(self) -> GlobalLocal:
        return GlobalLocal(self.settings.width)

    def build_critic(self) -> nn.Module | None:
        s = self.settings
        return GlobalLocalCritic(s.critic_width, side=s.side) if s.adversarial else None

    def turns(self, progress: float, minibatch: int) -> tuple[bool, bool]:
        s = self.settings
        if not s.adversarial:
            return True, False
        alone = s.completion_until <= progress < s.critic_until
        return not alone, progress >= s.completion_until

    def generator_loss(
        self, completion: Completion, batch: Batch, critic: nn.Module | None
    ) -> dict[str, Tensor]:
        s, output = self.settings, completion.image
        pixels = weighted_l2 if s.squared else weighted_l1
        name = "l2" if s.squared else "l1"
        terms = {name: pixels(output, batch.image, batch.hole, in_hole=s.hole, known=s.known)}
        pasted = composite(output, batch.image, batch.hole)
        if critic is not None and batch.progress >= s.critic_until:
            score = critic(pasted, batch.hole).float()
            terms["adversarial"] = s.adversarial * logistic_generator(score)
        return terms | self.feature_terms(batch, pasted)

    def critic_loss(
        self, completion: Completion, batch: Batch, critic: nn.Module
    ) -> dict[str, Tensor]:
        fake = composite(completion.image.detach(), batch.image, batch.hole)
        real_score = critic(batch.image, _anywhere(batch)).float()
        return {"critic": logistic_critic(real_score, critic(fake, batch.hole).float())}


def _anywhere(batch: Batch) -> Tensor:
    """Return Bx1xHxW with a single pixel in each plane, drawn at random."""
    spots = torch.zeros_like(batch.hole)
    height, width = batch.hole.shape[2:]
    rows = (batch.uniform().flatten() * height).long()
    columns = (batch.uniform().flatten() * width).long()
    spots[torch.arange(len(spots)), 0, rows, columns] = 1.0
    return spots
