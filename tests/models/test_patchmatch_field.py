"""The randomised nearest-neighbour field against an exhaustive search."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
import pytest

from inpaint_bench.models._patchmatch_field import (
    PatchSpace,
    count_in_patches,
    match_randomly,
    measure,
    patch_ids,
    read_patches,
    search,
)

SIDE = 5


@pytest.fixture(scope="module")
def space():
    """Give a picture of shapes and grain with a box of targets in the middle."""
    rng = np.random.default_rng(0)
    noise = rng.random((56, 60, 3)).astype(np.float32)
    picture = 0.7 * cv2.GaussianBlur(noise, (0, 0), 4) + 0.3 * cv2.GaussianBlur(noise, (0, 0), 1)
    picture[:, 20:24] = (0.8, 0.2, 0.1)
    picture = np.ascontiguousarray(picture / picture.max())
    hole = np.zeros((56, 60), dtype=bool)
    hole[20:38, 22:44] = True
    whole = count_in_patches(~hole, SIDE) == SIDE * SIDE
    is_source = np.zeros(hole.shape, dtype=bool)
    is_source[: whole.shape[0], : whole.shape[1]] = whole
    return PatchSpace(
        picture=picture,
        confidence=rng.uniform(0.1, 1.0, hole.shape).astype(np.float32),
        side=SIDE,
        is_source=is_source.reshape(-1),
        targets=patch_ids(count_in_patches(hole, SIDE) > 0, 60),
    )


def patches_of(picture):
    """Cut every patch with plain slices: (flat name) -> row of numbers."""
    height, width = picture.shape[:2]
    return {
        y * width + x: picture[y : y + SIDE, x : x + SIDE].reshape(-1)
        for y in range(height - SIDE + 1)
        for x in range(width - SIDE + 1)
    }


def exact_costs(space):
    """Compare every target with every source."""
    patches = patches_of(space.picture)
    weights = patches_of(np.repeat(space.confidence[..., None], 3, axis=2))
    sources = np.stack([patches[name] for name in np.flatnonzero(space.is_source)])
    costs = []
    for target in space.targets:
        squares = (sources - patches[target]) ** 2
        costs.append(np.average(squares, axis=1, weights=weights[target]).min())
    return np.array(costs)


def begin(space, seed=1):
    rng = np.random.default_rng(seed)
    none = np.full(space.is_source.size, -1, dtype=np.int64)
    return measure(space, match_randomly(space, none, rng)), rng


def test_patches_are_read_as_plain_slices_would(space):
    patches = patches_of(space.picture)
    names = np.array([0, 55, 60, 3 * 60 + 7, 51 * 60 + 55])
    expected = np.stack([patches[name] for name in names])
    np.testing.assert_array_equal(read_patches(space.picture, SIDE, names), expected)


def test_pixels_in_patches_are_counted_as_plain_slices_would():
    mask = np.random.default_rng(3).random((9, 12)) < 0.4
    counts = count_in_patches(mask, 3)
    expected = [[mask[y : y + 3, x : x + 3].sum() for x in range(10)] for y in range(7)]
    np.testing.assert_array_equal(counts, expected)


def test_measured_costs_are_weighted_mean_squares(space):
    field, _ = begin(space)
    patches = patches_of(space.picture)
    weights = patches_of(np.repeat(space.confidence[..., None], 3, axis=2))
    for target in space.targets[::37]:
        squares = (patches[field.source[target]] - patches[target]) ** 2
        expected = np.average(squares, weights=weights[target])
        assert field.cost[target] == pytest.approx(expected, rel=1e-4)


def test_the_field_comes_close_to_an_exhaustive_search(space):
    exact = exact_costs(space).mean()
    field, rng = begin(space)
    start = field.cost[space.targets].mean()
    found = search(space, field, rounds=6, radius=30.0, rng=rng).cost[space.targets]
    assert start > 5 * exact
    assert exact * (1 - 1e-4) <= found.mean() < 1.15 * exact


def test_no_cost_ever_rises_and_more_rounds_find_more(space):
    field, rng = begin(space)
    means = [field.cost[space.targets].mean()]
    for _ in range(4):
        better = search(space, field, rounds=1, radius=30.0, rng=rng)
        assert (better.cost <= field.cost).all()
        means.append(better.cost[space.targets].mean())
        field = better
    assert all(later < earlier for earlier, later in pairwise(means))


def test_matches_are_sources_and_their_costs_are_true(space):
    field, rng = begin(space)
    found = search(space, field, rounds=3, radius=30.0, rng=rng)
    assert space.is_source[found.source[space.targets]].all()
    others = np.ones(space.is_source.size, dtype=bool)
    others[space.targets] = False
    assert (found.source[others] == -1).all()
    again = measure(space, found.source)
    np.testing.assert_allclose(found.cost, again.cost, rtol=1e-5)


def test_the_field_given_is_not_changed(space):
    field, rng = begin(space)
    before = field.source.copy(), field.cost.copy()
    search(space, field, rounds=2, radius=10.0, rng=rng)
    np.testing.assert_array_equal(field.source, before[0])
    np.testing.assert_array_equal(field.cost, before[1])


def test_a_good_match_crosses_the_hole_by_propagation_alone(space):
    # One target knows the true shift of a picture that repeats; jumps carry it to all others.
    tile = np.random.default_rng(5).random((14, 15, 3)).astype(np.float32)
    picture = np.ascontiguousarray(np.tile(tile, (4, 4, 1)))
    repeating = PatchSpace(picture, space.confidence, SIDE, space.is_source, space.targets)
    source = np.full(space.is_source.size, -1, dtype=np.int64)
    worst = int(np.flatnonzero(space.is_source)[0])
    source[space.targets] = worst
    middle = space.targets[len(space.targets) // 2]
    rows_up = 28 * 60 if space.is_source[middle - 28 * 60] else 14 * 60
    source[middle] = middle - rows_up
    field = measure(repeating, source)
    assert field.cost[middle] == 0
    found = field
    for _ in range(4):
        found = search(repeating, found, rounds=5, radius=0.0, rng=np.random.default_rng(0))
    assert (found.cost[space.targets] == 0).mean() > 0.5
