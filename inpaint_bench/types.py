"""Frozen records that every layer of the project passes around; imports nothing local."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from torch import Tensor

__all__ = ["Completion", "Traits", "Variant", "TestItem", "TestSet"]


@dataclass(frozen=True)
class Completion:
    """What a model gives for one batch.

    Attributes:
        image: Bx3xHxW in [0,1], the network's own output before compositing.
        stages: earlier results by name, in order ("coarse", "edges", ...); BxCxHxW in [0,1].
        maps: explanations by name, empty unless asked for ("known_enc_1", "gate_conv3", ...).
    """

    image: Tensor
    stages: Mapping[str, Tensor] = field(default_factory=dict)
    maps: Mapping[str, Tensor] = field(default_factory=dict)


@dataclass(frozen=True)
class Traits:
    """What an architecture declares about itself.

    Attributes:
        title: the name as a reader knows it ("DeepFill v2").
        family: "classical" or the kind of network; groups models in the app.
        paper: authors, year and title of the source.
        paper_url: where a reader finds it, "https://arxiv.org/abs/1804.07723".
        multiple: H and W are padded to a multiple of this before the model runs.
        stochastic: another generator gives another result.
        sketch: takes a sketch.
        stages: names in `Completion.stages`, in order.
        maps: what it can explain, in words ("partial-convolution masks by layer").
        oversize: default strategy for pictures larger than it was trained on, a name in
            `inpaint_bench.tiling` ("whole", "resize", "tile", "crop", "subsample").
    """

    title: str
    family: str
    paper: str
    paper_url: str = ""
    multiple: int = 1
    stochastic: bool = False
    sketch: bool = False
    stages: tuple[str, ...] = ()
    maps: tuple[str, ...] = ()
    oversize: str = "crop"


@dataclass(frozen=True)
class Variant:
    """An architecture with its options and weights: one table of `weights/manifest.toml`.

    Attributes:
        name: `architecture`, `architecture-data` or `architecture-data-origin`.
        architecture: registry name of the model.
        options: keyword arguments of its constructor.
        source: "none" (nothing learned), "bundled", "hub", "url", "manual" (a person fetches it,
            `weights import` takes it) or "file" (a model file of the user's own).
        file: file name under `weights/`, or inside the hub repository, or as published.
        files: names of all files of a release that has several; then `file` is empty.
        member: path inside the archive that `file` is; empty where it is none.
        entry: key under which a checkpoint holds the state dict, where the converter takes that.
        repo: hub repository ("owner/name"), empty otherwise.
        revision: hub commit, empty otherwise.
        url: address of the file.
        page: address where a person reads about the weights, or gets them.
        sha256: of the file; empty where none was published: then the first download is recorded.
        sha256_starts: first hexadecimal digits, where only those were published.
        md5: of the file, where only that was published.
        size: of the file in bytes; 0 if unknown.
        licence: terms of the weights, in words.
        trained_on: data set, in words.
        resolution: side in pixels of the square images it was trained on; 0 if untrained.
        provenance: "classical", "official" (released by the paper's authors), "reimplementation"
            (by others, trained with their own code), "converted" or "trained here".
        converter: name of the state-dict converter; empty if the file holds our own names.
        convention: what the reference puts into the network, in words.
        card: file under `weights/cards`, empty if there is none.
        code_file: the model file that brought the architecture; empty for the project's own.
        code_sha256: of that file.
    """

    name: str
    architecture: str
    options: Mapping[str, object] = field(default_factory=dict)
    source: str = "none"
    file: str = ""
    files: tuple[str, ...] = ()
    member: str = ""
    entry: str = ""
    repo: str = ""
    revision: str = ""
    url: str = ""
    page: str = ""
    sha256: str = ""
    sha256_starts: str = ""
    md5: str = ""
    size: int = 0
    licence: str = ""
    trained_on: str = ""
    resolution: int = 0
    provenance: str = "classical"
    converter: str = ""
    convention: str = ""
    card: str = ""
    code_file: str = ""
    code_sha256: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """The published files, one or several."""
        return self.files or ((self.file,) if self.file else ())


@dataclass(frozen=True)
class TestItem:
    """One masked photograph of a frozen test set.

    Attributes:
        image_id: stem of the image file.
        image_sha256: of the file's bytes; of its pixels if the file is lossless and lies in a
            folder (`data.identity`), so that Kodak as PNG and as lossless WebP are one set.
        mask_id: stem of the mask file, or `generator:seed`.
        mask_sha256: of the HxW uint8 array of zeros and ones at the test set's size.
        hole_ratio: share of missing pixels in [0,1] at the test set's size.
    """

    __test__ = False  # not a test class, whatever pytest thinks of its name

    image_id: str
    image_sha256: str
    mask_id: str
    mask_sha256: str
    hole_ratio: float


@dataclass(frozen=True)
class TestSet:
    """A frozen list of masked photographs that app, command line and leaderboard share.

    Attributes:
        name: file stem under `eval/testsets`.
        size: side of the square images in pixels (short side resized, centre cropped).
        images: where the photographs come from: "skimage", or a folder below the data root.
        masks: where the holes come from: a generator's name, or a folder below the data root.
        items: the masked photographs, in a fixed order.
        how_to_get: one line for a person who lacks the data.
    """

    __test__ = False

    name: str
    size: int
    images: str
    masks: str
    items: tuple[TestItem, ...]
    how_to_get: str = ""
