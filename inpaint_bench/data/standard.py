"""The test sets that the project publishes, as the arguments they were frozen with."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from inpaint_bench._registry import unknown
from inpaint_bench.data.freezing import freeze
from inpaint_bench.data.pairing import freeze_pairs
from inpaint_bench.errors import UnknownNameError
from inpaint_bench.types import TestSet

__all__ = ["STANDARD", "Standard", "freeze_standard"]


@dataclass(frozen=True)
class Standard:
    """Arguments of `freeze`, or, where the masks are the photographs' own, of `freeze_pairs`;
    the attributes mean what they mean there.

    Attributes:
        pairs: endings of photographs and masks; None for masks dealt from a deck.
    """

    images: str
    masks: str
    size: int
    seed: int = 0
    limit: int | None = None
    pairs: tuple[str, str] | None = None


_MIGAN = "peers/migan"
_NVIDIA = "masks/test"
_CELEBA, _FFHQ = "test/celebahq256", "test/ffhq256"

STANDARD = {
    "samples-256": Standard(images="skimage", masks="free_form", size=256),
    # Under the NVIDIA masks, one from every ratio bucket. Intel's photographs have 150 pixels:
    # at 256 every method would be measured against an enlarged, blurred truth.
    "kodak-256": Standard(images="test/kodak", masks=_NVIDIA, size=256),
    "kodak-128": Standard(images="test/kodak", masks=_NVIDIA, size=128),
    "intel150-128": Standard(images="test/intel150", masks=_NVIDIA, size=128),
    "bsds-256": Standard(images="test/bsds", masks=_NVIDIA, size=256),
    "bsds-128": Standard(images="test/bsds", masks=_NVIDIA, size=128),
    "ffhq256-256": Standard(images=_FFHQ, masks=_NVIDIA, size=256, limit=100),
    "ffhq256-128": Standard(images=_FFHQ, masks=_NVIDIA, size=128, limit=100),
    "celebahq256-256": Standard(images=_CELEBA, masks=_NVIDIA, size=256),
    "celebahq256-128": Standard(images=_CELEBA, masks=_NVIDIA, size=128),
    "urban256-256": Standard(images="test/urban256", masks=_NVIDIA, size=256),
    "urban256-128": Standard(images="test/urban256", masks=_NVIDIA, size=128),
    # Under the masks of papers, as they come; the photographs are those that are here.
    "bsds-deepfill_box-256": Standard("test/bsds", "deepfill_v2_bbox_256:any", 256),
    "bsds-deepfill_free_form-256": Standard("test/bsds", "deepfill_v2_free_form_256:any", 256),
    "celebahq256-deepgin_rectangle-256": Standard(_CELEBA, "deepgin_rectangle:any", 256),
    "celebahq256-free_form-256": Standard(_CELEBA, "deepfill_v2_free_form_256:any", 256),
    "celebahq256-cellular-256": Standard(_CELEBA, "cellular_automata:any", 256),
    "ffhq256-deepgin_rectangle-256": Standard(_FFHQ, "deepgin_rectangle:any", 256, limit=100),
    "ffhq256-free_form-256": Standard(_FFHQ, "deepfill_v2_free_form_256:any", 256, limit=100),
    "ffhq256-cellular-256": Standard(_FFHQ, "cellular_automata:any", 256, limit=100),
    "celebahq256-lama_thin-256": Standard(_CELEBA, "lama_thin_256:any", 256),
    "celebahq256-lama_thick-256": Standard(_CELEBA, "lama_thick_256:any", 256),
    "celebahq256-segmentation-256": Standard(_CELEBA, "segmentation:any", 256),
    "bsds-random_walk-256": Standard("test/bsds", "random_walk:any", 256),
    "bsds-shapes-256": Standard("test/bsds", "shapes:any", 256),
    "bsds-rectangles-256": Standard("test/bsds", "rectangles:any", 256),
    "bsds-icme_blocks-256": Standard("test/bsds", "icme_blocks:any", 256),
    "cifar10-32": Standard("cifar10:test", "free_form:any", 32, limit=300),
    # Published results of others lie beside these photographs: see `score`.
    "peer-migan-ffhq-256": Standard(
        images=f"{_MIGAN}/ffhq_256_freeform/images",
        masks=f"{_MIGAN}/ffhq_256_freeform/masks:black",
        size=256,
        pairs=("", ""),
    ),
    "peer-migan-places2-256": Standard(
        images=f"{_MIGAN}/places2_256_freeform/images",
        masks=f"{_MIGAN}/places2_256_freeform/masks:black",
        size=256,
        pairs=("", ""),
    ),
    "peer-deepfill_v1-512": Standard(
        images="peers/deepfillv1", masks="peers/deepfillv1", size=512, pairs=("_raw", "_mask")
    ),
}


def freeze_standard(name: str, root: Path | str | None = None) -> TestSet:
    """Freeze a published test set again; the same files give the same test set.

    Raises:
        UnknownNameError: it is none of `STANDARD`.
        DataMissingError: its data are not on this machine; says what to fetch and to where.
    """
    if name not in STANDARD:
        raise UnknownNameError(unknown("standard test set", name, STANDARD))
    how = STANDARD[name]
    if how.pairs is not None:
        return freeze_pairs(
            name,
            images=how.images,
            masks=how.masks,
            size=how.size,
            image_ending=how.pairs[0],
            mask_ending=how.pairs[1],
            root=root,
        )
    return freeze(
        name,
        images=how.images,
        masks=how.masks,
        size=how.size,
        seed=how.seed,
        root=root,
        limit=how.limit,
    )
