"""Adversarial losses against PyTorch's own and their formulas."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F

from trainers.losses.adversarial import (
    least_squares_critic,
    logistic_critic,
    logistic_generator,
    wasserstein_critic,
)

REAL, FAKE = torch.tensor([2.0, -1.0, 0.3]), torch.tensor([-2.0, 0.5, 0.1])


def test_the_logistic_losses_are_cross_entropies():
    ones, zeros = torch.ones(3), torch.zeros(3)
    entropy = F.binary_cross_entropy_with_logits
    assert logistic_critic(REAL, FAKE).item() == pytest.approx(
        (entropy(REAL, ones) + entropy(FAKE, zeros)).item(), rel=1e-5
    )
    assert logistic_generator(FAKE).item() == pytest.approx(entropy(FAKE, ones).item(), rel=1e-5)


def test_known_pixels_of_a_completion_count_as_real():
    made = torch.tensor([1.0, 0.0, 0.5])
    entropy = F.binary_cross_entropy_with_logits
    wanted = entropy(REAL, torch.ones(3)) + entropy(FAKE, 1 - made)
    assert logistic_critic(REAL, FAKE, made).item() == pytest.approx(wanted.item(), rel=1e-5)


def test_least_squares_and_wasserstein_are_their_formulas():
    assert least_squares_critic(REAL, FAKE).item() == pytest.approx(
        ((1 + 4 + 0.49) / 3 + (4 + 0.25 + 0.01) / 3) / 2, rel=1e-5
    )
    assert wasserstein_critic(REAL, FAKE).item() == pytest.approx(-1.4 / 3 - 1.3 / 3, rel=1e-5)
