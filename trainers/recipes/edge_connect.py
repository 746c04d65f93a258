"""EdgeConnect: an edge stage and a completion stage with true edges, then both together.

Nazeri et al. 2019, section 3, and the published weights. Edges: adversarial + 10 feature
matching; picture: L1 over the share of the hole + 0.1 adversarial + 0.1 perceptual + 250 style (of
the hole), VGG-19; then, without the edge critic, the picture's terms train both. Adam 0.0001 (0,
0.9), the critics' a tenth, a hundredth in the last phase; batches of 8. The paper's phase at a
tenth, which begins when the losses stand still, is left out. The two stages share no weights, so
they learn side by side on every batch instead of one after the other.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from inpaint_bench.imaging import composite
from inpaint_bench.layers.canny import canny_edges, luminance
from inpaint_bench.models.edge_connect import EdgeConnect
from inpaint_bench.types import Completion
from trainers.discriminators.patch_gan import PatchGAN
from trainers.losses.adversarial import logistic_critic, logistic_generator
from trainers.losses.perceptual import perceptual_distance, style_distance
from trainers.losses.reconstruction import weighted_l1
from trainers.processes import mean_everywhere
from trainers.recipes._base import RECIPES, SHORT, SHORT_LOOP, Batch, CommonSettings, Recipe

__all__ = ["EdgeConnectRecipe"]


@dataclass(frozen=True)
class EdgeConnectSettings(CommonSettings):
    """Width, phases and loss weights; the defaults are the paper's.

    Attributes:
        apart_until: share of the budget in which the picture is painted from true edges.
        guided: share of the samples for which that goes on afterwards, as if their edges were a
            sketch; the paper, which takes none, has no such samples.
        matching: of the edge critic's features.
        entropy: of the cross entropy of the edges, which the paper does not use; it stands for
            the edge critic where there is none.
    """

    of_critic = (*CommonSettings.of_critic, "matching")

    width: int = 64
    critic_width: int = 64
    spectral_norm: bool = True
    apart_until: float = 0.9
    guided: float = 0.0
    matching: float = 10.0
    entropy: float = 0.0
    adversarial: float = 0.1
    perceptual: float = 0.1
    style: float = 250.0


@RECIPES.register("edge_connect")
class EdgeConnectRecipe(Recipe):
    """See the module."""

    Settings = EdgeConnectSettings
    backbone = "vgg19_plain"
    layout = torch.contiguous_format
    presets = {
        "paper": {},
        # 1.25 G multiply-adds at 128x128. Without a critic, and in so short a time, edges stay
        # uncertain deep in a hole: the second network had better learn early what it will see,
        # and not forget certain ones, which are what strokes of a sketch look like.
        "short": {
            **SHORT,
            "width": 14,
            "spectral_norm": False,
            "entropy": 1.0,
            "apart_until": 0.3,
            "guided": 0.3,
        },
    }
    schedules = {
        "short": SHORT_LOOP,
        "paper": {
            "batch": 8,
            "learning_rate": 1e-4,
            "critic_rate": 1e-5,
            "beta1": 0.0,
            "critic_beta1": 0.0,
            "beta2": 0.9,
            "schedule": "drop",
            "level_until": 0.9,
            "decay": 0.01,
            "warmup": 0,
            "clip": 0.0,
            "small_until": 0.0,
        },
    }
    settings: EdgeConnectSettings

    def model_options(self) -> dict[str, object]:
        return {"width": self.settings.width, "spectral_norm": self.settings.spectral_norm}

    def build_model(self) -> EdgeConnect:
        return EdgeConnect(**self.model_options())

    def build_critic(self) -> nn.Module | None:
        s = self.settings
        if not s.adversarial:
            return None
        parts = {"edges": PatchGAN(2, s.critic_width), "picture": PatchGAN(3, s.critic_width)}
        return nn.ModuleDict(parts)

    def complete(self, model: EdgeConnect, batch: Batch) -> Completion:
        """Run the stages; `drawn` are the first one's edges, `true` those of the photograph."""
        grey = luminance(batch.image)
        true = canny_edges(grey, sigma=model.sigma)
        drawn = model.network_edges(grey, batch.hole, true).float()
        edges = true
        if batch.progress >= self.settings.apart_until:
            joined = model.join(true, drawn, batch.hole)
            edges = torch.where(batch.uniform() < self.settings.guided, true, joined)
        output = model.network_picture(batch.image, batch.hole, edges).float()
        return Completion(output, {"drawn": drawn, "true": true, "grey": grey})

    def generator_loss(
        self, completion: Completion, batch: Batch, critic: nn.Module | None
    ) -> dict[str, Tensor]:
        s, output = self.settings, completion.image
        l1 = weighted_l1(output, batch.image, batch.hole, in_hole=s.hole, known=s.known)
        if critic is None:
            pasted = composite(output, batch.image, batch.hole)
            terms = {"l1": l1} | self.feature_terms(batch, pasted)
            return terms | {"edges": s.entropy * _entropy(completion, batch.hole)}
        score, _ = critic["picture"](output)
        terms = {
            "l1": l1 / mean_everywhere(batch.hole.mean()),
            "adversarial": s.adversarial * logistic_generator(score.float()),
        }
        if s.perceptual:
            distance = perceptual_distance(self.features(output), self.features(batch.image))
            terms["perceptual"] = s.perceptual * distance
        if s.style:
            terms["style"] = s.style * self._style_of_hole(output, batch)
        if batch.progress < s.apart_until:
            grey, stages = completion.stages["grey"], completion.stages
            score, found = critic["edges"](grey, stages["drawn"])
            with torch.no_grad():
                real, wanted = critic["edges"](grey, stages["true"])
            terms["edges"] = logistic_generator(score.float())
            distance = perceptual_distance([*found, score], [*wanted, real])
            terms["matching"] = s.matching * distance
        return terms

    def _style_of_hole(self, output: Tensor, batch: Batch) -> Tensor:
        pictures = (output * batch.hole, batch.image * batch.hole)
        found, wanted = (self.features.content_and_style(picture)[1] for picture in pictures)
        return style_distance(found, wanted)

    def critic_loss(
        self, completion: Completion, batch: Batch, critic: nn.Module
    ) -> dict[str, Tensor]:
        real, _ = critic["picture"](batch.image)
        fake, _ = critic["picture"](completion.image.detach())
        terms = {"critic": 0.5 * logistic_critic(real.float(), fake.float())}
        if batch.progress < self.settings.apart_until:
            grey, stages = completion.stages["grey"], completion.stages
            real, _ = critic["edges"](grey, stages["true"])
            fake, _ = critic["edges"](grey, stages["drawn"].detach())
            terms["edge_critic"] = 0.5 * logistic_critic(real.float(), fake.float())
        return terms


def _entropy(completion: Completion, hole: Tensor) -> Tensor:
    """Return the cross entropy of the edges in the hole, a mean over its pixels.

    All pixels weigh the same, so that what is drawn is the chance of an edge.
    """
    drawn, true = completion.stages["drawn"], completion.stages["true"]
    with torch.autocast(drawn.device.type, enabled=False):
        loss = F.binary_cross_entropy(drawn.clamp(1e-6, 1 - 1e-6), true, reduction="none")
    return (loss * hole).sum() / mean_everywhere(hole.sum()).clamp(min=1.0)
