"""Which masked photographs are of one photograph: what statistics may take as an observation.

A photograph under six masks is one observation, and so are copies of a file under two names and
regions that were cut out of one file, as those of scikit-image's samples are. Records name the
`image_id`; `same` in what is said of a test set names, for each id that shares a file with an
earlier one, that one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from inpaint_bench.types import TestItem

__all__ = ["SAME", "photograph_ids", "same_files", "with_photographs"]

SAME = "same"
"""Key, in what is said of a test set, of what `same_files` returns; left out where it is empty."""
_COLUMN = "photograph"


def same_files(items: Iterable[TestItem]) -> dict[str, str]:
    """Return image id -> the first id of the same file, for every id that is not the first."""
    first: dict[str, str] = {}
    owners = {item.image_id: first.setdefault(item.image_sha256, item.image_id) for item in items}
    return {image: owner for image, owner in owners.items() if image != owner}


def with_photographs(frame: pd.DataFrame, about: Mapping[str, object]) -> pd.DataFrame:
    """Return records of a test set with a column that tells photographs apart.

    Args:
        frame: records of one test set.
        about: what is said of it.
    """
    same = about.get(SAME, {})
    return frame.assign(**{_COLUMN: frame["image_id"].map(lambda image: same.get(image, image))})


def photograph_ids(frame: pd.DataFrame) -> np.ndarray:
    """Return the photograph of each record: the image's id where `with_photographs` gave none."""
    return frame[_COLUMN if _COLUMN in frame else "image_id"].to_numpy()
