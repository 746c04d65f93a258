"""DeepGIN: L1 alone first, then all five terms with two conditional multi-scale critics.

Li et al. 2020, section 4.2 and 5.1: L1 of three pictures (coarse, output, low resolution) with 5 in
the hole, 0.001 adversarial, 0.05 perceptual and 80 style on output and composite (VGG-19), 0.1
total variation; 10 epochs of L1, then 10 level and 90 falling to nothing, Adam 0.0001 and 0.0004
with momentum 0.5; 4 squares a batch, each with three masks, one of each kind. Squares are cut and
resized by the loop; the paper takes every other pixel of a picture of 512x512.

The rows of table 1, the paper's ablation, are `--set` with the options of `ABLATIONS` of the model,
such as `blocks=standard refine=false`. A network without one of the three pictures has no L1 of it.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from inpaint_bench.imaging import composite
from inpaint_bench.models.deepgin import DeepGIN
from inpaint_bench.types import Completion
from trainers.discriminators.multi_scale import MultiScaleCritic
from trainers.losses.adversarial import hinge_critic, hinge_generator
from trainers.losses.reconstruction import total_variation, weighted_l1
from trainers.recipes._base import RECIPES, SHORT, SHORT_LOOP, Batch, CommonSettings, Recipe

__all__ = ["DeepGINRecipe"]

# Of the model; their defaults below are the full one, the last row of table 1.
_OPTIONS = ("refine", "attention", "back_projection", "blocks")


@dataclass(frozen=True)
class DeepGINSettings(CommonSettings):
    """Width and loss weights; the defaults are the paper's.

    Attributes:
        warm_until: share of the budget in which L1 is the only term.
        variation: of the composite's total variation.
        gain: of the initial weights; the paper's small ones cost its 10 epochs of L1 to grow.
        refine, attention, back_projection, blocks: of the model.
    """

    of_critic = (*CommonSettings.of_critic, "warm_until")

    width: int = 64
    critic_width: int = 64
    hole: float = 5.0
    adversarial: float = 0.001
    perceptual: float = 0.05
    style: float = 80.0
    variation: float = 0.1
    perceptual_from: float = 10 / 110
    warm_until: float = 10 / 110
    gain: float = 1.0
    refine: bool = True
    attention: str = "multi_scale"
    back_projection: bool = True
    blocks: str = "spd"


@RECIPES.register("deepgin")
class DeepGINRecipe(Recipe):
    """See the module."""

    Settings = DeepGINSettings
    backbone = "vgg19_first"
    masks = {"deepgin_rectangle": 1.0, "free_form": 1.0, "cellular_automata": 1.0}
    presets = {
        "paper": {},
        # 1.0 G multiply-adds at 128x128; no other network has as many weights for as many.
        "short": {**SHORT, "width": 22, "gain": 5.0},
    }
    schedules = {
        "short": {**SHORT_LOOP, "learning_rate": 5e-4},  # diverges at 0.001
        "paper": {
            "batch": 12,
            "holes_each": 3,
            "learning_rate": 1e-4,
            "critic_rate": 4e-4,
            "beta1": 0.5,
            "schedule": "linear",
            "level_until": 20 / 110,
            "warmup": 0,
            "clip": 0.0,
            "small_until": 0.0,
        },
    }
    settings: DeepGINSettings

    def model_options(self) -> dict[str, object]:
        s = self.settings
        chosen = {name: getattr(s, name) for name in _OPTIONS}
        full = {name: getattr(DeepGINSettings, name) for name in _OPTIONS}
        changed = {name: value for name, value in chosen.items() if value != full[name]}
        return {"width": s.width} | changed

    def build_model(self) -> DeepGIN:
        model = DeepGIN(**self.model_options())
        for module in model.modules():
            if isinstance(module, nn.Conv2d):
                module.weight.data.mul_(self.settings.gain)
        return model

    def build_critic(self) -> nn.Module | None:
        s = self.settings
        return MultiScaleCritic(s.critic_width) if s.adversarial else None

    def turns(self, progress: float, minibatch: int) -> tuple[bool, bool]:
        return True, progress >= self.settings.warm_until

    def complete(self, model: DeepGIN, batch: Batch) -> Completion:
        """Keep the low-resolution picture, which only the loss sees."""
        passes = model.network(batch.image, batch.hole)
        stages = {} if passes.image is passes.coarse else {"coarse": passes.coarse.float()}
        if passes.low is not None:
            stages["low"] = passes.low.float()
        return Completion(passes.image.float(), stages)

    def generator_loss(
        self, completion: Completion, batch: Batch, critic: nn.Module | None
    ) -> dict[str, Tensor]:
        s = self.settings
        pictures = {"output": completion.image, **completion.stages}
        terms = {name: self._l1(picture, batch) for name, picture in pictures.items()}
        pasted = composite(completion.image, batch.image, batch.hole)
        terms["variation"] = s.variation * total_variation(pasted)
        if critic is None:
            return terms | self.feature_terms(batch, pasted)
        if batch.progress < s.warm_until:
            del terms["variation"]
            return terms
        scores = critic(_masked(batch), pasted * 2.0 - 1.0)
        losses = [hinge_generator(score.float()) for score in scores]
        terms["adversarial"] = s.adversarial * torch.stack(losses).sum()
        return terms | self.feature_terms(batch, completion.image, pasted)

    def _l1(self, picture: Tensor, batch: Batch) -> Tensor:
        """Compare a picture of any size with the photograph of that size."""
        size = picture.shape[2:]
        truth, hole = batch.image, batch.hole
        if truth.shape[2:] != size:
            truth = F.interpolate(truth, size=size, mode="bilinear", align_corners=True)
            hole = F.interpolate(hole, size=size)  # nearest
        s = self.settings
        return weighted_l1(picture, truth, hole, in_hole=s.hole, known=s.known)

    def critic_loss(
        self, completion: Completion, batch: Batch, critic: nn.Module
    ) -> dict[str, Tensor]:
        fake = composite(completion.image.detach(), batch.image, batch.hole)
        masked = _masked(batch)
        real_scores = critic(masked, batch.image * 2.0 - 1.0)
        fake_scores = critic(masked, fake * 2.0 - 1.0)
        pairs = zip(real_scores, fake_scores, strict=True)
        losses = [hinge_critic(real.float(), fake.float()) for real, fake in pairs]
        return {"critic": torch.stack(losses).sum()}


def _masked(batch: Batch) -> Tensor:
    """The condition of the critics: the picture with a white hole, in [-1,1]."""
    return (batch.image * (1.0 - batch.hole) + batch.hole) * 2.0 - 1.0
