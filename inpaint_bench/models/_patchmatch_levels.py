"""From coarse to fine: the pyramid of PatchMatch, and how each level starts."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from inpaint_bench.models._patchmatch_field import (
    Field,
    PatchSpace,
    count_in_patches,
    patch_ids,
    read_patches,
)
from inpaint_bench.models._patchmatch_vote import vote, vote_weights

__all__ = ["Level", "build_levels", "peel", "raise_matches"]

_SHALLOW = 3.0  # pixels: holes no deeper than this need no coarser level
_GUESSED = 0.005  # confidence in an estimated pixel; in a known one it is 1
_ENOUGH = 0.5  # share of patches free of missing pixels with which no others are needed
_SMOOTH = np.array([1.0, 3.0, 3.0, 1.0], dtype=np.float32) / 8.0
_MOST_PAIRS = 10_000_000  # patches compared with each other by brute force
_CHUNK = 1024


@dataclass(frozen=True)
class Level:
    """One size of the photograph.

    Attributes:
        space: its patches; the picture holds an estimate of the missing pixels.
        missing: HxW bool.
        depth: HxW float32, distance of missing pixels to the nearest known one.
    """

    space: PatchSpace
    missing: np.ndarray
    depth: np.ndarray


def build_levels(image: np.ndarray, hole: np.ndarray, patch: int) -> list[Level]:
    """Halve the photograph until its holes are shallow.

    Args:
        image: HxWx3 float32.
        hole: HxW bool, neither empty nor full.
        patch: side of the patches in pixels, odd.

    Returns:
        Levels from fine to coarse, at least one.
    """
    levels = [_level(image, hole, patch)]
    while levels[-1].depth.max() > _SHALLOW and min(hole.shape) >= 2 * patch + 2:
        image, hole = _halve(image, hole)
        if not hole.any() or hole.all():
            break
        levels.append(_level(image, hole, patch))
    return levels


def _level(image: np.ndarray, hole: np.ndarray, patch: int) -> Level:
    side = min(patch, (min(hole.shape) - 1) // 2 * 2 + 1)
    depth = cv2.distanceTransform(hole.astype(np.uint8), cv2.DIST_L2, 3)
    picture = np.where(hole[..., None], image[~hole].mean(axis=0), image).astype(np.float32)
    is_source = np.zeros(hole.shape, dtype=bool)
    chosen = _choose_sources(hole, side)
    is_source[: chosen.shape[0], : chosen.shape[1]] = chosen
    space = PatchSpace(
        picture=picture,
        confidence=np.where(hole, _GUESSED, 1.0).astype(np.float32),
        side=side,
        is_source=is_source.reshape(-1),
        targets=patch_ids(count_in_patches(hole, side) > 0, hole.shape[1]),
    )
    return Level(space, hole, depth)


def _choose_sources(hole: np.ndarray, side: int) -> np.ndarray:
    """Return which patches may be copied, (H-side+1)x(W-side+1) bool.

    Those without missing pixels, if they are enough. Scattered holes leave too few of them, or
    none at all: then also those of which half is known, or, if that is not enough either, as
    little as needed, but one pixel at least. Their missing pixels are compared by the present
    estimate and never copied.
    """
    known = count_in_patches(~hole, side)
    if (known == side * side).mean() >= _ENOUGH:
        return known == side * side
    enough = min(known.size, max(16, int(_ENOUGH * known.size)))
    most_known = np.partition(known.reshape(-1), known.size - enough)[known.size - enough]
    return known >= max(1, min(int(most_known), (side * side + 1) // 2))


def _halve(image: np.ndarray, hole: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Smooth the known pixels and keep every other one; missing where most is missing."""
    known = (~hole).astype(np.float32)
    weighted = np.dstack([image * known[..., None], known])  # HxWx4
    smooth = cv2.sepFilter2D(
        weighted, -1, _SMOOTH, _SMOOTH, anchor=(1, 1), borderType=cv2.BORDER_REFLECT
    )[::2, ::2]
    share = smooth[..., 3:]
    return smooth[..., :3] / np.maximum(share, 1e-6), share[..., 0] < 0.5


