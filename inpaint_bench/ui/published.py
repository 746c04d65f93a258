"""Published results as the Leaderboard reads them: one Parquet file of records a test set, and
beside it a JSON file that says what the records do not.

Every statistic comes from `bench`; here it is asked for once and remembered with the results, so
that another choice on the page costs only what is new in it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from weakref import WeakKeyDictionary

from inpaint_bench.bench.photographs import photograph_ids, with_photographs
from inpaint_bench.bench.tables import ALL_BUCKETS, bucket_order
from inpaint_bench.data.root import subject
from inpaint_bench.errors import BenchError

if TYPE_CHECKING:
    import pandas as pd

    from inpaint_bench.bench.agreement import Case, Correlation
    from inpaint_bench.bench.ranking import Ranking
    from inpaint_bench.bench.statistics import Estimate

__all__ = [
    "SECONDS",
    "Measure",
    "Own",
    "Published",
    "published_sets",
    "read_about",
    "read_published",
]

SECONDS = "seconds"
Value = TypeVar("Value")
_NO_PRECISION = ""  # of pictures made elsewhere: they stand beside every choice


@dataclass(frozen=True)
class Measure:
    """What a metric was when the results were published.

    Attributes:
        name: column of the records.
        per_set: one value a set of pictures, not one a picture.
        empty: why there is no value; empty if there are some.
        enough: pictures below which a value is not to be compared; 0 where any number will do.
        contest: false where a better value does not mean a better method.
    """

    name: str
    title: str
    unit: str
    higher_is_better: bool
    definition: str
    reference: str
    per_set: bool = False
    empty: str = ""
    enough: int = 0
    contest: bool = True

    @property
    def short(self) -> str:
        """Title as a narrow column bears it."""
        return self.title.replace(" in the hole", ", hole")

    @property
    def heading(self) -> str:
        """Title with the direction in which values are better, and the unit."""
        unit = f" ({self.unit})" if self.unit else ""
        arrow = ("↑" if self.higher_is_better else "↓") if self.contest else ""
        return f"{self.short} {arrow}".rstrip() + unit

    @property
    def convention(self) -> str:
        """What the metric is, its unit and where it comes from."""
        better = "higher is better" if self.higher_is_better else "lower is better"
        better = better if self.contest else "ranks no method"
        unit = f" in {self.unit}" if self.unit else ""
        definition, source = self.definition.rstrip("."), self.reference.rstrip(".")
        return f"{self.title}{unit}, {better}: {definition}. Source: {source}."


@dataclass(frozen=True, eq=False)
class Own:
    """A row that one visitor has added for this session alone.

    Attributes:
        name: of the method.
        test_set: that its pictures fill.
        frame: its records.
        origin: as published variants have one.
        remark: what a reader of the table has to know.
    """

    name: str
    test_set: str
    frame: pd.DataFrame
    origin: Mapping[str, Any]
    remark: str


@dataclass(frozen=True, eq=False)
class Published:
    """The results of one test set.

    Attributes:
        frame: records.
        measures: by name, in order.
        set_values: metric of a set -> variant -> bucket -> (value, n).
        caveats: of the metrics of a set.
        size: side of the square photographs in pixels; 0 if it is not said.
        about: what else is said of the test set: sha256, images, masks, items.
        seed: of stochastic models.
        origins: variant -> made_from (ingredients) and measured (command, machine, ...).
        own: variants that only this visitor sees.
    """

    test_set: str
    frame: pd.DataFrame
    measures: Mapping[str, Measure]
    set_values: Mapping[str, Mapping[str, Mapping[str, tuple[float, int]]]]
    caveats: tuple[str, ...] = ()
    size: int = 0
    about: Mapping[str, Any] = field(default_factory=dict)
    seed: int = 0
    origins: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    own: tuple[str, ...] = ()
    _memory: dict[Any, Any] = field(default_factory=dict, repr=False)

    @cached_property
    def buckets(self) -> list[str]:
        """The buckets that occur, in ascending order of the hole."""
        return bucket_order(self.frame["bucket"])

    @cached_property
    def variants(self) -> list[str]:
        """The variants that have records."""
        return list(dict.fromkeys(self.frame["variant"]))

    @cached_property
    def precisions(self) -> list[str]:
        """The precisions that occur, the most frequent first."""
        found = self.frame["precision"].value_counts().index
        return [name for name in found if name != _NO_PRECISION]

    @cached_property
    def photographs(self) -> int:
        """Number of different photographs."""
        return len(set(photograph_ids(self.frame)))

    @property
    def subject(self) -> str:
        """What the photographs show; the test set's name where that is not said."""
        images = str(self.about.get("images", ""))
        return subject(images) if images else self.test_set

    def has_values(self, measure: str) -> bool:
        """Return whether any variant has a value."""
        return any(self.estimate(measure, variant).n for variant in self.variants)

    def in_bucket(self, bucket: str = ALL_BUCKETS) -> pd.DataFrame:
        """Return the records of one bucket, or all of them."""
        if bucket == ALL_BUCKETS:
            return self.frame
        found = self._once("buckets", lambda: dict(list(self.frame.groupby("bucket", sort=False))))
        return found.get(bucket, self.frame.iloc[:0])

    def rows(self, variant: str, bucket: str = ALL_BUCKETS) -> pd.DataFrame:
        """Return the records of one variant."""
        some = self.in_bucket(bucket)
        found = self._once(
            ("variants", bucket), lambda: dict(list(some.groupby("variant", sort=False)))
        )
        return found.get(variant, some.iloc[:0])

    def estimate(self, measure: str, variant: str, bucket: str = ALL_BUCKETS) -> Estimate:
        """Return the mean over the records of a bucket with its bootstrap interval, or the value
        of a metric of a set, which has none.

        Of `SECONDS` it is the median: the first call of a network is far slower than the rest.
        """
        return self._once(
            ("estimate", measure, variant, bucket),
            lambda: _estimate(self, measure, variant, bucket),
        )

    def ranking(self, measure: str, bucket: str = ALL_BUCKETS) -> Ranking | None:
        """Return which variants are significantly better than which; None for metrics of a set, for
        those that rank no method, and for those without values."""
        about = self.measures[measure]
        if about.per_set or not about.contest:
            return None
        from inpaint_bench.bench.ranking import rank_methods

        found = self._once(
            ("ranking", measure, bucket),
            lambda: rank_methods(
                self.in_bucket(bucket), measure, higher_is_better=about.higher_is_better
            ),
        )
        return found if found.order else None

    def correlations(
        self, measures: Sequence[str], bucket: str = ALL_BUCKETS
    ) -> dict[tuple[str, str], Correlation]:
        """Return how far metrics of a picture agree about the methods, by pair."""
        from inpaint_bench.bench.agreement import rank_correlations

        return self._once(
            ("correlations", tuple(measures), bucket),
            lambda: rank_correlations(self.in_bucket(bucket), self._entries(measures)),
        )

    def disputed(self, measures: Sequence[str], bucket: str = ALL_BUCKETS) -> list[Case]:
        """Return the masked photographs on which these metrics disagree most."""
        from inpaint_bench.bench.agreement import disputed_cases

        return self._once(
            ("disputed", tuple(measures), bucket),
            lambda: disputed_cases(self.in_bucket(bucket), self._entries(measures)),
        )

    def at(self, precision: str) -> Published:
        """Return the results of one precision, with those that state none.

        Raises:
            BenchError: a variant has two rows on one masked photograph.
        """
        return self._once(("precision", precision), lambda: _at(self, precision))

    def with_own(self, rows: Sequence[Own]) -> Published:
        """Return the results with the rows of a visitor; those of other test sets are left out."""
        mine = [row for row in rows if row.test_set == self.test_set]
        if not mine:
            return self
        before, names, joined = _JOINED.get(mine[-1], (None, (), None))
        if before is not self or names != tuple(row.name for row in mine):
            joined = self._joined(mine)
            _JOINED[mine[-1]] = (self, joined.own, joined)
        return joined

    def _joined(self, mine: Sequence[Own]) -> Published:
        import pandas as pd

        return replace(
            self,
            frame=with_photographs(
                pd.concat([self.frame, *(row.frame for row in mine)], ignore_index=True), self.about
            ),
            origins={**self.origins, **{row.name: row.origin for row in mine}},
            caveats=(*self.caveats, *(row.remark for row in mine)),
            own=tuple(row.name for row in mine),
            _memory={},
        )

    def _entries(self, measures: Sequence[str]) -> dict[str, dict[str, object]]:
        """Return metrics as `bench` describes them."""
        return {
            name: {
                "higher_is_better": self.measures[name].higher_is_better,
                "per_set": self.measures[name].per_set,
            }
            for name in measures
        }

    def _once(self, key: object, make: Callable[[], Value]) -> Value:
        """Return what was made under a key, making it the first time."""
        if key not in self._memory:
            self._memory[key] = make()
        return self._memory[key]


