"""Generators of other projects against the statistics of their own draws."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from inpaint_bench.masks import MASKS, hole_ratio
from inpaint_bench.masks.lama import LAMA, draw_lama

SHARED = Path(__file__).parents[3] / "shared" / "parity" / "mask_statistics.json"
COPY = Path(__file__).parents[1] / "fixtures" / "masks" / "mask_statistics.json"
PUBLISHED = json.loads(COPY.read_text(encoding="utf-8"))


def test_the_copy_of_the_statistics_is_the_shared_one():
    if not SHARED.is_file():
        pytest.skip("the shared statistics ../shared/parity/mask_statistics.json are not here")
    assert json.loads(SHARED.read_text(encoding="utf-8")) == PUBLISHED


@pytest.mark.parametrize("name", PUBLISHED)
def test_hole_ratios_follow_the_published_distribution(name, check_statistics):
    size = int(name.rpartition("_")[2])
    rng = np.random.default_rng(0)
    count = 600 if size == 512 else 1500
    ratios = [hole_ratio(MASKS[name](size, size, rng)) for _ in range(count)]
    check_statistics(np.array(ratios), name)


@pytest.mark.parametrize("name", LAMA)
def test_as_many_draws_are_thrown_away_as_in_the_published_code(name, monkeypatch):
    """`kept_of` of the statistics: draws of which no more than half was missing."""
    from inpaint_bench.masks import lama

    made = []
    for kind in ("_draw_brushes", "_draw_boxes"):
        real = getattr(lama, kind)
        monkeypatch.setattr(lama, kind, lambda *given, real=real: made.append(1) or real(*given))
    size = int(name.rpartition("_")[2])
    rng = np.random.default_rng(1)
    count = 300
    for _ in range(count):
        draw_lama(LAMA[name], size, size, rng)
    expected = PUBLISHED[name]["n"] / PUBLISHED[name]["kept_of"]
    found = count / len(made)
    error = np.sqrt(expected * (1 - expected) * (1 / len(made) + 1 / PUBLISHED[name]["kept_of"]))
    assert abs(found - expected) <= max(3.0 * error, 0.005)
