"""The arena without a page: which two methods meet on which picture, and what the votes say."""

from __future__ import annotations

import math
import secrets
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd

from inpaint_bench.bench.bradley_terry import Strength, fit_strengths
from inpaint_bench.errors import InpaintBenchError
from inpaint_bench.ui import steps
from inpaint_bench.ui.catalogue import Entry
from inpaint_bench.ui.comparison import Comparison
from inpaint_bench.ui.published import published_sets, read_published
from inpaint_bench.ui.session import Photograph

__all__ = ["Match", "draw_match", "metric_ranks", "standings"]

_BUCKETS = ("10-20 %", "20-30 %", "30-40 %")
_METRICS = ("l1_hole", "psnr", "ssim", "lpips_alex", "perceptual_squeeze")
_COMPARED_ON = "samples-256"
_FEWEST = 10  # votes below which an interval over resampled votes says nothing


def _random_word() -> str:
    return secrets.token_hex(8)


@dataclass(frozen=True, eq=False)
class Match:
    """Two results of one picture, shown without names.

    Attributes:
        comparison: both results; the first variant stands left.
        own: whether the photograph is the visitor's.
        pair: random word that stands for this match.
        session: random word that stands for the visitor's session.
    """

    comparison: Comparison
    own: bool
    pair: str = field(default_factory=_random_word)
    session: str = field(default_factory=_random_word)

    @property
    def left(self) -> str:
        """Variant on the left."""
        return self.comparison.variants[0]

    @property
    def right(self) -> str:
        """Variant on the right."""
        return self.comparison.variants[1]


def draw_match(
    names: Sequence[str],
    votes: pd.DataFrame,
    rng: np.random.Generator,
    *,
    side: int,
    own: tuple[Photograph, np.ndarray] | None = None,
) -> Match:
    """Choose two methods, those that have met least, in random order, and a picture.

    Args:
        names: variants that can run here.
        votes: so far.
        rng: of pair, order, photograph and hole.
        side: longest side of photographs.
        own: the visitor's photograph and hole; None for an example with a random hole.

    Raises:
        InpaintBenchError: there are fewer than two variants.
    """
    if len(names) < 2:
        raise InpaintBenchError(f"expected two methods or more to compare, got {len(names)}")
    met = Counter(frozenset(pair) for pair in zip(votes["left"], votes["right"], strict=True))
    pairs = [frozenset(pair) for pair in combinations(names, 2)]
    fewest = min(met[pair] for pair in pairs)
    rarest = [sorted(pair) for pair in pairs if met[pair] == fewest]
    pair = rng.permutation(rarest[int(rng.integers(len(rarest)))])
    photo, hole = own or _example(rng, side)
    comparison = Comparison(
        name=photo.name,
        picture=photo.working,
        hole=hole,
        variants=tuple(str(name) for name in pair),
        seed=int(rng.integers(2**31)),
    )
    return Match(comparison, own is not None)


def standings(
    votes: pd.DataFrame, entries: Mapping[str, Entry], results: Path
) -> tuple[list[str], list[list[str]]]:
    """Return headings and rows: people's score beside the place by each metric.

    Args:
        results: folder of published records.
    """
    strengths = fit_strengths(votes)
    places = metric_ranks(list(strengths), results)
    headings = ["Place", "Method", "Score", "95 % interval", "Votes", "Both bad", "Naturalness"]
    headings += [f"by {title}" for title in places]
    rows = []
    for place, (name, strength) in enumerate(strengths.items(), start=1):
        title = entries[name].title if name in entries else name
        row = [str(place), title, *_figures(strength), _naturalness(votes, name)]
        rows.append(row + [_beside(place, ranks.get(name)) for ranks in places.values()])
    return headings, rows


def metric_ranks(names: Sequence[str], results: Path) -> dict[str, dict[str, int]]:
    """Return metric's title -> variant -> place among `names`, on the example photographs."""
    if _COMPARED_ON not in published_sets(results):
        return {}
    published, found = read_published(results, _COMPARED_ON), {}
    for metric in _METRICS:
        if metric not in published.measures:
            continue
        measure = published.measures[metric]
        values = {name: published.estimate(metric, name).mean for name in names}
        known = [name for name, value in values.items() if not math.isnan(value)]
        known.sort(key=values.__getitem__, reverse=measure.higher_is_better)
        if known:
            found[measure.title] = {name: i for i, name in enumerate(known, start=1)}
    return found


def _example(rng: np.random.Generator, side: int) -> tuple[Photograph, np.ndarray]:
    choices = steps.sample_choices()
    photo = steps.sample(choices[int(rng.integers(len(choices)))][0], max_side=side)
    bucket = _BUCKETS[int(rng.integers(len(_BUCKETS)))]
    return photo, steps.draw_hole("free_form", bucket, int(rng.integers(2**31)), photo)


def _figures(strength: Strength) -> list[str]:
    told = strength.votes >= _FEWEST and not math.isnan(strength.low)
    return [
        f"{strength.score:.0f}",
        f"{strength.low:.0f} to {strength.high:.0f}" if told else "–",
        str(strength.votes),
        f"{100.0 * strength.both_bad:.0f} %",
    ]


def _naturalness(votes: pd.DataFrame, name: str) -> str:
    rated = pd.concat(
        [
            votes.loc[votes["left"] == name, "natural_left"],
            votes.loc[votes["right"] == name, "natural_right"],
        ]
    ).dropna()
    return f"{rated.astype(float).mean():.1f} ({len(rated)})" if len(rated) else "–"


def _beside(place: int, rank: int | None) -> str:
    """Return a metric's place, with how far people disagree."""
    if rank is None:
        return "–"
    return str(rank) if rank == place else f"{rank} ({place - rank:+d})"
