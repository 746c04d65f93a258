"""DeepFill v2: L1 on both stages and the hinge loss of SN-PatchGAN.

Yu et al. 2019, section 3.2 and the authors' published configuration: L1 over the whole image
for the coarse and the refined result, SN-PatchGAN with equal weight. No perceptual term in the
paper; the short preset replaces the adversarial term, which needs long trainings, by one.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor, nn

from inpaint_bench.imaging import composite
from inpaint_bench.models.deepfill_v2 import DeepFillV2
from inpaint_bench.types import Completion
from trainers.discriminators.sn_patch_gan import SNPatchGAN
from trainers.losses.adversarial import hinge_critic, hinge_generator
from trainers.losses.perceptual import perceptual_distance
from trainers.losses.reconstruction import weighted_l1
from trainers.recipes._base import RECIPES, Batch, Recipe

__all__ = ["DeepFillV2Recipe"]


@dataclass(frozen=True)
class DeepFillV2Settings:
    """Width and loss weights; the defaults are the paper's.

    Attributes:
        coarse, refined: weights of the two L1 terms.
        hole, known: weights inside either L1 term.
        adversarial: weight of the SN-PatchGAN term; 0 trains without a critic.
        perceptual: weight of the perceptual term on the composite, from `perceptual_from` on.
    """

    width: int = 48
    critic_width: int = 64
    coarse: float = 1.0
    refined: float = 1.0
    hole: float = 1.0
    known: float = 1.0
    adversarial: float = 1.0
    perceptual: float = 0.0
    perceptual_from: float = 0.5


@RECIPES.register("deepfill_v2")
class DeepFillV2Recipe(Recipe):
    """See the module."""

    Settings = DeepFillV2Settings
    presets = {
        "paper": {},
        # For hours on a CPU at 128x128.
        "short": {
            "width": 24,
            "hole": 6.0,
            "known": 0.5,
            "adversarial": 0.0,
            "perceptual": 0.001,
        },
    }
    settings: DeepFillV2Settings

    @property
    def needs_features(self) -> bool:
        return bool(self.settings.perceptual)

    def model_options(self) -> dict[str, object]:
        return {"width": self.settings.width}

    def build_model(self) -> DeepFillV2:
        return DeepFillV2(self.settings.width)

    def build_critic(self) -> nn.Module | None:
        return SNPatchGAN(self.settings.critic_width) if self.settings.adversarial else None

    def generator_loss(
        self, completion: Completion, batch: Batch, critic: nn.Module | None
    ) -> dict[str, Tensor]:
        s = self.settings
        weights = {"in_hole": s.hole, "known": s.known}
        coarse = weighted_l1(completion.stages["coarse"], batch.image, batch.hole, **weights)
        refined = weighted_l1(completion.image, batch.image, batch.hole, **weights)
        terms = {"coarse": s.coarse * coarse, "refined": s.refined * refined}
        pasted = composite(completion.image, batch.image, batch.hole)
        if critic is not None:
            score = critic(pasted * 2.0 - 1.0, batch.hole)
            terms["adversarial"] = s.adversarial * hinge_generator(score.float())
        if s.perceptual and batch.progress >= s.perceptual_from:
            distance = perceptual_distance(self.features(pasted), self.features(batch.image))
            terms["perceptual"] = s.perceptual * distance
        return terms

    def critic_loss(
        self, completion: Completion, batch: Batch, critic: nn.Module
    ) -> dict[str, Tensor]:
        fake = composite(completion.image.detach(), batch.image, batch.hole)
        real_score = critic(batch.image * 2.0 - 1.0, batch.hole).float()
        fake_score = critic(fake * 2.0 - 1.0, batch.hole).float()
        return {"critic": hinge_critic(real_score, fake_score)}
