"""PConv U-Net: valid and hole L1, perceptual, style and total variation.

Liu et al. 2018, equation 7: L_valid + 6 L_hole + 0.05 L_perceptual + 120 (L_style_out +
L_style_comp) + 0.1 L_tv, with VGG-16's first three pooling layers. Section 4.2: Adam 0.0002, then
0.00005 with the encoder's batch normalisation frozen, batches of 6.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor, nn

from inpaint_bench.imaging import composite
from inpaint_bench.models.pconv_unet import PConvUNet
from inpaint_bench.types import Completion
from trainers.losses.reconstruction import hole_variation, weighted_l1
from trainers.recipes._base import RECIPES, SHORT_LOOP, Batch, Recipe

__all__ = ["PConvRecipe"]


@dataclass(frozen=True)
class PConvSettings:
    """Width, depth and loss weights; the defaults are the paper's.

    Attributes:
        perceptual_from: progress at which the perceptual and style terms set in.
        freeze_norm_from: progress at which the encoder's batch statistics are frozen
            (section 4.2: the second phase of training).
    """

    width: int = 64
    depth: int = 8
    valid: float = 1.0
    hole: float = 6.0
    perceptual: float = 0.05
    style: float = 120.0
    variation: float = 0.1
    perceptual_from: float = 0.0
    freeze_norm_from: float = 0.8


@RECIPES.register("pconv_unet")
class PConvRecipe(Recipe):
    """See the module."""

    Settings = PConvSettings
    presets = {
        "paper": {},
        # For hours on a CPU at 128x128. The depth keeps the paper's 2x2 bottleneck; SqueezeNet's
        # activations are a hundred times those of VGG-16 after normalisation, so its weight is
        # smaller, and the style term, which needs long trainings, is left out.
        "short": {
            "width": 28,
            "depth": 6,
            "perceptual": 0.002,
            "style": 0.0,
            "perceptual_from": 0.5,
        },
    }
    schedules = {
        "short": SHORT_LOOP,
        "paper": {
            "batch": 6,
            "learning_rate": 2e-4,
            "schedule": "drop",
            "level_until": 0.8,
            "decay": 0.25,
            "warmup": 0,
            "clip": 0.0,
            "small_until": 0.0,
        },
    }
    settings: PConvSettings

    def model_options(self) -> dict[str, object]:
        return {"width": self.settings.width, "depth": self.settings.depth}

    def build_model(self) -> PConvUNet:
        return PConvUNet(self.settings.width, self.settings.depth)

    def generator_loss(
        self, completion: Completion, batch: Batch, critic: nn.Module | None
    ) -> dict[str, Tensor]:
        s, output = self.settings, completion.image
        pasted = composite(output, batch.image, batch.hole)
        terms = {"l1": weighted_l1(output, batch.image, batch.hole, in_hole=s.hole, known=s.valid)}
        if s.variation:
            terms["variation"] = s.variation * hole_variation(pasted, batch.hole)
        return terms | self.feature_terms(batch, output, pasted)

    def before_step(self, model: nn.Module, progress: float) -> None:
        """Freeze the encoder's batch normalisation, statistics and parameters, in phase two."""
        if progress >= self.settings.freeze_norm_from:
            for block in model.encoder:
                block.norm.eval()
                block.norm.requires_grad_(False)
