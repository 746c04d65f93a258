"""The average of a model's weights, beside the recursion written out."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from trainers.average import WeightAverage


def test_the_average_is_the_recursion_of_the_weights_whose_youth_forgets_faster():
    model = nn.Sequential(nn.Linear(1, 1, bias=False), nn.BatchNorm1d(1))
    average, wanted = WeightAverage(model, 0.4), model[0].weight.item()
    for step in range(1, 30):
        with torch.no_grad():
            model[0].weight.fill_(step**2)
            model[1].running_mean.fill_(-step)
        average.update(model)
        decay = min(0.4, (1 + step) / (10 + step))
        wanted = decay * wanted + (1 - decay) * step**2
    assert float(average.state["0.weight"]) == pytest.approx(wanted, rel=1e-5)
    assert float(average.state["1.running_mean"]) == -29  # statistics are the model's own
