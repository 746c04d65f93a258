"""Recipes: what each model is trained with, term by term."""

from __future__ import annotations

from trainers.recipes import deepfill_v2 as _deepfill_v2
from trainers.recipes import pconv_unet as _pconv_unet
from trainers.recipes._base import RECIPES, Recipe

__all__ = ["RECIPES", "Recipe"]
_ = (_deepfill_v2, _pconv_unet)
