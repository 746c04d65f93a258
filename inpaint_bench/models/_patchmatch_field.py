"""The nearest-neighbour field of PatchMatch: for every patch to fill, the best patch to copy.

A patch is named by the flat index y * W + x of its top left pixel, and neighbours by flat
steps. A step over the end of a row leads to some patch elsewhere, which does no harm: every
candidate is judged by its distance alone. All patches move at once, in chunks that fit the
processor's cache, where the paper scans pixel by pixel; propagation therefore also jumps, as
in jump flooding, so that a good match crosses the hole in few rounds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = [
    "Field",
    "PatchSpace",
    "count_in_patches",
    "match_randomly",
    "measure",
    "patch_ids",
    "read_patches",
    "search",
]

_CHUNK = 4096
_TO_ITSELF = 4.0  # the cost of no match; costs of true matches are at most 1


@dataclass(frozen=True)
class PatchSpace:
    """The patches of one picture.

    Attributes:
        picture: HxWx3 float32, contiguous; missing pixels hold the present estimate.
        confidence: HxW float32 > 0, how much a pixel counts where it lies in a target.
        side: of a patch in pixels.
        is_source: H*W bool, the patches that may be copied.
        targets: patches to find a match for, ascending.
    """

    picture: np.ndarray
    confidence: np.ndarray
    side: int
    is_source: np.ndarray
    targets: np.ndarray


@dataclass(frozen=True)
class Field:
    """A match for every target.

    Attributes:
        source: H*W int64, the match of each target, -1 for patches without one.
        cost: H*W float32, squared distance to the match, a mean over the target's pixels
            weighted by their confidence.
    """

    source: np.ndarray
    cost: np.ndarray


def count_in_patches(mask: np.ndarray, side: int) -> np.ndarray:
    """Count the True pixels of every patch: HxW bool -> (H-side+1)x(W-side+1) int64."""
    sums = np.zeros((mask.shape[0] + 1, mask.shape[1] + 1), dtype=np.int64)
    sums[1:, 1:] = mask.cumsum(axis=0).cumsum(axis=1)
    return sums[side:, side:] - sums[side:, :-side] - sums[:-side, side:] + sums[:-side, :-side]


def patch_ids(chosen: np.ndarray, width: int) -> np.ndarray:
    """Return the names of chosen patches: (H-side+1)x(W-side+1) bool -> ascending int64."""
    rows, columns = np.nonzero(chosen)
    return rows * width + columns


def read_patches(picture: np.ndarray, side: int, names: np.ndarray) -> np.ndarray:
    """Copy patches of HxWx3 float32 into rows: N x side*side*3, by rows, columns, channels."""
    return _read(_windows(picture, side), names)


def match_randomly(space: PatchSpace, source: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return H*W matches in which every target without one (-1) has a random source."""
    single = space.targets[source[space.targets] < 0]
    matched = source.copy()
    matched[single] = rng.choice(np.flatnonzero(space.is_source), len(single))
    return matched


def measure(space: PatchSpace, source: np.ndarray) -> Field:
    """Return the field of the given matches with their distances in `space.picture`."""
    cost = np.zeros(source.size, dtype=np.float32)
    patches = _Patches(space)
    for start in range(0, len(space.targets), _CHUNK):
        targets = space.targets[start : start + _CHUNK]
        matches = source[targets]
        distances = patches.seen_from(targets).distances(matches)
        cost[targets] = np.where(matches == targets, _TO_ITSELF, distances)
    return Field(source, cost)


