"""What stands behind one cell of the Leaderboard: its worst, best and most disputed pictures,
their numbers, and how to measure it again.

Published results hold no pictures. The few that are looked at are made again, where photographs
and weights are on this machine, and measured again, so that a reader sees whether the published
number still holds.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from inpaint_bench.bench.agreement import Case, extreme_cases
from inpaint_bench.errors import BenchError, DataMissingError, InpaintBenchError
from inpaint_bench.ui.published import Published
from inpaint_bench.ui.workshop import Models, run_bounded

if TYPE_CHECKING:
    from torch import Tensor

    from inpaint_bench.data import TestSetReader
    from inpaint_bench.models import Inpainter

__all__ = [
    "KINDS",
    "MOST_CASES",
    "Picture",
    "case_values",
    "check_cases",
    "commands",
    "find_cases",
    "make_picture",
    "open_set",
]

KINDS = ("worst", "best", "disputed")
MOST_CASES = 5  # of each kind: as many as `bench` lists
_AGREES = 1e-3  # relative: other versions of libraries round differently, other weights do not


@dataclass(frozen=True, eq=False)
class Picture:
    """One result, made again.

    Attributes:
        truth: SxSx3 uint8.
        hole: SxS bool, True = missing.
        result: SxSx3 uint8, composited.
        value: of the metric that was asked for; NaN where it cannot be computed here.
        published: what the record says.
    """

    truth: np.ndarray
    hole: np.ndarray
    result: np.ndarray
    value: float
    published: float

    @property
    def differs(self) -> bool:
        """Whether the number is not the published one."""
        if math.isnan(self.value) or math.isnan(self.published):
            return False
        return abs(self.value - self.published) > _AGREES * max(1e-6, abs(self.published))


def check_cases(results: Published, variant: str, metric: str, bucket: str) -> None:
    """Refuse a cell behind which there are no pictures.

    Raises:
        BenchError: the metric has one value for all of them, or none of this variant.
    """
    about = results.measures[metric]
    if about.per_set:
        raise BenchError(
            f"expected a metric of single pictures, got {about.title}, which has one value for all "
            "of them: click a cell of another column"
        )
    mine = results.rows(variant, bucket)
    if metric not in mine or mine[metric].isna().all():
        raise BenchError(f"expected values of {variant} by {about.title}, and there are none here")


def find_cases(
    results: Published, variant: str, metric: str, bucket: str, measures: Sequence[str]
) -> dict[str, list[Case]]:
    """Return up to `MOST_CASES` masked photographs of each of `KINDS`.

    Worst and best are the variant's own; disputed are those on which `measures` order the
    methods most differently, whoever it is.

    Raises:
        BenchError: there are none, as `check_cases` says.
    """
    check_cases(results, variant, metric, bucket)
    mine, about = results.rows(variant, bucket), results.measures[metric]
    best, worst = extreme_cases(
        mine, metric, higher_is_better=about.higher_is_better, count=MOST_CASES
    )
    single = [name for name in measures if not results.measures[name].per_set]
    disputed = [replace(case, variant=variant) for case in results.disputed(single, bucket)]
    return {"worst": worst, "best": best, "disputed": disputed}


def case_values(
    results: Published, variant: str, case: Case, measures: Sequence[str]
) -> dict[str, float]:
    """Return what the record of one masked photograph says, by metric."""
    rows = results.rows(variant)
    row = rows[(rows["image_id"] == case.image_id) & (rows["mask_id"] == case.mask_id)]
    if row.empty:
        return {}
    values = row.iloc[0]
    found = {name: float(values[name]) for name in measures if name in row.columns}
    return {name: value for name, value in found.items() if not math.isnan(value)}


def open_set(results: Published) -> TestSetReader:
    """Return a reader of the photographs and holes that were measured.

    Raises:
        BenchError: the frozen test set is another one today, or there is none of this name.
        DataMissingError: its photographs are not on this machine; says how to get them.
    """
    from inpaint_bench.data import list_test_sets

    name = results.test_set
    if name not in list_test_sets():
        raise BenchError(f"no frozen test set {name} comes with this installation: no pictures")
    return _open(name, str(results.about.get("sha256", "")))


@lru_cache(maxsize=16)
def _open(name: str, sha256: str) -> TestSetReader:
    from inpaint_bench.bench.plan import test_set_hash
    from inpaint_bench.data import TestSetReader, data_root, load_test_set

    test_set = load_test_set(name)
    if test_set_hash(test_set) != sha256:
        raise BenchError(
            f"the frozen test set {name} has changed since it was measured: publish it again"
        )
    root = data_root()
    try:
        return TestSetReader(test_set, root)
    except DataMissingError as error:
        raise DataMissingError(_without_place(str(error), root)) from error


def make_picture(
    results: Published, variant: str, case: Case, metric: str, models: Models
) -> Picture:
    """Fill one masked photograph again, as the benchmark does, and measure it.

    Raises:
        InpaintBenchError: photographs or weights are not here, or the method is known by its
            pictures alone.
    """
    import torch

    from inpaint_bench.bench.plan import item_seed
    from inpaint_bench.imaging import to_tensor, to_uint8

    if variant in results.own or "made" in results.origins.get(variant, {}).get("made_from", {}):
        raise BenchError(
            f"{variant} is known by pictures made elsewhere, and published results hold none"
        )
    reader = open_set(results)
    keys = [(item.image_id, item.mask_id) for item in reader.items]
    index = keys.index((case.image_id, case.mask_id))
    image, hole = reader.read(index)
    generator = torch.Generator().manual_seed(item_seed(results.seed, reader.items[index]))

    def fill(model: Inpainter) -> Tensor:
        from inpaint_bench import inpaint

        return inpaint(model, image[None], hole[None], generator=generator, oversize="whole")

    result = to_uint8(run_bounded(models, variant, fill))
    published = case_values(results, variant, case, [metric]).get(metric, math.nan)
    value = _measure(metric, to_tensor(result), image[None], hole[None])
    return Picture(to_uint8(image), hole[0].numpy() > 0.5, result, value, published)


def commands(results: Published, variant: str) -> list[tuple[str, str]]:
    """Return (what it does, command) of everything that leads to a variant's row again."""
    measured: Mapping[str, object] = results.origins.get(variant, {}).get("measured", {})
    found = []
    if results.about.get("images") not in (None, "skimage"):
        found.append(
            (
                "Are the photographs and masks here, the very ones?",
                f"python -m inpaint_bench testsets check {results.test_set} --data-root DIR",
            )
        )
    if measured.get("command"):
        when = f"{measured.get('date', 'unknown date')}, code {measured.get('code_version', '?')}"
        found.append((f"As it was measured ({when})", str(measured["command"])))
    return found


def _measure(metric: str, result: Tensor, truth: Tensor, hole: Tensor) -> float:
    from inpaint_bench.metrics import METRICS

    if metric not in METRICS:  # of the output before compositing, or gone since
        return math.nan
    try:
        return float(METRICS[metric].compute(result, truth, hole)[0])
    except InpaintBenchError:  # its weights are not here: the published number stands alone
        return math.nan


def _without_place(text: str, root: Path | None) -> str:
    """Return an error that does not tell visitors where the server keeps its files."""
    return text if root is None else text.replace(str(root), "the data root")
