"""PConv autoencoder: the squared error of the masked pixels, on CIFAR-10 at 32x32.

Simple Image Inpainting (course presentation), "Hyperparameters": Adam at 0.0002, a tenth of it
every 10 epochs of 50,000 pictures, squared error; the whole picture is reconstructed, the loss is
that of the masked pixels. Batches are not stated; the source it adapts has 32.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor, nn

from inpaint_bench.models.pconv_autoencoder import PConvAutoencoder
from inpaint_bench.types import Completion
from trainers.losses.reconstruction import weighted_l2
from trainers.processes import mean_everywhere
from trainers.recipes._base import RECIPES, Batch, CommonSettings, Recipe

__all__ = ["PConvAutoencoderRecipe"]


@dataclass(frozen=True)
class PConvAutoencoderSettings(CommonSettings):
    """Width and loss weights; the defaults are the presentation's."""

    width: int = 32
    known: float = 0.0


@RECIPES.register("pconv_autoencoder")
class PConvAutoencoderRecipe(Recipe):
    """See the module."""

    Settings = PConvAutoencoderSettings
    # Already small: 0.12 G multiply-adds at 32x32. Its last layer's skip is the output of batch
    # normalisation, which a loss on the hole alone leaves free elsewhere.
    presets = {"paper": {}, "short": {}}
    schedules = {
        "paper": {
            "size": 32,
            "batch": 32,
            "learning_rate": 2e-4,
            "schedule": "steps",
            "decay": 0.1,
            "decay_images": 500_000,
            "warmup": 0,
            "clip": 0.0,
            "small_until": 0.0,
        },
        "short": {"size": 32, "batch": 32, "learning_rate": 2e-3, "small_until": 0.0},
    }
    settings: PConvAutoencoderSettings

    def model_options(self) -> dict[str, object]:
        return {"width": self.settings.width}

    def build_model(self) -> PConvAutoencoder:
        return PConvAutoencoder(self.settings.width)

    def generator_loss(
        self, completion: Completion, batch: Batch, critic: nn.Module | None
    ) -> dict[str, Tensor]:
        s = self.settings
        error = weighted_l2(
            completion.image, batch.image, batch.hole, in_hole=s.hole, known=s.known
        )
        return {"l2": error / mean_everywhere(batch.hole.mean())}  # the mean over masked pixels
