"""LaMa: high receptive field perceptual loss, patch critic with R1, feature matching.

Suvorov et al. 2022, equation 5 and the published configuration "lama-fourier": 10 L1 on known
pixels alone, 30 HRF perceptual (ADE20K's ResNet-50), 10 adversarial, 100 feature matching, 0.001
R1 on photographs; the critic takes the network's own output, whose known pixels it learns as
real. Adam 0.001 and 0.0001, level, batches of 30.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from inpaint_bench.imaging import composite
from inpaint_bench.models.lama import LaMa
from inpaint_bench.types import Completion
from trainers.discriminators.patch_gan import PatchGAN
from trainers.losses.adversarial import logistic_critic, logistic_generator
from trainers.losses.gradient_penalty import r1_penalty
from trainers.losses.perceptual import squared_distance
from trainers.losses.reconstruction import weighted_l1
from trainers.recipes._base import RECIPES, SHORT, SHORT_LOOP, Batch, CommonSettings, Recipe

__all__ = ["LaMaRecipe"]


@dataclass(frozen=True)
class LaMaSettings(CommonSettings):
    """Width and loss weights; the defaults are those of "lama-fourier".

    Attributes:
        receptive: of the high receptive field perceptual term.
        matching: of the feature matching term.
        r1: of the gradient penalty.
    """

    of_critic = (*CommonSettings.of_critic, "matching", "r1")

    width: int = 64
    blocks: int = 9
    critic_width: int = 64
    hole: float = 0.0
    known: float = 10.0
    receptive: float = 30.0
    adversarial: float = 10.0
    matching: float = 100.0
    r1: float = 0.001


@RECIPES.register("lama")
class LaMaRecipe(Recipe):
    """See the module."""

    Settings = LaMaSettings
    backbone = "ade20k"
    masks = {"lama_thick_256": 1.0}  # section 2.3: wide strokes and boxes
    presets = {
        "paper": {},
        # 1.1 G multiply-adds at 128x128, as DeepFill v2 at width 20 (1.2 G).
        "short": {**SHORT, "width": 26, "blocks": 6, "receptive": 0.0, "matching": 0.0},
    }
    schedules = {
        "short": SHORT_LOOP,
        "paper": {
            "batch": 30,
            "learning_rate": 1e-3,
            "critic_rate": 1e-4,
            "critic_beta1": 0.9,
            "schedule": "level",
            "warmup": 0,
            "clip": 0.0,
            "small_until": 0.0,
        },
    }
    settings: LaMaSettings

    @property
    def needs_features(self) -> bool:
        return bool(self.settings.receptive) or super().needs_features

    def model_options(self) -> dict[str, object]:
        return {"blocks": self.settings.blocks, "width": self.settings.width}

    def build_model(self) -> LaMa:
        return LaMa(self.settings.blocks, self.settings.width)

    def build_critic(self) -> nn.Module | None:
        s = self.settings
        if not s.adversarial:
            return None
        return PatchGAN(3, s.critic_width, strided=4, norm="batch", padding=2)

    def generator_loss(
        self, completion: Completion, batch: Batch, critic: nn.Module | None
    ) -> dict[str, Tensor]:
        s, output = self.settings, completion.image
        terms = {"l1": weighted_l1(output, batch.image, batch.hole, in_hole=s.hole, known=s.known)}
        if s.receptive:
            distance = squared_distance(self.features(output), self.features(batch.image))
            terms["receptive"] = s.receptive * distance
        if critic is not None:
            score, found = critic(output)
            with torch.no_grad():
                _, wanted = critic(batch.image)
            terms["adversarial"] = s.adversarial * logistic_generator(score.float())
            terms["matching"] = s.matching * squared_distance(found, wanted) / len(found)
        return terms | self.feature_terms(batch, composite(output, batch.image, batch.hole))

    def critic_loss(
        self, completion: Completion, batch: Batch, critic: nn.Module
    ) -> dict[str, Tensor]:
        s = self.settings
        with torch.autocast(batch.image.device.type, enabled=False):  # R1 needs float32
            real = batch.image.detach().requires_grad_()
            real_score, _ = critic(real)
            fake_score, _ = critic(completion.image.detach())
            made = F.interpolate(batch.hole, fake_score.shape[2:])  # nearest
            loss = logistic_critic(real_score, fake_score, made)
            return {"critic": loss, "r1": s.r1 * r1_penalty(real_score, real)}
