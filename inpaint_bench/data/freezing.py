"""Decides which photograph gets which holes, once, from a seed.

Pairing: the masks are sorted into buckets by their actual hole ratio at the test set's size
(not by file number or by the ratio at their own size). Every bucket is a deck, shuffled under
the seed; a deck is dealt out before it is shuffled again, so no mask comes back before all of
its bucket were used. A photograph takes `per_image` cards and at most one from each deck, in
ascending order, going on where the photograph before it stopped: one of each bucket by default.
A generator deals an endless deck: `free_form:SEED`, drawn for the bucket's range, with seeds
that count up from 1,000,000 times the test set's. A generator with `:any` at its end deals one
deck of draws as they come, hence one to a photograph.
"""

from __future__ import annotations

import logging
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path

import numpy as np

from inpaint_bench.data.identity import mask_sha256
from inpaint_bench.data.root import where_to_get
from inpaint_bench.data.sources import (
    BLACK,
    FolderMasks,
    GeneratedMasks,
    ImageSource,
    bucket_range,
    open_images,
    open_masks,
)
from inpaint_bench.errors import BenchError, ImageError, MaskError
from inpaint_bench.masks import bucket_label, bucket_labels, draw_mask, hole_ratio
from inpaint_bench.types import TestItem, TestSet

__all__ = ["check_arguments", "check_name", "freeze", "how_to_get", "image_hashes"]

_LOG = logging.getLogger(__name__)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_SEEDS_APART = 1_000_000
_LARGEST = 4096  # side of the squares in pixels
_MISSES = 20  # seeds in a row without a hole of a bucket
_NAMED = 5  # photographs in a remark

Card = tuple[str, str, float]  # mask id, mask sha256, hole ratio
Deck = Iterator[Card]


def freeze(
    name: str,
    *,
    images: str,
    masks: str,
    size: int,
    seed: int,
    root: Path | str | None = None,
    per_image: int = 6,
    limit: int | None = None,
) -> TestSet:
    """Pair photographs with masks; see the module's docstring for the rule.

    The same arguments over the same files give the same test set on every machine. Masks whose
    hole ratio lies outside the buckets are left out, and so are buckets that have no mask.
    Photographs smaller than the squares are enlarged, which the log tells.

    Args:
        name: of the test set.
        images: "skimage", a folder below the data root, or an absolute path.
        masks: a generator's name, a folder below the data root, or an absolute path; with
            ":black" at its end if black means missing there.
        size: side in pixels; photographs and masks are resized by their short side and cropped.
        seed: not negative; decides the pairing.
        root: the data root; see `data.root`.
        per_image: masks for each photograph, at most one of each bucket.
        limit: only the first so many photographs.

    Raises:
        DataMissingError: a folder is not on this machine; says what to fetch and to where.
        BenchError: a bad name, size, seed, count or limit, or masks of which none can be used.
        ImageError: a mask cannot be read. (A photograph that cannot be is frozen as an item;
            whoever reads it meets the error.)
    """
    check_arguments(name, size, seed=seed, per_image=per_image, limit=limit)
    photographs = open_images(images, root)
    holes = open_masks(masks, root)
    if isinstance(holes, GeneratedMasks):
        decks = _generated_decks(holes, size, seed)
    else:
        decks = _folder_decks(holes, size, seed)
    cards = min(per_image, len(decks))
    items = []
    hashes = image_hashes(photographs, photographs.ids[:limit], size)
    for i, (image_id, image_sha256) in enumerate(hashes.items()):
        for j in range(cards):
            mask = next(decks[(i * cards + j) % len(decks)])
            items.append(TestItem(image_id, image_sha256, *mask))
    return TestSet(
        name=name,
        size=size,
        images=images,
        masks=masks,
        items=tuple(items),
        how_to_get=how_to_get(images, masks),
    )


def image_hashes(photographs: ImageSource, ids: Sequence[str], size: int) -> dict[str, str]:
    """Return id -> sha256, and tell in the log which photographs squares of `size` enlarge."""
    hashes, small = {}, []
    for image_id in ids:
        try:
            pixels, hashes[image_id] = photographs.read(image_id)
        except ImageError:
            hashes[image_id] = photographs.sha256(image_id)
            continue
        if min(pixels.shape[:2]) < size:
            small.append(image_id)
    if small:
        named = ", ".join(small[:_NAMED]) + (", ..." if len(small) > _NAMED else "")
        _LOG.warning(
            "%d of %d photographs are smaller than %dx%d and were enlarged: %s; a smaller size "
            "keeps them sharp",
            *(len(small), len(ids), size, size, named),
        )
    return hashes


