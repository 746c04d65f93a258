"""Colours of missing pixels from the patches that cover them."""

from __future__ import annotations

import numpy as np

from inpaint_bench.models._patchmatch_field import Field, PatchSpace

__all__ = ["vote", "vote_weights"]

_CHUNK = 4096
_FADE = 2.0  # a vote weighs this much less for each pixel further from the known ones
_QUANTILE = 0.75
_SIGMA = 0.06  # colours this far apart, of a range of 1, agree


def vote_weights(space: PatchSpace, field: Field, depth: np.ndarray) -> np.ndarray:
    """Return how much the match of each target counts.

    Args:
        space: the patches.
        field: their matches.
        depth: HxW, distance to the nearest known pixel.

    Returns:
        H*W float32, 0 for patches without a match.

    Reference:
        Wexler, Shechtman and Irani 2007, section 3.2: exp(-d / 2 sigma^2) with sigma at the
        75th percentile of the distances, times a constant to the minus distance from the known
        (1.3 there, 2 here: sharper).
    """
    matched = space.targets[field.source[space.targets] >= 0]
    weights = np.zeros(field.cost.size, dtype=np.float32)
    if not matched.size:
        return weights
    costs = field.cost[matched]
    scale = max(float(np.quantile(costs, _QUANTILE)), 1e-8)
    centre = matched + (space.side // 2) * (space.picture.shape[1] + 1)
    fade = _FADE ** -depth.reshape(-1)[centre].astype(np.float32)
    weights[matched] = np.exp(-costs / (2.0 * scale)) * fade + 1e-20
    return weights


def vote(
    space: PatchSpace,
    field: Field,
    weights: np.ndarray,
    *,
    wanted: np.ndarray,
    known: np.ndarray,
) -> np.ndarray:
    """Let every patch that covers a wanted pixel vote for its colour.

    The result starts from the weighted mean and moves to the votes that agree with it: a mean
    over two sides of an edge would blur it.

    Args:
        space: the patches.
        field: the matches.
        weights: H*W float32, from `vote_weights`.
        wanted: HxW bool, the pixels to colour.
        known: HxW bool, the pixels that may be copied.

    Returns:
        HxWx3 float32, new; wanted pixels without a single vote keep their colour.

    Reference:
        Wexler, Shechtman and Irani 2007, section 3.2 and (for modes instead of means) 3.3.
    """
    height, width = wanted.shape
    side, border = space.side, space.side - 1
    padded_width = width + border
    matches = _pad(field.source, (height, width), border, -1)
    weights = _pad(weights, (height, width), border, 0.0)
    shift = np.arange(side)
    steps = (shift[:, None] * width + shift).reshape(-1)  # side*side, within the picture
    padded_steps = (shift[:, None] * padded_width + shift).reshape(-1)
    colours = space.picture.reshape(-1, 3)
    may_vote = known.reshape(-1)
    result = colours.copy()
    pixels = np.flatnonzero(wanted)
    for start in range(0, len(pixels), _CHUNK):
        some = pixels[start : start + _CHUNK]
        y, x = np.divmod(some, width)
        covering = ((y + border) * padded_width + x + border)[:, None] - padded_steps
        match = matches[covering]
        voter = np.where(match >= 0, match + steps, 0)
        weight = weights[covering] * (may_vote[voter] & (match >= 0))  # some x side*side
        has = weight.sum(axis=1) > 0.0
        votes = colours.view("V12")[voter[has], 0].view(np.float32)
        result[some[has]] = _agree(votes.reshape(*voter[has].shape, 3), weight[has])
    return result.reshape(height, width, 3)


def _agree(votes: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Return the mean of N x V x 3 votes after one step of mean shift from their mean."""
    weight = weight / weight.sum(axis=1, keepdims=True)
    away = votes - np.einsum("nv,nvc->nc", weight, votes)[:, None]
    apart = np.einsum("nvc,nvc->nv", away, away)
    weight = weight * (np.exp(apart * (-0.5 / _SIGMA**2)) + 1e-6)
    weight /= weight.sum(axis=1, keepdims=True)
    return np.einsum("nv,nvc->nc", weight, votes)


def _pad(values: np.ndarray, size: tuple[int, int], border: int, fill: float) -> np.ndarray:
    """Put H*W values into a frame of `fill` at the top and the left, flat."""
    framed = np.pad(
        values.reshape(size), ((border, 0), (border, 0)), mode="constant", constant_values=fill
    )
    return framed.reshape(-1)
