"""Learning rates as the papers state them."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from trainers.schedule import build_optimiser, rate_share
from trainers.settings import LoopSettings


def _settings(**changes) -> LoopSettings:
    return LoopSettings(data=(Path("."),), out=Path("."), **{"warmup": 0, **changes})


def test_the_autoencoders_rate_falls_to_a_tenth_every_ten_epochs_of_cifar():
    settings = _settings(schedule="steps", decay=0.1, decay_images=500_000)
    found = [rate_share(settings, epoch * 50_000, 0.0) for epoch in (0, 9, 10, 19, 20)]
    assert found == pytest.approx([1, 1, 0.1, 0.1, 0.01])


def test_deepgins_rate_is_level_for_twenty_of_110_epochs_then_falls_to_nothing():
    settings = _settings(schedule="linear", level_until=20 / 110)
    found = [rate_share(settings, 0, epoch / 110) for epoch in (0, 20, 65, 110)]
    assert found == pytest.approx([1, 1, 0.5, 0])


def test_pconvs_rate_drops_once_to_a_quarter():
    settings = _settings(schedule="drop", level_until=0.8, decay=0.25)
    assert [rate_share(settings, 0, p) for p in (0.0, 0.79, 0.8, 1.0)] == [1, 1, 0.25, 0.25]


def test_a_warm_up_rises_linearly_to_the_cosine():
    settings = _settings(warmup=1600, batch=16)
    assert rate_share(settings, 0, 0.0) == pytest.approx(0.01)
    assert rate_share(settings, 784, 0.0) == pytest.approx(0.5)
    assert rate_share(settings, 9999, 0.5) == pytest.approx(0.505)
    assert rate_share(settings, 9999, 1.0) == pytest.approx(0.01)


def test_critics_have_a_momentum_of_their_own():
    parameters = [torch.nn.Parameter(torch.zeros(1))]
    settings = _settings(beta1=0.9, critic_beta1=0.5, beta2=0.99)
    assert build_optimiser(settings, parameters).param_groups[0]["betas"] == (0.9, 0.99)
    critic = build_optimiser(settings, parameters, critic=True)
    assert critic.param_groups[0]["betas"] == (0.5, 0.99)
    adadelta = build_optimiser(_settings(optimiser="adadelta"), parameters)
    assert isinstance(adadelta, torch.optim.Adadelta)
