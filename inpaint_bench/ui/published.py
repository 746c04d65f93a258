"""Published results as the Leaderboard reads them: one Parquet file of records a test set, and
beside it a JSON file that says what the records do not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from inpaint_bench.bench.tables import ALL_BUCKETS, bucket_order
from inpaint_bench.errors import BenchError

if TYPE_CHECKING:
    import pandas as pd

    from inpaint_bench.bench.statistics import Estimate

__all__ = ["SECONDS", "Measure", "Published", "read_published", "published_sets"]

SECONDS = "seconds"


@dataclass(frozen=True)
class Measure:
    """What a metric was when the results were published.

    Attributes:
        name: column of the records.
        empty: why there is no value; empty if there are some.
    """

    name: str
    title: str
    unit: str
    higher_is_better: bool
    definition: str
    reference: str
    per_set: bool = False
    empty: str = ""

    @property
    def heading(self) -> str:
        """Title with the direction in which values are better, and the unit."""
        unit = f" ({self.unit})" if self.unit else ""
        title = self.title.replace(" in the hole", ", hole")  # columns are narrow
        return f"{title} {'↑' if self.higher_is_better else '↓'}{unit}"

    @property
    def convention(self) -> str:
        """What the metric is, its unit and where it comes from."""
        better = "higher is better" if self.higher_is_better else "lower is better"
        unit = f" in {self.unit}" if self.unit else ""
        definition, source = self.definition.rstrip("."), self.reference.rstrip(".")
        return f"{self.title}{unit}, {better}: {definition}. Source: {source}."


@dataclass(frozen=True, eq=False)
class Published:
    """The results of one test set.

    Attributes:
        frame: records.
        measures: by name, in order.
        set_values: metric of a set -> variant -> bucket -> (value, n).
        caveats: of the metrics of a set.
        size: side of the square photographs in pixels; 0 if it is not said.
    """

    test_set: str
    frame: pd.DataFrame
    measures: Mapping[str, Measure]
    set_values: Mapping[str, Mapping[str, Mapping[str, tuple[float, int]]]]
    caveats: tuple[str, ...] = ()
    size: int = 0

    @property
    def buckets(self) -> list[str]:
        """The buckets that occur, in ascending order of the hole."""
        return bucket_order(self.frame["bucket"])

    @property
    def variants(self) -> list[str]:
        """The variants that have records."""
        return list(dict.fromkeys(self.frame["variant"]))

    def rows(self, variant: str, bucket: str = ALL_BUCKETS) -> pd.DataFrame:
        """Return the records of one variant."""
        rows = self.frame[self.frame["variant"] == variant]
        return rows if bucket == ALL_BUCKETS else rows[rows["bucket"] == bucket]

    def estimate(self, measure: str, variant: str, bucket: str = ALL_BUCKETS) -> Estimate:
        """Return the mean over the records of a bucket, or the value of a metric of a set.

        Of `SECONDS` it is the median: the first call of a network is far slower than the rest.
        """
        from inpaint_bench.bench.statistics import Estimate

        if measure in self.set_values:
            nothing = (float("nan"), 0)
            value, n = self.set_values[measure].get(variant, {}).get(bucket, nothing)
            return Estimate(float(value), n=int(n))
        rows = self.rows(variant, bucket)
        if measure not in rows.columns:
            return Estimate(float("nan"))
        values = rows[measure].dropna()
        mean = values.median() if measure == SECONDS else values.mean()
        return Estimate(float(mean), n=len(values))


def published_sets(folder: Path) -> list[str]:
    """Return the test sets that have published records."""
    return sorted(path.stem for path in folder.glob("*.parquet"))


def read_published(folder: Path, test_set: str) -> Published:
    """Read the results of one test set; a file that has not changed is read once.

    Raises:
        BenchError: a file cannot be read.
    """
    path = folder / f"{test_set}.parquet"
    about = path.with_suffix(".json")
    state = tuple(one.stat().st_mtime_ns for one in (path, about) if one.is_file())
    return _read(path, about, state)


@lru_cache(maxsize=16)
def _read(path: Path, about: Path, state: tuple[int, ...]) -> Published:
    from inpaint_bench.bench.files import read_json
    from inpaint_bench.bench.store import read_published as read_records

    try:
        said = read_json(about) if about.is_file() else {}
        frame = read_records(path)
    except BenchError:
        raise
    except (OSError, ValueError, KeyError) as error:  # pyarrow's errors are ValueErrors
        raise BenchError(
            f"expected published records in {path.name}, but it cannot be read: publish them again"
        ) from error
    return Published(
        test_set=path.stem,
        frame=frame,
        measures=_measures(frame, said),
        set_values=said.get("set_values", {}),
        caveats=tuple(said.get("caveats", ())),
        size=int(said.get("test_set", {}).get("size", 0)),
    )


def _measures(frame: pd.DataFrame, said: Mapping[str, Mapping]) -> dict[str, Measure]:
    """Return what was measured; without a JSON file, what the columns are today."""
    from inpaint_bench.bench.run_info import describe_metric
    from inpaint_bench.metrics import METRICS

    here = {name: describe_metric(name) for name in METRICS if name in frame.columns}
    empty = said.get("empty", {})
    return {
        name: Measure(
            name=name,
            title=about["title"],
            unit=about["unit"],
            higher_is_better=about["higher_is_better"],
            definition=about["definition"],
            reference=about["reference"],
            per_set=about["per_set"],
            empty=empty.get(name, ""),
        )
        for name, about in (said.get("metrics") or here).items()
    }
