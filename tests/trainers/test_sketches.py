"""Strokes follow the edges of the photograph, inside the hole alone."""

from __future__ import annotations

import cv2
import numpy as np
import torch

from trainers.data import HeldOut, TrainingStream
from trainers.masks import MaskMixture
from trainers.pictures import find_photographs
from trainers.sketches import draw_sketch, find_edges


def _disc(side: int = 64) -> np.ndarray:
    """A bright disc of radius 20 on a dark ground."""
    picture = np.full((side, side, 3), 40, np.uint8)
    return cv2.circle(picture, (side // 2, side // 2), 20, (200, 180, 160), -1)


def test_the_edge_of_a_disc_is_a_circle():
    rows, columns = np.nonzero(find_edges(_disc()))
    distance = np.hypot(rows - 32, columns - 32)
    assert len(rows) > 90  # about 2 pi 20
    assert np.all(np.abs(distance - 20) < 2)


def test_a_level_picture_has_no_edges():
    assert not find_edges(np.full((32, 32, 3), 90, np.uint8)).any()


def test_strokes_lie_in_the_hole_and_near_an_edge():
    hole = np.zeros((64, 64), bool)
    hole[:, 20:] = True
    near = cv2.dilate(find_edges(_disc()).astype(np.uint8), np.ones((7, 7), np.uint8)) > 0
    for seed in range(50):
        sketch = draw_sketch(_disc(), hole, np.random.default_rng(seed))
        assert not (sketch & ~hole).any()
        assert not (sketch & ~near).any()


def test_some_samples_have_no_strokes_some_a_part_and_some_all():
    hole = np.ones((128, 128), bool)
    discs = np.tile(_disc(), (2, 2, 1))
    kinds = []
    for seed in range(300):
        sketch = draw_sketch(discs, hole, np.random.default_rng(seed))
        corners = [sketch[:64, :64], sketch[:64, 64:], sketch[64:, :64], sketch[64:, 64:]]
        kinds.append(sum(bool(corner.sum() > 60) for corner in corners))  # discs with most of them
    share = np.bincount(kinds, minlength=5) / 300
    assert 0.25 < share[0] < 0.5
    assert share[1:4].sum() > 0.2
    assert share[4] > 0.2


def test_the_stream_and_the_held_out_subset_give_a_third_plane(photographs):
    files, masks = find_photographs([photographs]), MaskMixture({"centre": 1.0})
    stream = TrainingStream(files, masks, size=32, seed=0, sketches=True)
    samples = [stream.sample(n) for n in range(12)]
    subset = HeldOut(files, masks, size=32, seed=0, sketches=True)
    for image, hole, sketch in [*samples, *(subset[i] for i in range(4))]:
        assert image.shape == (3, 32, 32) and hole.shape == sketch.shape == (1, 32, 32)
        assert sketch.dtype == torch.uint8 and not bool((sketch > hole).any())
    assert any(bool(sketch.any()) for _, _, sketch in samples)


def test_image_and_hole_do_not_depend_on_whether_sketches_are_drawn(photographs):
    files, masks = find_photographs([photographs]), MaskMixture({"free_form": 1.0})
    plain = TrainingStream(files, masks, size=32, seed=3)
    sketched = TrainingStream(files, masks, size=32, seed=3, sketches=True)
    for n in range(6):
        for a, b in zip(plain.sample(n), sketched.sample(n)[:2], strict=True):
            assert torch.equal(a, b)
