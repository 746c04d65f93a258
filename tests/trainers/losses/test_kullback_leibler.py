"""Divergences against PyTorch's own."""

from __future__ import annotations

import torch
from torch.distributions import Normal, kl_divergence

from trainers.losses.kullback_leibler import symmetric_divergence


def test_it_is_the_sum_of_both_directions():
    p = Normal(torch.randn(2, 8, 3, 3), torch.rand(2, 8, 3, 3) + 0.1)
    q = Normal(torch.randn(2, 8, 3, 3), torch.rand(2, 1, 1, 1).expand(2, 8, 3, 3) + 0.1)
    wanted = (kl_divergence(p, q) + kl_divergence(q, p)).mean()
    found = symmetric_divergence(p.loc, p.scale, q.loc, q.scale)
    torch.testing.assert_close(found, wanted)


def test_equal_distributions_have_none():
    mean, deviation = torch.randn(1, 4, 2, 2), torch.rand(1, 4, 2, 2) + 0.1
    assert symmetric_divergence(mean, deviation, mean, deviation).abs() < 1e-6
