"""The stream of samples depends on the seed alone."""

from __future__ import annotations

from collections import Counter
from itertools import islice

import numpy as np
import pytest
import torch
from PIL import Image

from inpaint_bench.errors import DataMissingError, MaskError
from trainers.data import HeldOut, TrainingStream, make_loader, split
from trainers.masks import MaskMixture
from trainers.pictures import find_photographs


def _batches(folder, *, workers=0, first=0, step=1, offset=0, count=3):
    stream = TrainingStream(
        find_photographs([folder]),
        MaskMixture({"free_form": 1.0}),
        size=32,
        seed=7,
        first=first,
        step=step,
        offset=offset,
    )
    return list(islice(make_loader(stream, 4, workers), count))


def test_samples_do_not_depend_on_the_number_of_workers(photographs):
    for (a, b), (c, d) in zip(_batches(photographs), _batches(photographs, workers=2), strict=True):
        assert torch.equal(a, c) and torch.equal(b, d)


def test_a_stream_goes_on_where_another_stopped(photographs):
    whole = _batches(photographs, count=4)
    rest = _batches(photographs, first=8, count=2)
    for (a, b), (c, d) in zip(whole[2:], rest, strict=True):
        assert torch.equal(a, c) and torch.equal(b, d)


def test_two_processes_share_the_samples_out_without_overlap(photographs):
    whole = torch.cat([image for image, _ in _batches(photographs, count=2)])
    even = _batches(photographs, step=2, offset=0, count=1)[0][0]
    odd = _batches(photographs, step=2, offset=1, count=1)[0][0]
    assert torch.equal(whole[0::2], even)
    assert torch.equal(whole[1::2], odd)


def test_an_epoch_shows_every_photograph_once(photographs):
    stream = TrainingStream(
        find_photographs([photographs]), MaskMixture({"centre": 1.0}), size=64, seed=0
    )
    seen = {stream.sample(n)[0].float().sum().item() for n in range(20)}
    assert len(seen) == 20


def test_held_out_photographs_are_not_trained_on(photographs):
    files = find_photographs([photographs])
    training, held_out = split(files, 5, seed=0)
    assert len(held_out) == 2  # at most a tenth
    assert not set(training) & set(held_out)
    assert set(training) | set(held_out) == set(files)


def test_a_folder_named_twice_is_trained_on_twice_and_held_out_once(photographs, tmp_path):
    whole, part = find_photographs([photographs]), tmp_path / "links"
    part.mkdir()
    for file in whole[:10]:
        (part / file.name).symlink_to(file)
    training, held_out = split(find_photographs([photographs, part]), 5, seed=0)
    once, also_held_out = split(whole, 5, seed=0)
    assert held_out == also_held_out
    assert Counter(training) == Counter(once) + Counter(p for p in once if p in whole[:10])


def test_the_held_out_subset_never_changes(photographs):
    files = find_photographs([photographs])
    subsets = [HeldOut(files, MaskMixture({"free_form": 1.0}), size=64, seed=3) for _ in range(2)]
    for i in range(5):
        (a, b), (c, d) = subsets[0][i], subsets[1][i]
        assert torch.equal(a, c) and torch.equal(b, d)
        assert 0.02 <= b.float().mean() <= 0.7


def test_packed_masks_come_back_turned_but_whole(tmp_path):
    mask = np.zeros((64, 64), bool)
    mask[:16, :32] = True
    path = tmp_path / "masks.npz"
    np.savez(path, bits=np.packbits(mask.reshape(1, -1), axis=1))
    hole = MaskMixture({str(path): 1.0}).draw(32, np.random.default_rng(0))
    assert hole.shape == (32, 32)
    assert hole.mean() == mask.mean()


def test_a_folder_of_mask_pictures_is_a_source_too(tmp_path):
    mask = np.zeros((64, 64), np.uint8)
    mask[:16, :32] = 255
    Image.fromarray(mask).save(tmp_path / "m.png")
    hole = MaskMixture({str(tmp_path): 1.0}).draw(32, np.random.default_rng(0))
    assert hole.shape == (32, 32) and hole.mean() == 0.125


def test_each_square_comes_with_every_kind_of_hole(photographs):
    masks = MaskMixture({"centre": 1.0, "rectangle": 5.0, "free_form": 1.0})
    stream = TrainingStream(find_photographs([photographs]), masks, size=32, seed=0, holes_each=3)
    samples = [stream.sample(n) for n in range(12)]
    for square in range(4):
        three = samples[3 * square : 3 * square + 3]
        assert all(torch.equal(image, three[0][0]) for image, _ in three)
        assert torch.equal(three[0][1], samples[0][1])  # the centre is always the same
        assert not torch.equal(three[1][1], three[2][1])
    assert not torch.equal(samples[0][0], samples[3][0])


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(DataMissingError, match="nowhere"):
        find_photographs([tmp_path / "nowhere"])


@pytest.mark.parametrize("weight", [0.0, -1.0, float("nan"), float("inf")])
def test_a_source_of_masks_needs_a_weight_above_zero(weight):
    with pytest.raises(MaskError, match=f"weight above 0 for the masks of centre, got {weight}"):
        MaskMixture({"free_form": 1.0, "centre": weight})


def _write_masks(path, kind):
    bits = np.packbits(np.eye(64, dtype=bool).reshape(1, -1), axis=1)
    if kind == "text":
        path.write_text("no masks")
    elif kind == "nothing":
        path.write_bytes(b"")
    elif kind == "picture":
        Image.fromarray(np.zeros((8, 8), np.uint8)).save(path, format="PNG")
    elif kind == "array":
        with path.open("wb") as stream:
            np.save(stream, bits)
    else:
        arrays = {
            "other name": {"masks": bits},
            "floats": {"bits": bits.astype(float)},
            "no masks": {"bits": bits[:0]},
            "one number": {"bits": np.uint8(1)},
            "cut": {"bits": bits},
        }
        np.savez_compressed(path, **arrays[kind])
    if kind == "cut":
        path.write_bytes(path.read_bytes()[:60])


@pytest.mark.parametrize(
    "kind",
    [
        "text", "nothing", "picture", "array", "other name", "floats", "no masks", "one number",
        "cut",
    ],
)  # fmt: skip
def test_a_file_that_holds_no_packed_masks_is_named(kind, tmp_path):
    _write_masks(tmp_path / "masks.npz", kind)
    with pytest.raises(MaskError, match=r"expected a packed mask file .*masks\.npz"):
        MaskMixture({str(tmp_path / "masks.npz"): 1.0})
