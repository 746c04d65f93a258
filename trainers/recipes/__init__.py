"""Recipes: what each model is trained with, term by term."""

from __future__ import annotations

from trainers.recipes import (
    aot_gan,
    deepfill_v1,
    deepfill_v2,
    deepfill_v2_sketch,
    deepgin,
    edge_connect,
    global_local,
    lama,
    pconv_autoencoder,
    pconv_unet,
    pluralistic,
    recurrent_sobel,
)
from trainers.recipes._base import RECIPES, Recipe

__all__ = [
    "RECIPES",
    "Recipe",
    "aot_gan",
    "deepfill_v1",
    "deepfill_v2",
    "deepfill_v2_sketch",
    "deepgin",
    "edge_connect",
    "global_local",
    "lama",
    "pconv_autoencoder",
    "pconv_unet",
    "pluralistic",
    "recurrent_sobel",
]
