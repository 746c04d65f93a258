"""What the papers and their published configurations say of weights, rates and batches."""

from __future__ import annotations

import pytest

from trainers.recipes import RECIPES
from trainers.settings import LoopSettings

# Of each paper's loss: weights as published; for pictures in [-1,1], twice as much of ours.
WEIGHTS = {
    "aot_gan": {"hole": 2, "known": 2, "perceptual": 0.1, "style": 250, "adversarial": 0.01},
    "deepfill_v1": {"gamma": 0.9, "penalty": 10, "critic_steps": 5, "adversarial": 0.001},
    "deepfill_v2": {"coarse": 2, "refined": 2, "adversarial": 1, "critic": "patch"},
    "deepfill_v2_sketch": {"coarse": 2, "refined": 2, "adversarial": 1, "critic": "patch"},
    "deepgin": {
        "hole": 5, "known": 1, "adversarial": 0.001, "perceptual": 0.05, "style": 80,
        "variation": 0.1,
    },
    "edge_connect": {
        "hole": 1, "known": 1, "adversarial": 0.1, "perceptual": 0.1, "style": 250, "matching": 10
    },
    "global_local": {"adversarial": 0.0004, "known": 0},
    "lama": {
        "hole": 0, "known": 10, "receptive": 30, "adversarial": 10, "matching": 100, "r1": 0.001
    },
    "pconv_autoencoder": {},
    "pconv_unet": {"valid": 1, "hole": 6, "perceptual": 0.05, "style": 120, "variation": 0.1},
    "pluralistic": {"hole": 20, "known": 20, "drawn_known": 20, "divergence": 80, "adversarial": 1},
    "recurrent_sobel": {
        "hole": 5, "known": 5, "low": 1, "high": 1, "low_perceptual": 1, "perceptual": 1,
        "style": 250, "matching": 1, "adversarial": 0.01,
    },
}  # fmt: skip
# Learning rates of the network and of its critic (0: the same), and the batch.
RATES = {
    "aot_gan": (1e-4, 0.0, 8),
    "deepfill_v1": (1e-4, 0.0, 16),
    "deepfill_v2": (1e-4, 0.0, 16),
    "deepfill_v2_sketch": (1e-4, 0.0, 16),
    "deepgin": (1e-4, 4e-4, 12),
    "edge_connect": (1e-4, 1e-5, 8),
    "global_local": (1.0, 0.0, 96),  # of ADADELTA
    "lama": (1e-3, 1e-4, 30),
    "pconv_autoencoder": (2e-4, 0.0, None),
    "pconv_unet": (2e-4, 0.0, 6),
    "pluralistic": (1e-4, 2e-4, 20),
    "recurrent_sobel": (1e-3, 4e-3, 2),
}


@pytest.mark.parametrize("name", list(RECIPES))
def test_the_paper_presets_have_the_published_weights_and_rates(name, tmp_path):
    recipe_class = RECIPES[name]
    settings = recipe_class.Settings(**recipe_class.presets["paper"])
    found = {key: getattr(settings, key) for key in WEIGHTS[name]}
    assert found == WEIGHTS[name]
    loop = LoopSettings((tmp_path,), tmp_path, **recipe_class.schedules["paper"])
    rate, critic_rate, batch = RATES[name]
    assert (loop.learning_rate, loop.critic_rate) == (rate, critic_rate)
    assert batch is None or loop.batch == batch
