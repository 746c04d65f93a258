"""What a recipe must say; the loop knows nothing else of a model."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import torch
from torch import Tensor, nn

from inpaint_bench._registry import Registry
from inpaint_bench.errors import UnknownNameError, WeightsError
from inpaint_bench.models._base import LearnedInpainter
from inpaint_bench.types import Completion
from trainers.losses.features import (
    FeatureNetwork,
    ade20k_features,
    squeezenet_features,
    vgg16_features,
    vgg19_features,
    vgg19_first_features,
    vgg19_plain_features,
)
from trainers.losses.perceptual import perceptual_distance, style_distance
from trainers.settings import override

__all__ = [
    "RECIPES",
    "SHORT",
    "SHORT_LOOP",
    "Batch",
    "CommonSettings",
    "Recipe",
    "build_recipe",
    "feature_network",
]

# For hours on a CPU at 128x128: holes weigh more, a perceptual term in the second half replaces
# the adversarial one, which needs long trainings. SqueezeNet's activations are a hundred times
# those of VGG after normalisation, so its weight is small.
SHORT: dict[str, object] = {
    "hole": 6.0,
    "known": 0.5,
    "adversarial": 0.0,
    "perceptual": 0.002,
    "style": 0.0,
    "perceptual_from": 0.5,
}
# So few images teach far more in many small steps than in few large ones; at a peak of 0.002
# they teach less than at 0.001.
SHORT_LOOP: dict[str, object] = {"batch": 4, "learning_rate": 1e-3}


@dataclass(frozen=True)
class Batch:
    """One batch on its device.

    Attributes:
        image: Bx3xHxW float32 in [0,1].
        hole: Bx1xHxW float32, 1 = missing.
        progress: share of the training that is done, in [0,1).
        sketch: Bx1xHxW float32, 1 = stroke, where the recipe asks for `sketches`.
        generators: sources of this step's randomness, one a picture, on the CPU.
    """

    image: Tensor
    hole: Tensor
    progress: float
    sketch: Tensor | None = None
    generators: Sequence[torch.Generator] = ()

    def uniform(self) -> Tensor:
        """Draw a number in [0,1) for each picture, Bx1x1x1."""
        drawn = [torch.rand(1, 1, 1, 1, generator=generator) for generator in self.generators]
        return torch.cat(drawn).to(self.image)


@dataclass(frozen=True)
class CommonSettings:
    """Loss weights that most recipes have.

    Attributes:
        hole, known: of the pixel loss, inside and outside the hole.
        adversarial: of the critic's score; 0 trains without a critic.
        perceptual, style: of the distances between features, from `perceptual_from` on.
        of_critic: fields that mean nothing in a training without a critic.
    """

    of_critic: ClassVar[tuple[str, ...]] = ("adversarial", "critic_width")

    hole: float = 1.0
    known: float = 1.0
    adversarial: float = 1.0
    perceptual: float = 0.0
    style: float = 0.0
    perceptual_from: float = 0.0


class Recipe(ABC):
    """Losses of one model, as parts of a training step.

    Args:
        settings: an instance of `Settings`, whose fields `--set name=value` changes.
        features: network of the perceptual terms, or None if no term needs one.

    Attributes:
        presets: named changes of `Settings`.
        schedules: what the same names change in the loop's settings.
        backbone: whose features the paper compares: "vgg16", "vgg19", "vgg19_first" (the same
            layers for style), "vgg19_plain" (of pictures that are not normalised) or "ade20k".
        masks: the paper's mixture of generators, for its preset where the command names none;
            empty where the paper takes a file of masks, and the command's own stand for it.
        sketches: samples come with strokes.
        layout: of pictures in memory; channels last is the faster one, but for models with
            instance normalisation, whose backward pass it slows by more than it saves.
        critic_floor: a critic's loss below it, for long, is a collapse; None where any value is
            fair.
    """

    Settings: ClassVar[type]
    presets: ClassVar[dict[str, dict[str, object]]]
    schedules: ClassVar[dict[str, dict[str, object]]] = {}
    backbone: ClassVar[str] = "vgg16"
    masks: ClassVar[dict[str, float]] = {}
    sketches: ClassVar[bool] = False
    layout: ClassVar[torch.memory_format] = torch.channels_last
    critic_floor: ClassVar[float | None] = 0.01

    def __init__(self, settings: object, features: FeatureNetwork | None) -> None:
        self.settings = settings
        self.features = features

    @property
    def needs_features(self) -> bool:
        """Whether any term with a weight needs the feature network."""
        return bool(self.settings.perceptual or self.settings.style)

    @abstractmethod
    def model_options(self) -> dict[str, object]:
        """Constructor arguments of the model: what the manifest's `options` will say."""

    @abstractmethod
    def build_model(self) -> LearnedInpainter:
        """Return the untrained model."""

    def build_critic(self) -> nn.Module | None:
        """Return the untrained discriminator, or None."""
        return None

    def turns(self, progress: float, minibatch: int) -> tuple[bool, bool]:
        """Return whether the model, and whether the critic, learns from this batch."""
        return True, True

    def complete(self, model: LearnedInpainter, batch: Batch) -> Completion:
        """Run the model as it is trained."""
        if batch.sketch is None:
            return model(batch.image, batch.hole)
        return model(batch.image, batch.hole, sketch=batch.sketch)

    def before_step(self, model: nn.Module, progress: float) -> None:
        """Adjust the model's mode at this point of the training; nothing by default."""
        return None

    @abstractmethod
    def generator_loss(
        self, completion: Completion, batch: Batch, critic: nn.Module | None
    ) -> dict[str, Tensor]:
        """Return the weighted terms by name; their sum is minimised."""

    def critic_loss(
        self, completion: Completion, batch: Batch, critic: nn.Module
    ) -> dict[str, Tensor]:
        """Return the weighted terms of the discriminator by name."""
        raise NotImplementedError(f"{type(self).__name__} has no critic")

    def feature_terms(self, batch: Batch, *pictures: Tensor) -> dict[str, Tensor]:
        """Return the perceptual and style terms, each summed over `pictures`, Bx3xHxW."""
        s, terms = self.settings, {}
        if not self.needs_features or batch.progress < s.perceptual_from:
            return terms
        with torch.no_grad():
            content, style = self.features.content_and_style(batch.image)
        found = [self.features.content_and_style(picture) for picture in pictures]
        if s.perceptual:
            distances = [perceptual_distance(c, content) for c, _ in found]
            terms["perceptual"] = s.perceptual * torch.stack(distances).sum()
        if s.style:
            distances = [style_distance(y, style) for _, y in found]
            terms["style"] = s.style * torch.stack(distances).sum()
        return terms


