"""AOT-GAN: L1, perceptual and style on the output, soft mask-guided PatchGAN on the composite.

Zeng et al. 2022, equation 8 and the published options: L1 + 0.1 perceptual + 250 style + 0.01
adversarial, VGG-19 (their L1 is of pictures in [-1,1], so that its weight 1 is 2 of ours in [0,1]);
Adam 0.0001 with momentum 0.5 for both networks, level, batches of 8.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor, nn

from inpaint_bench.imaging import composite
from inpaint_bench.models.aot_gan import AOTGAN
from inpaint_bench.types import Completion
from trainers.discriminators.patch_gan import PatchGAN
from trainers.losses.reconstruction import weighted_l1
from trainers.losses.soft_mask import soft_mask_critic, soft_mask_generator
from trainers.recipes._base import RECIPES, SHORT, SHORT_LOOP, Batch, CommonSettings, Recipe

__all__ = ["AOTGANRecipe"]


@dataclass(frozen=True)
class AOTGANSettings(CommonSettings):
    """Width and loss weights; the defaults are the paper's."""

    width: int = 64
    blocks: int = 8
    critic_width: int = 64
    hole: float = 2.0
    known: float = 2.0
    adversarial: float = 0.01
    perceptual: float = 0.1
    style: float = 250.0


@RECIPES.register("aot_gan")
class AOTGANRecipe(Recipe):
    """See the module."""

    Settings = AOTGANSettings
    backbone = "vgg19"
    critic_floor = 0.002  # least squares are smaller than a hinge
    presets = {
        "paper": {},
        # 1.3 G multiply-adds at 128x128, as DeepFill v2 at width 20 (1.2 G).
        "short": {**SHORT, "width": 20, "blocks": 5},
    }
    schedules = {
        "short": SHORT_LOOP,
        "paper": {
            "batch": 8,
            "learning_rate": 1e-4,
            "beta1": 0.5,
            "schedule": "level",
            "warmup": 0,
            "clip": 0.0,
            "small_until": 0.0,
        },
    }
    settings: AOTGANSettings

    def model_options(self) -> dict[str, object]:
        return {"width": self.settings.width, "blocks": self.settings.blocks}

    def build_model(self) -> AOTGAN:
        return AOTGAN(self.settings.width, self.settings.blocks)

    def build_critic(self) -> nn.Module | None:
        s = self.settings
        return PatchGAN(3, s.critic_width, score_norm=False) if s.adversarial else None

    def generator_loss(
        self, completion: Completion, batch: Batch, critic: nn.Module | None
    ) -> dict[str, Tensor]:
        s, output = self.settings, completion.image
        terms = {"l1": weighted_l1(output, batch.image, batch.hole, in_hole=s.hole, known=s.known)}
        pasted = composite(output, batch.image, batch.hole)
        if critic is None:  # the short preset judges what is shown
            return terms | self.feature_terms(batch, pasted)
        score, _ = critic(pasted * 2.0 - 1.0)
        terms["adversarial"] = s.adversarial * soft_mask_generator(score, batch.hole)
        return terms | self.feature_terms(batch, output)

    def critic_loss(
        self, completion: Completion, batch: Batch, critic: nn.Module
    ) -> dict[str, Tensor]:
        fake = composite(completion.image.detach(), batch.image, batch.hole)
        real_score, _ = critic(batch.image * 2.0 - 1.0)
        fake_score, _ = critic(fake * 2.0 - 1.0)
        return {"critic": soft_mask_critic(real_score, fake_score, batch.hole)}
