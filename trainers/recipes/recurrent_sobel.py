"""Recurrent Sobel: frequency separation, features of VGG and of the joint critic, style, hinge.

Baik, Image Inpainting, section 4.2: 0.01 adversarial + 5 L1 + L1 behind the low-pass filter
(coarse) + L1 behind the high-pass filter in the hole (refined) + perceptual of both + 250 style +
feature matching of the patch critic's first two layers. Adam (0.5, 0.9), 0.001 and 0.004 for the
critic, 0.75 of it after half of 200,000 steps. The published settings give batches of 2.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from inpaint_bench.imaging import composite
from inpaint_bench.models.recurrent_sobel import RecurrentSobel
from inpaint_bench.types import Completion
from trainers.discriminators.sobel import SobelDiscriminator
from trainers.losses.adversarial import hinge_critic, hinge_generator
from trainers.losses.frequency import high_pass, low_pass
from trainers.losses.perceptual import perceptual_distance
from trainers.losses.reconstruction import weighted_l1
from trainers.recipes._base import RECIPES, SHORT, SHORT_LOOP, Batch, CommonSettings, Recipe

__all__ = ["RecurrentSobelRecipe"]


@dataclass(frozen=True)
class RecurrentSobelSettings(CommonSettings):
    """Width and loss weights; the defaults are the paper's.

    Attributes:
        low, high: of the L1 terms behind the filters.
        low_perceptual: of the perceptual term behind the low-pass filter.
        matching: of the critic's features.
    """

    of_critic = (*CommonSettings.of_critic, "matching")

    width: int = 16
    critic_width: int = 48
    hole: float = 5.0
    known: float = 5.0
    low: float = 1.0
    high: float = 1.0
    low_perceptual: float = 1.0
    matching: float = 1.0
    adversarial: float = 0.01
    perceptual: float = 1.0
    style: float = 250.0


@RECIPES.register("recurrent_sobel")
class RecurrentSobelRecipe(Recipe):
    """See the module."""

    Settings = RecurrentSobelSettings
    backbone = "vgg19_plain"
    layout = torch.contiguous_format
    presets = {
        "paper": {},
        # 1.3 G multiply-adds at 128x128; both frequency terms stay.
        "short": {**SHORT, "width": 10, "low_perceptual": 0.0, "high": 0.1},
    }
    schedules = {
        "short": SHORT_LOOP,
        "paper": {
            "batch": 2,
            "learning_rate": 1e-3,
            "critic_rate": 4e-3,
            "beta1": 0.5,
            "beta2": 0.9,
            "schedule": "drop",
            "level_until": 0.5,
            "decay": 0.75,
            "warmup": 0,
            "clip": 0.0,
            "small_until": 0.0,
        },
    }
    settings: RecurrentSobelSettings

    @property
    def needs_features(self) -> bool:
        return bool(self.settings.low_perceptual) or super().needs_features

    def model_options(self) -> dict[str, object]:
        return {"width": self.settings.width}

    def build_model(self) -> RecurrentSobel:
        return RecurrentSobel(self.settings.width)

    def build_critic(self) -> nn.Module | None:
        s = self.settings
        return SobelDiscriminator(s.critic_width) if s.adversarial else None

    def generator_loss(
        self, completion: Completion, batch: Batch, critic: nn.Module | None
    ) -> dict[str, Tensor]:
        s, refined, truth = self.settings, completion.image, batch.image
        smooth, wanted = low_pass(completion.stages["coarse"]), low_pass(truth)
        detail = (high_pass(refined) - high_pass(truth)).abs() * batch.hole
        terms = {
            "refined": weighted_l1(refined, truth, batch.hole, in_hole=s.hole, known=s.known),
            "low": s.low * (smooth - wanted).abs().mean(),
            "high": s.high * detail.mean(),
        }
        if s.low_perceptual:
            distance = perceptual_distance(self.features(smooth), self.features(wanted))
            terms["low_perceptual"] = s.low_perceptual * distance
        pasted = composite(refined, truth, batch.hole)
        if critic is None:
            return terms | self.feature_terms(batch, pasted)
        score, found = critic.judge(pasted, batch.hole)
        with torch.no_grad():
            _, real = critic.judge(truth, batch.hole)
        terms["adversarial"] = s.adversarial * hinge_generator(score.float())
        terms["matching"] = s.matching * perceptual_distance(list(found), list(real))
        return terms | self.feature_terms(batch, refined)

    def critic_loss(
        self, completion: Completion, batch: Batch, critic: nn.Module
    ) -> dict[str, Tensor]:
        fake = composite(completion.image.detach(), batch.image, batch.hole)
        real_score = critic(batch.image, batch.hole).float()
        return {"critic": hinge_critic(real_score, critic(fake, batch.hole).float())}