# What a visitor's rows were joined to, for as long as the visitor's session keeps the last one.
_JOINED: WeakKeyDictionary[Own, tuple[Published, tuple[str, ...], Published]] = WeakKeyDictionary()


def published_sets(folder: Path) -> list[str]:
    """Return the test sets that have published records."""
    return sorted(path.stem for path in folder.glob("*.parquet"))


def read_about(folder: Path, test_set: str) -> Mapping[str, Any]:
    """Return what is said of a published test set (images, masks, size, ...), without its records.

    Raises:
        BenchError: the file beside the records cannot be read.
    """
    about = folder / f"{test_set}.json"
    if not about.is_file():
        return {}
    return _read_json(about, about.stat().st_mtime_ns).get("test_set", {})


def read_published(folder: Path, test_set: str) -> Published:
    """Read the results of one test set; a file that has not changed is read once.

    Raises:
        BenchError: a file cannot be read.
    """
    path = folder / f"{test_set}.parquet"
    about = path.with_suffix(".json")
    state = tuple(one.stat().st_mtime_ns for one in (path, about) if one.is_file())
    return _read(path, about, state)


@lru_cache(maxsize=64)
def _read_json(path: Path, state: int) -> Mapping[str, Any]:
    from inpaint_bench.bench.files import read_json

    return read_json(path)


