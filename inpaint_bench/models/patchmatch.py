"""PatchMatch: completion by copying patches of the photograph into the hole.

The nearest-neighbour field is the randomised one of Barnes, Shechtman, Finkelstein and Goldman,
PatchMatch: A Randomized Correspondence Algorithm for Structural Image Editing, 2009; around it
goes the multi-scale expectation maximisation of Wexler, Shechtman and Irani, Space-Time
Completion of Video, 2007. What differs from the papers:

- All patches are searched at once (see `_patchmatch_field`), translations only.
- In the distance of two patches, known pixels of the target count two hundred times as much
  as estimated ones: thin and scattered holes then follow what is around them.
- The coarsest level is filled from the rim inwards first (Newson et al. 2014).
- Votes are shifted from their mean towards their mode.
- Where few patches are free of missing pixels, sources may be partly missing; their missing
  pixels are never copied (see `_patchmatch_levels`).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from inpaint_bench.errors import ModelError
from inpaint_bench.models._base import MODELS
from inpaint_bench.models._classical import ClassicalInpainter
from inpaint_bench.models._patchmatch_field import Field, match_randomly, measure, search
from inpaint_bench.models._patchmatch_levels import Level, build_levels, peel, raise_matches
from inpaint_bench.models._patchmatch_vote import vote, vote_weights
from inpaint_bench.types import Traits

__all__ = ["PatchMatch"]

_MOST_PASSES, _FEWEST_PASSES = 8, 3
_FIRST_ROUNDS, _LATER_ROUNDS = 4, 2
_LARGE = ((250_000, (1, 1)), (100_000, (2, 2)))  # more targets than this: passes, rounds
_SETTLED = 1e-4  # mean change of the missing pixels at which a level is done


@MODELS.register("patchmatch")
class PatchMatch(ClassicalInpainter):
    """Fills holes with patches of the same photograph."""

    traits = Traits(
        title="PatchMatch",
        family="classical",
        paper="Barnes et al. 2009, PatchMatch: A Randomized Correspondence Algorithm for "
        "Structural Image Editing",
        stochastic=True,
        oversize="whole",
    )

    def __init__(self, patch: int = 7) -> None:
        """Set the size of the patches.

        Args:
            patch: side in pixels, odd; images with a shorter side get smaller patches.

        Raises:
            ModelError: the side is even, or not within 3 to 15.
        """
        if patch % 2 == 0 or not 3 <= patch <= 15:
            raise ModelError(f"expected an odd patch side of 3 to 15 pixels, got {patch}")
        self.patch = patch

    def fill(self, image: np.ndarray, hole: np.ndarray, seed: int) -> np.ndarray:
        """See `ClassicalInpainter.fill`."""
        rng = np.random.default_rng(seed)
        levels = build_levels(image, hole, self.patch)
        level = peel(levels[-1], rng)
        source = np.full(level.missing.size, -1, dtype=np.int64)
        level, field = _refine(level, source, _MOST_PASSES, rng)
        for above, fine in enumerate(reversed(levels[:-1]), start=1):
            level, source = raise_matches(level, field, fine)
            level, field = _refine(level, source, _MOST_PASSES - 2 * above, rng)
        return level.space.picture


def _refine(
    level: Level, source: np.ndarray, passes: int, rng: np.random.Generator
) -> tuple[Level, Field]:
    """Search and vote in turns until the colours settle.

    Args:
        level: with a first estimate.
        source: H*W matches to start from, -1 where there is none.
        passes: at most; large holes get fewer, small numbers are raised.
        rng: source of randomness.

    Returns:
        The level with its last estimate, and the field that gave it.
    """
    space = level.space
    source = match_randomly(space, source, rng)
    passes, rounds = _effort(passes, len(space.targets))
    reach = max(level.missing.shape) / (2.0 if rounds > 1 else 16.0)
    for _ in range(passes):
        field = measure(space, source)
        field = search(space, field, rounds=rounds, radius=reach, rng=rng)
        weights = vote_weights(space, field, level.depth)
        picture = vote(space, field, weights, wanted=level.missing, known=~level.missing)
        change = float(np.abs(picture - space.picture)[level.missing].mean())
        space, source = replace(space, picture=picture), field.source
        if change < _SETTLED:
            break
        rounds, reach = _LATER_ROUNDS, max(level.missing.shape) / 8.0
    return replace(level, space=space), field


def _effort(passes: int, targets: int) -> tuple[int, int]:
    """Return the passes and the rounds of the first search: less, the more there is to fill.

    Above a quarter of a million targets the matches of the coarser level are good enough to be
    polished once; a photograph of 12 megapixels then takes a minute instead of five.
    """
    for limit, effort in _LARGE:
        if targets > limit:
            return effort
    return max(passes, _FEWEST_PASSES), _FIRST_ROUNDS
