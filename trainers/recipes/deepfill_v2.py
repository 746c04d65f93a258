"""DeepFill v2: L1 on both stages and the hinge loss of SN-PatchGAN.

Yu et al. 2019, section 3.2 and the authors' published configuration: L1 over the whole image
for the coarse and the refined result, SN-PatchGAN with equal weight. Their pictures are in [-1,1],
ours in [0,1], so that their L1 of weight 1 is ours of weight 2. No perceptual term in the
paper; the short preset replaces the adversarial term, which needs long trainings, by one. The
preset `global_gan` is figure 8's ablation: one critic of the whole picture for SN-PatchGAN.
Adam 0.0001 with momentum 0.5, level, batches of 16.

The preset `texture` is ours: it goes on from weights of the short one (`--start`) for an hour on a
CPU. Spectral normalisation keeps SN-PatchGAN's scores near zero for hundreds of steps, so its
critic is a PatchGAN without any, each of whose patches counts as far as it is missing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from torch import Tensor, nn
from torch.nn import functional as F

from inpaint_bench.imaging import composite
from inpaint_bench.models.deepfill_v2 import DeepFillV2
from inpaint_bench.types import Completion
from trainers.discriminators.global_local import WholeCritic
from trainers.discriminators.patch_gan import PatchGAN
from trainers.discriminators.sn_patch_gan import SNPatchGAN
from trainers.losses.adversarial import hinge_critic, hinge_generator
from trainers.losses.reconstruction import weighted_l1
from trainers.recipes._base import RECIPES, SHORT, SHORT_LOOP, Batch, CommonSettings, Recipe

__all__ = ["DeepFillV2Recipe"]


_SHORT = {**SHORT, "coarse": 1.0, "refined": 1.0}
_SCHEDULE: dict[str, object] = {
    "learning_rate": 1e-4,
    "beta1": 0.5,
    "schedule": "level",
    "warmup": 0,
    "clip": 0.0,
    "small_until": 0.0,
}


@dataclass(frozen=True)
class DeepFillV2Settings(CommonSettings):
    """Width and loss weights; the defaults are the paper's.

    Attributes:
        coarse, refined: weights of the two L1 terms.
        critic: "patch" for SN-PatchGAN, "whole" for one global critic, "hole" for a PatchGAN that
            judges what is missing.
        side: of the pictures that a global critic's last layer is made for.
    """

    of_critic = (*CommonSettings.of_critic, "critic", "side")

    width: int = 48
    critic_width: int = 64
    coarse: float = 2.0
    refined: float = 2.0
    critic: Literal["patch", "whole", "hole"] = "patch"
    side: int = 256


@RECIPES.register("deepfill_v2")
class DeepFillV2Recipe(Recipe):
    """See the module."""

    Settings = DeepFillV2Settings
    presets = {
        "paper": {},
        "global_gan": {"critic": "whole"},
        "short": {**_SHORT, "width": 20},  # 1.2 G multiply-adds at 128x128
        "texture": {
            **_SHORT,
            "width": 20,
            "critic": "hole",
            "critic_width": 32,
            "hole": 3.0,
            "adversarial": 0.08,
            "perceptual": 0.004,
            "style": 0.012,
            "perceptual_from": 0.0,
        },
    }
    schedules = {
        "short": SHORT_LOOP,
        "paper": _SCHEDULE,
        "global_gan": _SCHEDULE,
        "texture": {
            "batch": 8,
            "learning_rate": 3e-4,
            "warmup": 1600,
            "ema": 0.995,
            "small_until": 0.0,
        },
    }
    settings: DeepFillV2Settings

    def model_options(self) -> dict[str, object]:
        return {"width": self.settings.width}

    def build_model(self) -> DeepFillV2:
        return DeepFillV2(self.settings.width)

    def build_critic(self) -> nn.Module | None:
        s, planes = self.settings, 1 + self.sketches
        if not s.adversarial:
            return None
        if s.critic == "patch":
            return SNPatchGAN(s.critic_width, planes)
        if s.critic == "hole":
            return PatchGAN(3 + self.sketches, s.critic_width, norm="none")
        widths = [s.critic_width * share for share in (1, 2, 4, 4, 4, 4)]
        return WholeCritic(3 + planes, widths, side=s.side, norm="spectral")

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
            score, share = self._judge(critic, pasted, batch)
            terms["adversarial"] = s.adversarial * hinge_generator(score, share)
        return terms | self.feature_terms(batch, pasted)

    def critic_loss(
        self, completion: Completion, batch: Batch, critic: nn.Module
    ) -> dict[str, Tensor]:
        fake = composite(completion.image.detach(), batch.image, batch.hole)
        real_score, _ = self._judge(critic, batch.image, batch)
        fake_score, share = self._judge(critic, fake, batch)
        return {"critic": hinge_critic(real_score, fake_score, share)}

    def _judge(
        self, critic: nn.Module, image: Tensor, batch: Batch
    ) -> tuple[Tensor, Tensor | None]:
        """Return a critic's scores, and how much each of them counts where they differ in that."""
        planes = [] if batch.sketch is None else [batch.sketch]
        if self.settings.critic == "hole":
            score, _ = critic(image * 2.0 - 1.0, *planes)
            return score.float(), F.adaptive_avg_pool2d(batch.hole, score.shape[2:])
        return critic(image * 2.0 - 1.0, batch.hole, *planes).float(), None