@lru_cache(maxsize=64)
def _read(path: Path, about: Path, state: tuple[int, ...]) -> Published:
    from inpaint_bench.bench.store import read_published as read_records

    said = _read_json(about, state[-1]) if about.is_file() else {}
    try:
        frame = read_records(path)
    except (OSError, ValueError, KeyError) as error:  # a BenchError tells where the file lies
        raise BenchError(
            f"expected published records in {path.name}, but it cannot be read: publish them again"
        ) from error
    test_set = said.get("test_set", {})
    return Published(
        test_set=path.stem,
        frame=with_photographs(frame, test_set),
        measures=_measures(frame, said),
        set_values=said.get("set_values", {}),
        caveats=tuple(said.get("caveats", ())),
        size=int(test_set.get("size", 0)),
        about=test_set,
        seed=int(said.get("seed", 0)),
        origins=said.get("variants", {}),
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
            enough=int(about.get("enough", 0)),  # files published before metrics stated it
            contest=bool(about.get("contest", True)),
        )
        for name, about in (said.get("metrics") or here).items()
    }


def _estimate(results: Published, measure: str, variant: str, bucket: str) -> Estimate:
    from inpaint_bench.bench.statistics import Estimate, bootstrap_mean

    if measure in results.set_values:
        nothing = (math.nan, 0)
        value, n = results.set_values[measure].get(variant, {}).get(bucket, nothing)
        return Estimate(float(value), n=int(n))
    rows = results.rows(variant, bucket)
    if measure not in rows.columns:
        return Estimate(math.nan)
    if measure == SECONDS:
        known = rows[measure].dropna()
        return Estimate(float(known.median()), n=len(known))
    return bootstrap_mean(rows[measure].to_numpy(float), photograph_ids(rows))


def _at(results: Published, precision: str) -> Published:
    frame = results.frame
    frame = frame[frame["precision"].isin([precision, _NO_PRECISION])]
    twice = frame.duplicated(["variant", "image_id", "mask_id"])
    if twice.any():
        name = frame.loc[twice, "variant"].iloc[0]
        raise BenchError(
            f"expected one row of {name} on each masked photograph of {results.test_set}, got "
            "two: publish its results again"
        )
    return replace(results, frame=frame, _memory={})