def search(
    space: PatchSpace, field: Field, *, rounds: int, radius: float, rng: np.random.Generator
) -> Field:
    """Improve a field by propagation and random search.

    Args:
        space: where to search.
        field: with distances measured in this space.
        rounds: propagation from up, down, left and right and random search are each done once
            a round; the propagated jumps halve from round to round and end at 1.
        radius: of the first random search, in pixels; it halves until it is below 1.
        rng: source of randomness.

    Returns:
        A new field whose distances are nowhere larger.

    Reference:
        Barnes et al. 2009, section 3.2; jumps as in Rong and Tan 2006.
    """
    source, cost = field.source.copy(), field.cost.copy()
    height, width = space.picture.shape[:2]
    patches = _Patches(space)
    for remaining in reversed(range(rounds)):
        jumps = sorted({2**remaining, 1}, reverse=True)
        steps = [sign * jump * axis for jump in jumps for axis in (1, width) for sign in (1, -1)]
        for start in range(0, len(space.targets), _CHUNK):
            targets = space.targets[start : start + _CHUNK]
            view = patches.seen_from(targets)
            best = _Best(view, space.is_source, source[targets], cost[targets])
            for step in steps:
                beside = source[(targets + step).clip(0, source.size - 1)]
                best.offer(np.where(beside >= 0, beside - step, -1))
            reach = radius
            while reach >= 1.0:
                best.offer(_near(best.source, reach, (height, width), space.side, rng))
                reach /= 2.0
            source[targets], cost[targets] = best.source, best.cost
    return Field(source, cost)


def _near(
    centre: np.ndarray,
    reach: float,
    size: tuple[int, int],
    side: int,
    rng: np.random.Generator,
) -> np.ndarray:
    """Return random patches within `reach` pixels of the given ones, inside the picture."""
    y, x = np.divmod(centre, size[1])
    moves = np.rint(rng.uniform(-reach, reach, size=(2, len(centre)))).astype(np.int64)
    y = (y + moves[0]).clip(0, size[0] - side)
    x = (x + moves[1]).clip(0, size[1] - side)
    return y * size[1] + x


class _Patches:
    """Reads the patches of a space by name, without storing them all."""

    def __init__(self, space: PatchSpace) -> None:
        self._pixels = _windows(space.picture, space.side)
        self._weights = _windows(np.repeat(space.confidence[..., None], 3, axis=2), space.side)

    def seen_from(self, targets: np.ndarray) -> _View:
        """Return the view in which distances to these targets are measured."""
        confidence = _read(self._weights, targets)
        confidence /= confidence.sum(axis=1, keepdims=True)
        return _View(self._pixels, targets, _read(self._pixels, targets), confidence)


@dataclass(frozen=True)
class _View:
    """A chunk of targets, with their pixels and confidences as rows."""

    windows: np.ndarray
    targets: np.ndarray
    pixels: np.ndarray
    confidence: np.ndarray

    def distances(self, sources: np.ndarray, which: np.ndarray | None = None) -> np.ndarray:
        """Return the squared distances of (the chosen) targets to their sources."""
        pixels, confidence = self.pixels, self.confidence
        if which is not None and len(which) < len(pixels):
            pixels, confidence = pixels[which], confidence[which]
        difference = _read(self.windows, sources)
        difference -= pixels
        difference *= difference
        return np.einsum("ij,ij->i", difference, confidence)


class _Best:
    """The best match so far of a chunk of targets."""

    def __init__(
        self, view: _View, is_source: np.ndarray, source: np.ndarray, cost: np.ndarray
    ) -> None:
        self.source, self.cost = source, cost
        self._view, self._is_source = view, is_source

    def offer(self, candidates: np.ndarray) -> None:
        """Take the candidates that are sources, not the target itself, and nearer."""
        inside = (candidates >= 0) & (candidates < self._is_source.size)
        useful = inside & (candidates != self.source) & (candidates != self._view.targets)
        which = np.flatnonzero(useful & self._is_source[np.where(inside, candidates, 0)])
        if not which.size:
            return
        offered = candidates[which]
        distances = self._view.distances(offered, which)
        nearer = distances < self.cost[which]
        self.source[which[nearer]] = offered[nearer]
        self.cost[which[nearer]] = distances[nearer]


def _windows(picture: np.ndarray, side: int) -> np.ndarray:
    """View HxWx3 float32 as N x side opaque rows of `side` pixels, overlapping and uncopied.

    Opaque bytes are gathered at the speed of memory; a patch that would wrap around the right
    border has a name like any other, but is never a source or a target.
    """
    height, width, channels = picture.shape
    pixel = channels * picture.itemsize
    count = (height - side) * width + (width - side) + 1
    contiguous = np.ascontiguousarray(picture, dtype=np.float32)
    return np.ndarray((count, side), f"V{side * pixel}", contiguous, strides=(pixel, width * pixel))


def _read(windows: np.ndarray, names: np.ndarray) -> np.ndarray:
    return windows[names].view(np.float32)  # len(names) x side*side*3