def raise_matches(coarse: Level, field: Field, fine: Level) -> tuple[Level, np.ndarray]:
    """Start a level from the result of the next coarser one.

    The colours come from the fine level's own pixels through the doubled offsets of the coarse
    field, so that nothing is blurred; where those give none, from the enlarged coarse colours.

    Returns:
        The fine level with its first estimate, and H*W matches, -1 where none was inherited.
    """
    height, width = fine.missing.shape
    below, across = coarse.missing.shape
    enlarged = cv2.resize(
        coarse.space.picture, (2 * across, 2 * below), interpolation=cv2.INTER_LINEAR
    )[:height, :width]
    picture = np.where(fine.missing[..., None], enlarged, fine.space.picture)
    space = replace(fine.space, picture=picture)
    inherited = _inherit(coarse, field, space)
    weights = vote_weights(space, inherited, fine.depth)
    picture = vote(space, inherited, weights, wanted=fine.missing, known=~fine.missing)
    return replace(fine, space=replace(space, picture=picture)), inherited.source


def _inherit(coarse: Level, field: Field, space: PatchSpace) -> Field:
    """Double the offsets of a coarse field, with the costs they have there."""
    width, (below, across) = space.picture.shape[1], coarse.missing.shape
    targets, middle, coarse_middle = space.targets, space.side // 2, coarse.space.side // 2
    y, x = np.divmod(targets, width)
    # The coarse patch whose centre lies under the centre of the fine one.
    under_y = ((y + middle) // 2 - coarse_middle).clip(0, below - coarse.space.side)
    under_x = ((x + middle) // 2 - coarse_middle).clip(0, across - coarse.space.side)
    under = under_y * across + under_x
    match = field.source[under]
    match_y, match_x = np.divmod(match, across)
    doubled = (y + 2 * (match_y - under_y)) * width + x + 2 * (match_x - under_x)
    inside = (match >= 0) & (doubled >= 0) & (doubled < space.is_source.size)
    inside &= space.is_source[np.where(inside, doubled, 0)]
    source = np.full(space.is_source.size, -1, dtype=np.int64)
    source[targets] = np.where(inside, doubled, -1)
    cost = np.zeros(source.size, dtype=np.float32)
    cost[targets] = np.where(inside, field.cost[under], 0.0)
    return Field(source, cost)


def peel(level: Level, rng: np.random.Generator) -> Level:
    """Give the coarsest level its first estimate, from the rim of the hole inwards.

    Each ring is filled from the sources that are nearest to what is known or filled already
    around it, found exactly; among a random part of the sources where there are very many.

    Reference:
        Newson et al. 2014, Video Inpainting of Complex Scenes, section 3.4 (onion peel).
    """
    space = level.space
    sources = np.flatnonzero(space.is_source)
    most = max(16, _MOST_PAIRS // len(space.targets))
    if len(sources) > most:
        sources = np.sort(rng.choice(sources, most, replace=False))
    left = level.missing
    while left.any():
        grown = cv2.dilate((~left).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
        ring = left & grown
        field, weights = _match_known(space, sources, left, ring)
        picture = vote(space, field, weights, wanted=ring, known=~level.missing)
        space = replace(space, picture=picture)
        left = left & ~ring
    return replace(level, space=space)


def _match_known(
    space: PatchSpace, sources: np.ndarray, left: np.ndarray, ring: np.ndarray
) -> tuple[Field, np.ndarray]:
    """Match the patches that cover the ring by their pixels outside of `left`, exactly."""
    width = left.shape[1]
    targets = patch_ids(count_in_patches(ring, space.side) > 0, width)
    counts = np.repeat((~left)[..., None], 3, axis=2).astype(np.float32)
    copied = read_patches(space.picture, space.side, sources)  # S x side*side*3
    squares = copied * copied
    match = np.full(left.size, -1, dtype=np.int64)
    cost = np.zeros(left.size, dtype=np.float32)
    weights = np.zeros(left.size, dtype=np.float32)
    for start in range(0, len(targets), _CHUNK):
        some = targets[start : start + _CHUNK]
        counted = read_patches(counts, space.side, some)
        pixels = read_patches(space.picture, space.side, some) * counted
        distances = counted @ squares.T - 2.0 * (pixels @ copied.T)
        distances[some[:, None] == sources] = np.inf  # a patch cannot be copied onto itself
        nearest = distances.argmin(axis=1)
        share = counted.mean(axis=1)
        squared = distances[np.arange(len(some)), nearest] + np.einsum("ij,ij->i", pixels, pixels)
        match[some] = sources[nearest]
        cost[some] = squared.clip(0.0, 1e6) / np.maximum(counted.sum(axis=1), 1.0)
        weights[some] = share * share
    scale = max(float(np.quantile(cost[targets], 0.75)), 1e-8)
    weights[targets] *= np.exp(-cost[targets] / (2.0 * scale))
    return Field(match, cost), weights + np.float32(1e-20)
