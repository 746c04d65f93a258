"""Pluralistic: a path that is shown the hidden part and one that is not, joined by KL terms.

Zheng et al. 2019, equations 4 to 10, and the published options: 20 L1 at four scales, of the whole
picture on the reconstructive path and of the known part on the generative one; 20 times the four
scales of the symmetric KL divergences; least-squares critics, on the reconstructive path as the
distance of scores. Adam 0.0001 (0, 0.999), the critics' twice that, level, batches of 20.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from inpaint_bench.imaging import composite
from inpaint_bench.models.pluralistic import Pluralistic, TwoPaths, picture_pyramid
from inpaint_bench.types import Completion
from trainers.discriminators.residual import ResidualCritic
from trainers.losses.adversarial import least_squares_critic
from trainers.losses.kullback_leibler import symmetric_divergence
from trainers.losses.reconstruction import weighted_l1
from trainers.recipes._base import RECIPES, SHORT, SHORT_LOOP, Batch, CommonSettings, Recipe

__all__ = ["PluralisticRecipe"]


@dataclass(frozen=True)
class PluralisticSettings(CommonSettings):
    """Width and loss weights; the defaults are the authors'.

    Attributes:
        hole, known: of L1 on the reconstructive path.
        drawn_hole, drawn_known: of L1 on the generative path.
        divergence: of the KL terms, summed over the four scales.
    """

    width: int = 32
    critic_width: int = 32
    spectral_norm: bool = True
    hole: float = 20.0
    known: float = 20.0
    drawn_hole: float = 0.0
    drawn_known: float = 20.0
    divergence: float = 80.0
    adversarial: float = 1.0


@dataclass(frozen=True)
class _PathsCompletion(Completion):
    """The generative path's result, and all that a training compares."""

    paths: TwoPaths | None = None


@RECIPES.register("pluralistic")
class PluralisticRecipe(Recipe):
    """See the module."""

    Settings = PluralisticSettings
    presets = {
        "paper": {},
        # 0.8 G multiply-adds at 128x128 for one result, twice that for the two paths of a
        # training. Without a critic L1 also tells the generative path what is in the hole.
        "short": {
            **SHORT,
            "width": 28,
            "spectral_norm": False,
            "drawn_hole": 3.0,
            "drawn_known": 0.5,
            "divergence": 1.0,
        },
    }
    schedules = {
        "short": {**SHORT_LOOP, "learning_rate": 5e-4},  # KL terms diverge at 0.001
        "paper": {
            "batch": 20,
            "learning_rate": 1e-4,
            "critic_rate": 2e-4,
            "beta1": 0.0,
            "critic_beta1": 0.0,
            "schedule": "level",
            "warmup": 0,
            "clip": 0.0,
            "small_until": 0.0,
        },
    }
    settings: PluralisticSettings

    def model_options(self) -> dict[str, object]:
        return {"width": self.settings.width, "spectral_norm": self.settings.spectral_norm}

    def build_model(self) -> Pluralistic:
        return Pluralistic(**self.model_options())

    def build_critic(self) -> nn.Module | None:
        s = self.settings
        if not s.adversarial:
            return None
        return nn.ModuleDict({n: ResidualCritic(s.critic_width) for n in ("rebuilt", "drawn")})

    def complete(self, model: Pluralistic, batch: Batch) -> Completion:
        paths = model.network_training(batch.image, batch.hole, generators=batch.generators)
        return _PathsCompletion((paths.drawn[-1].float() + 1.0) / 2.0, paths=paths)

    def generator_loss(
        self, completion: Completion, batch: Batch, critic: nn.Module | None
    ) -> dict[str, Tensor]:
        s, paths = self.settings, completion.paths
        terms = {
            "rebuilt": _pyramid_l1(paths.rebuilt, batch, s.hole, s.known),
            "drawn": _pyramid_l1(paths.drawn, batch, s.drawn_hole, s.drawn_known),
        } | self._divergences(paths)
        if critic is not None:
            score = critic["drawn"](paths.drawn[-1])
            terms["adversarial"] = s.adversarial * (score.float() - 1.0).square().mean()
            with torch.no_grad():
                wanted = critic["rebuilt"](batch.image * 2.0 - 1.0)
            found = critic["rebuilt"](paths.rebuilt[-1])
            terms["matching"] = s.adversarial * (found.float() - wanted).square().mean()
        shown = [(path[-1].float() + 1.0) / 2.0 for path in (paths.rebuilt, paths.drawn)]
        pasted = [composite(picture, batch.image, batch.hole) for picture in shown]
        return terms | self.feature_terms(batch, *pasted)

    def _divergences(self, paths: TwoPaths) -> dict[str, Tensor]:
        """Return those of the posterior from its assumption, and of the prior from the posterior.

        The second one moves the prior alone.
        """
        s, post, prior = self.settings, paths.posterior, paths.prior
        assumed = symmetric_divergence(
            post.mean, post.deviation, torch.zeros_like(post.mean), paths.assumed_deviation
        )
        followed = symmetric_divergence(
            post.mean.detach(), post.deviation.detach(), prior.mean, prior.deviation
        )
        return {"posterior": s.divergence * assumed, "prior": s.divergence * followed}

    def critic_loss(
        self, completion: Completion, batch: Batch, critic: nn.Module
    ) -> dict[str, Tensor]:
        real, losses = batch.image * 2.0 - 1.0, {}
        for name in ("drawn", "rebuilt"):
            fake = getattr(completion.paths, name)[-1].detach()
            scores = critic[name](real).float(), critic[name](fake).float()
            losses["critic" if name == "drawn" else "critic_rebuilt"] = least_squares_critic(
                *scores
            )
        return losses


def _pyramid_l1(pictures: tuple[Tensor, ...], batch: Batch, hole: float, known: float) -> Tensor:
    """Return the sum over scales of weighted L1 in [-1,1], as the authors have it."""
    wanted = picture_pyramid(batch.image * 2.0 - 1.0, len(pictures))
    holes = picture_pyramid(batch.hole, len(pictures))
    terms = [
        weighted_l1(picture.float(), truth, where, in_hole=hole, known=known)
        for picture, truth, where in zip(pictures, wanted, holes, strict=True)
    ]
    return torch.stack(terms).sum()
