"""What a recipe must say; the loop knows nothing else of a model."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from torch import Tensor, nn

from inpaint_bench._registry import Registry
from inpaint_bench.models._base import LearnedInpainter
from inpaint_bench.types import Completion
from trainers.losses.features import FeatureNetwork, squeezenet_features, vgg16_features

__all__ = ["RECIPES", "Batch", "Recipe", "feature_network"]


@dataclass(frozen=True)
class Batch:
    """One batch on its device.

    Attributes:
        image: Bx3xHxW float32 in [0,1].
        hole: Bx1xHxW float32, 1 = missing.
        progress: share of the training that is done, in [0,1).
    """

    image: Tensor
    hole: Tensor
    progress: float


class Recipe(ABC):
    """Losses of one model, as parts of a training step.

    Args:
        settings: an instance of `Settings`, whose fields `--set name=value` changes.
        features: network of the perceptual terms, or None if no term needs one.
    """

    Settings: ClassVar[type]
    presets: ClassVar[dict[str, dict[str, object]]]

    def __init__(self, settings: object, features: FeatureNetwork | None) -> None:
        self.settings = settings
        self.features = features

    @property
    @abstractmethod
    def needs_features(self) -> bool:
        """Whether any term with a weight needs the feature network."""

    @abstractmethod
    def model_options(self) -> dict[str, object]:
        """Constructor arguments of the model: what the manifest's `options` will say."""

    @abstractmethod
    def build_model(self) -> LearnedInpainter:
        """Return the untrained model."""

    def build_critic(self) -> nn.Module | None:
        """Return the untrained discriminator, or None."""
        return None

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


RECIPES: Registry[type[Recipe]] = Registry("recipe")


def feature_network(backbone: Path | None) -> FeatureNetwork:
    """Return VGG-16 features, or SqueezeNet's where a file of them is named."""
    return squeezenet_features(backbone) if backbone else vgg16_features()
