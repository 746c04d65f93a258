"""DeepFill v1: spatially discounted L1, and WGAN-GP on the whole picture and around the hole.

Yu et al. 2018, sections 3.1 and 3.2, and the authors' published configuration: 1.2 L1 in the hole,
discounted by 0.9 a pixel, 1.2 L1 on known pixels, both 1.2 times that for the coarse result (of
pictures in [-1,1]: twice as much of ours in [0,1]), each a mean over its own pixels, 0.001
adversarial, gradient penalty 10, five steps of the critics for one of the network; Adam 0.0001
(0.5, 0.9), level, batches of 16. The gradient penalty looks at the hole only (equation 5).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from inpaint_bench.imaging import composite
from inpaint_bench.models.deepfill_v1 import DeepFillV1
from inpaint_bench.types import Completion
from trainers.discriminators.global_local import WholeCritic, local_window
from trainers.losses.adversarial import wasserstein_critic
from trainers.losses.gradient_penalty import interpolation_penalty
from trainers.losses.reconstruction import weighted_l1
from trainers.losses.spatial_discount import discounted_l1
from trainers.processes import mean_everywhere
from trainers.recipes._base import RECIPES, SHORT, SHORT_LOOP, Batch, CommonSettings, Recipe

__all__ = ["DeepFillV1Recipe"]


@dataclass(frozen=True)
class DeepFillV1Settings(CommonSettings):
    """Width and loss weights; the defaults are the authors'.

    Attributes:
        coarse: factor of the coarse result's pixel losses.
        gamma: discount a pixel; 1 is plain L1.
        penalty: of the gradient.
        critic_steps: of the critics for one of the network.
        side: of the pictures that the critics' last layers are made for.
    """

    of_critic = (*CommonSettings.of_critic, "penalty", "critic_steps", "side")

    width: int = 32
    critic_width: int = 64
    hole: float = 2.4
    known: float = 2.4
    coarse: float = 1.2
    gamma: float = 0.9
    adversarial: float = 0.001
    penalty: float = 10.0
    critic_steps: int = 5
    side: int = 256


@RECIPES.register("deepfill_v1")
class DeepFillV1Recipe(Recipe):
    """See the module."""

    Settings = DeepFillV1Settings
    masks = {"rectangle": 1.0}
    critic_floor = None  # a Wasserstein distance has no fair range
    presets = {
        "paper": {},
        # 1.2 G multiply-adds at 128x128. Both terms are means over their own pixels, not over the
        # picture, so a quarter and three quarters of the others' weights are about the same.
        "short": {**SHORT, "width": 14, "hole": 1.5, "known": 0.375, "coarse": 1.0},
    }
    schedules = {
        "short": SHORT_LOOP,
        "paper": {
            "batch": 16,
            "learning_rate": 1e-4,
            "beta1": 0.5,
            "beta2": 0.9,
            "schedule": "level",
            "warmup": 0,
            "clip": 0.0,
            "small_until": 0.0,
        },
    }
    settings: DeepFillV1Settings

    def model_options(self) -> dict[str, object]:
        return {"width": self.settings.width}

    def build_model(self) -> DeepFillV1:
        return DeepFillV1(self.settings.width)

    def build_critic(self) -> nn.Module | None:
        s = self.settings
        if not s.adversarial:
            return None
        w = s.critic_width
        whole = WholeCritic(3, (w, 2 * w, 4 * w, 4 * w), side=s.side)
        part = WholeCritic(3, (w, 2 * w, 4 * w, 8 * w), side=s.side // 2)
        return nn.ModuleDict({"whole": whole, "part": part})

    def turns(self, progress: float, minibatch: int) -> tuple[bool, bool]:
        steps = self.settings.critic_steps if self.settings.adversarial else 1
        return minibatch % steps == steps - 1, True

    def generator_loss(
        self, completion: Completion, batch: Batch, critic: nn.Module | None
    ) -> dict[str, Tensor]:
        s, terms = self.settings, {}
        shown = mean_everywhere((1.0 - batch.hole).mean()).clamp_min(1e-6)
        for name, picture, factor in (
            ("coarse", completion.stages["coarse"], s.coarse),
            ("refined", completion.image, 1.0),
        ):
            inside = discounted_l1(picture, batch.image, batch.hole, gamma=s.gamma)
            outside = weighted_l1(picture, batch.image, batch.hole, in_hole=0.0, known=s.known)
            terms[name] = factor * (s.hole * inside + outside / shown)
        pasted = composite(completion.image, batch.image, batch.hole)
        if critic is not None:
            scores = _scores(critic, pasted, batch.hole)
            terms["adversarial"] = s.adversarial * -sum(score.mean() for score in scores)
        return terms | self.feature_terms(batch, pasted)

    def critic_loss(
        self, completion: Completion, batch: Batch, critic: nn.Module
    ) -> dict[str, Tensor]:
        with torch.autocast(batch.image.device.type, enabled=False):  # the penalty needs float32
            real, hole = batch.image, batch.hole
            fake = composite(completion.image.detach(), real, hole)
            pairs = zip(_scores(critic, real, hole), _scores(critic, fake, hole), strict=True)
            distance = sum(wasserstein_critic(r, f) for r, f in pairs)
            whole = interpolation_penalty(
                critic["whole"], real * 2 - 1, fake * 2 - 1, hole, batch.uniform()
            )
            real, fake, inside = (local_window(x, hole) for x in (real, fake, hole))
            part = interpolation_penalty(
                critic["part"], real * 2 - 1, fake * 2 - 1, inside, batch.uniform()
            )
            return {"critic": distance, "penalty": self.settings.penalty * (whole + part)}


def _scores(critic: nn.Module, image: Tensor, hole: Tensor) -> list[Tensor]:
    image = image * 2.0 - 1.0
    return [critic["whole"](image).float(), critic["part"](local_window(image, hole)).float()]