RECIPES: Registry[type[Recipe]] = Registry("recipe")


def build_recipe(
    recipe_class: type[Recipe], preset: str, assignments: Sequence[str], backbone: Path | None
) -> Recipe:
    """Return a recipe at a preset with `name=value` changes, its feature network loaded.

    Raises:
        UnknownNameError: no such preset or setting.
        WeightsError: the weights of the feature network are missing.
    """
    if preset not in recipe_class.presets:
        raise UnknownNameError(
            f"expected a preset of {', '.join(recipe_class.presets)}, got {preset!r}"
        )
    settings = recipe_class.Settings(**recipe_class.presets[preset])
    recipe = recipe_class(override(settings, assignments), None)
    if recipe.needs_features:
        recipe.features = feature_network(recipe.backbone, backbone)
    return recipe


_BACKBONES = {
    "vgg16": vgg16_features,
    "vgg19": vgg19_features,
    "vgg19_first": vgg19_first_features,
    "vgg19_plain": vgg19_plain_features,
}


def feature_network(backbone: str, file: Path | None) -> FeatureNetwork:
    """Return the features that a recipe names, or SqueezeNet's where a file of them is given.

    Raises:
        WeightsError: weights are missing.
    """
    if file is None and backbone == "ade20k":
        raise WeightsError(
            "expected features for the perceptual terms: name encoder_epoch_20.pth of MIT's "
            "ade20k-resnet50dilated-ppm_deepsup, or SqueezeNet features, with --backbone"
        )
    if file is None:
        return _BACKBONES[backbone]()
    of_ade20k = backbone == "ade20k" and file.suffix == ".pth"
    return ade20k_features(file) if of_ade20k else squeezenet_features(file)
