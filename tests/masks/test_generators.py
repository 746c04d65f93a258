"""What each generator draws, against what its source says of it."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from scipy import ndimage

from inpaint_bench.masks import (
    draw_cellular_automata,
    draw_completion,
    draw_deepfill_v2_bbox,
    draw_deepgin_rectangle,
    draw_every_n_lines,
    draw_expand,
    draw_fixed_rectangle,
    draw_icme_blocks,
    draw_nearest_neighbour,
    draw_outpainting,
    draw_random_walk,
    draw_segmentation,
    draw_shapes,
    hole_ratio,
)


def draws(function, count=100, height=128, width=96, seed=0):
    rng = np.random.default_rng(seed)
    return [function(height, width, rng) for _ in range(count)]


def sides(hole):
    """Give height and width of the box around the missing pixels, which must be solid."""
    rows, columns = np.flatnonzero(hole.any(axis=1)), np.flatnonzero(hole.any(axis=0))
    high, wide = rows[-1] + 1 - rows[0], columns[-1] + 1 - columns[0]
    assert hole.sum() == high * wide
    return high, wide


def test_the_fixed_rectangle_is_a_quarter_of_the_image_anywhere():
    holes = draws(draw_fixed_rectangle)
    assert {sides(hole) for hole in holes} == {(64, 48)}
    assert len({hole.tobytes() for hole in holes}) > 20


def test_the_rectangle_of_deepgin_has_30_to_70_per_cent_of_each_side():
    found = np.array([sides(hole) for hole in draws(draw_deepgin_rectangle, 400)]) / (128, 96)
    assert 0.28 <= found.min() <= 0.32 and 0.68 <= found.max() <= 0.70
    assert abs(found.mean() - 0.5) < 0.02 and abs(np.corrcoef(found.T)[0, 1]) < 0.15


def test_the_box_of_deepfill_v2_keeps_its_pixels_at_any_size():
    found = np.array([sides(hole) for hole in draws(draw_deepfill_v2_bbox, 200, 512, 300)])
    assert found.min() >= 96 and found.max() <= 128 and (found % 2 == 0).all()


def test_a_random_walk_is_one_piece_that_single_steps_connect():
    for hole in draws(draw_random_walk, 20, 40, 64):
        assert ndimage.label(hole)[1] == 1  # 4-neighbours
    ratios = [hole_ratio(hole) for hole in draws(draw_random_walk, 60, 48, 48)]
    assert 0.1 < np.mean(ratios) < 0.4


def test_a_random_walk_never_leaves_the_image_and_reaches_its_borders():
    seen = np.mean(draws(draw_random_walk, 300, 16, 24), axis=0)
    assert seen.shape == (16, 24) and seen.min() > 0.1
    assert abs(seen[:8].mean() / seen[8:].mean() - 1) < 0.1
    assert abs(seen[:, :12].mean() / seen[:, 12:].mean() - 1) < 0.1


def test_shapes_are_no_thicker_than_their_source_allows():
    for hole in draws(draw_shapes, 30, 256, 256):
        disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (61, 61))
        assert not cv2.erode(np.pad(hole, 40).astype(np.uint8), disc).any()
    ratios = [hole_ratio(hole) for hole in draws(draw_shapes, 200, 128, 128)]
    assert min(ratios) < 0.15 and max(ratios) > 0.5


def test_cells_of_the_automaton_are_blobs_of_every_scale():
    """Of noise half of the neighbours differ; the majority rule leaves far fewer."""
    edges = [
        np.diff(hole.astype(int), axis=1).astype(bool).mean()
        for hole in draws(draw_cellular_automata, 80)
    ]
    assert max(edges) < 0.3 and min(edges) < 0.06
    assert 0.35 < np.mean([hole_ratio(h) for h in draws(draw_cellular_automata, 80)]) < 0.6


def test_outpainting_leaves_one_rectangle_and_touches_the_border():
    holes = draws(draw_outpainting, 300)
    for hole in holes:
        high, wide = sides(~hole)
        assert high >= 0.49 * 128 and wide >= 0.49 * 96 and hole.any()
        assert hole[0].all() or hole[-1].all() or hole[:, 0].all() or hole[:, -1].all()
    touched = [[h[:, 0].all(), h[0].all(), h[:, -1].all(), h[-1].all()] for h in holes]
    assert np.abs(np.mean(touched, axis=0) - 0.5).max() < 0.12


def test_lost_blocks_lie_on_a_grid_and_come_alone_or_in_runs():
    longest = []
    for hole in draws(draw_icme_blocks, 60, 128, 192):
        block = next(b for b in (32, 16, 8) if _on_grid(hole, b))
        assert 0.03 <= hole_ratio(hole) <= 0.52
        lost = hole[::block, ::block]
        runs = ndimage.label(lost, np.array([[0, 0, 0], [1, 1, 1], [0, 0, 0]]))
        longest.append(np.bincount(runs[0].ravel())[1:].max() * block)
    assert min(longest) <= 64 < 120 <= max(longest)


def _on_grid(hole, block):
    return np.array_equal(np.kron(hole[::block, ::block], np.ones((block, block), bool)), hole)


def test_lost_blocks_of_other_sizes_are_cut_off_at_the_border():
    assert all(hole.shape == (70, 101) for hole in draws(draw_icme_blocks, 20, 70, 101))


def test_objects_are_few_smooth_pieces_without_holes():
    for hole in draws(draw_segmentation, 60, 160, 200):
        assert 1 <= ndimage.label(hole, np.ones((3, 3)))[1] <= 3
        assert 0.005 < hole_ratio(hole) < 0.8
        smooth = cv2.medianBlur(hole.astype(np.uint8), 5).astype(bool)
        assert (smooth ^ hole).mean() < 0.01


def test_completion_takes_20_to_80_per_cent_from_one_of_four_ends():
    holes = draws(draw_completion, 300)
    shares = [hole_ratio(hole) for hole in holes]
    assert 0.19 <= min(shares) < 0.25 and 0.75 < max(shares) <= 0.81
    ends = {(bool(h[0, 0]), bool(h[0, -1]), bool(h[-1, 0])) for h in holes}
    assert len(ends) == 4


def test_expand_keeps_a_centred_square_of_a_quarter_a_third_or_half():
    found = {sides(~hole) for hole in draws(draw_expand, 60, 128, 96)}
    assert found == {(24, 24), (32, 32), (48, 48)}


@pytest.mark.parametrize("size", [(60, 60), (61, 75)])
def test_every_n_lines_takes_rows_or_columns_in_even_steps(size):
    found = set()
    for hole in draws(draw_every_n_lines, 100, *size):
        lines = hole if hole[0].all() else hole.T
        missing = np.flatnonzero(lines.all(axis=1))
        assert lines.sum() == len(missing) * lines.shape[1]
        found |= {(int(np.diff(missing)[0]), bool(hole[0].all()))}
        assert len(set(np.diff(missing))) == 1
    assert found == {(step, way) for step in (2, 3, 4, 5) for way in (True, False)}


def test_nearest_neighbour_keeps_a_grid_of_single_pixels():
    found = set()
    for hole in draws(draw_nearest_neighbour, 60):
        step = int(np.diff(np.flatnonzero(~hole[0]))[0])
        kept = hole[::step, ::step]
        assert not kept.any() and hole.sum() == hole.size - kept.size
        found.add(step)
    assert found == {2, 3, 4}