def _folder_decks(masks: FolderMasks, size: int, seed: int) -> list[Deck]:
    """Return one endless shuffled deck for each bucket that has masks."""
    buckets: dict[str, list[Card]] = defaultdict(list)
    for mask_id in masks.ids:
        hole = masks.read(mask_id, size, "")
        ratio = hole_ratio(hole)
        buckets[bucket_label(ratio)].append((mask_id, mask_sha256(hole), ratio))
    labels = bucket_labels()
    outside = sum(len(cards) for label, cards in buckets.items() if label not in labels)
    decks = [
        _shuffle(buckets[label], [seed, n]) for n, label in enumerate(labels) if label in buckets
    ]
    if not decks:
        raise BenchError(
            f"expected masks with holes of {labels[0]} to {labels[-1]} in {masks.masks.path}, "
            f"found none among {len(masks.ids)}: is the hole black in these files?"
        )
    if outside:
        _LOG.warning("%d of %d masks lie outside the buckets: left out", outside, len(masks.ids))
    return decks


def _shuffle(cards: list[Card], entropy: list[int]) -> Deck:
    """Deal `cards` in an order from `entropy`, again and again, each time in another order."""
    for deal in count():
        for index in np.random.default_rng([*entropy, deal]).permutation(len(cards)):
            yield cards[index]


def _generated_decks(masks: GeneratedMasks, size: int, seed: int) -> list[Deck]:
    """Return one endless deck for each bucket that the generator can draw."""
    seeds = count(seed * _SEEDS_APART)
    if masks.any_ratio:
        return [_draw(masks, size, "", seeds)]
    usable = []
    for label in bucket_labels():
        try:
            draw_mask(masks.generator, size, size, seed=0, ratio=bucket_range(label))
        except MaskError as error:
            _LOG.warning("bucket %s is left out: %s", label, error)
        else:
            usable.append(_draw(masks, size, label, seeds))
    if not usable:
        raise BenchError(f"the generator {masks.generator} draws no hole of any bucket at {size}")
    return usable


def _draw(masks: GeneratedMasks, size: int, label: str, seeds: Iterator[int]) -> Deck:
    """Deal draws for one bucket; all buckets share `seeds`, so that no two ids are equal.

    A seed that finds no such hole is passed over, unless many do so in a row.
    """
    missed = 0
    for mask_seed in seeds:
        mask_id = f"{masks.generator}:{mask_seed}"
        try:
            hole = masks.read(mask_id, size, label)
        except MaskError:
            missed += 1
            if missed == _MISSES:
                raise
            continue
        missed = 0
        yield mask_id, mask_sha256(hole), hole_ratio(hole)


def how_to_get(images: str, masks: str) -> str:
    """Return the line for a person who lacks the data; empty for folders of their own."""
    names = dict.fromkeys([images, masks.removesuffix(BLACK)])
    parts = [f"{name}: {where_to_get(name)}" for name in names]
    return "; ".join(part for part in parts if not part.endswith(": "))


def check_name(name: str) -> None:
    """Raise a `BenchError` for a name that cannot be one of a test set, and of its folders."""
    if not _NAME.fullmatch(name):
        raise BenchError(f"expected a name of letters, digits, '.', '_' and '-', got {name!r}")


def check_arguments(
    name: str, size: int, *, seed: int = 0, per_image: int = 1, limit: int | None = None
) -> None:
    """Raise a `BenchError` for arguments that describe no test set."""
    check_name(name)
    most = len(bucket_labels())
    if not 1 <= per_image <= most:
        raise BenchError(f"expected 1 to {most} masks for each image, got {per_image}")
    for label, value, least in (("size", size, 8), ("seed", seed, 0), ("limit", limit, 1)):
        if value is not None and value < least:
            raise BenchError(f"expected a {label} of {least} or more, got {value}")
    if size > _LARGEST:
        raise BenchError(f"expected a size of {_LARGEST} or less, got {size}")
