"""DeepFill v2 with a sketch: DeepFill v2's terms, with strokes in the hole for model and critic.

Yu et al. 2019, section 3.5 and the authors' published training: the critic is conditional, it
sees the strokes as one more plane. Strokes: see `trainers.sketches`.
"""

from __future__ import annotations

from inpaint_bench.models.deepfill_v2_sketch import DeepFillV2Sketch
from trainers.recipes._base import RECIPES
from trainers.recipes.deepfill_v2 import DeepFillV2Recipe

__all__ = ["DeepFillV2SketchRecipe"]


@RECIPES.register("deepfill_v2_sketch")
class DeepFillV2SketchRecipe(DeepFillV2Recipe):
    """See the module."""

    sketches = True

    def build_model(self) -> DeepFillV2Sketch:
        return DeepFillV2Sketch(self.settings.width)
