"""What is published on one test set: read, merged with a run's, written.

`eval/results/<test_set>.parquet` holds every record, the JSON beside it where each variant's rows
come from, CSV and Markdown the tables made from both; rows of earlier stages lie in
`stages/<test_set>.parquet`.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd
import pyarrow as pa

from inpaint_bench import list_variants
from inpaint_bench.bench.consistency import CONSISTENCY
from inpaint_bench.bench.files import read_json, write_json, write_parquet, write_text
from inpaint_bench.bench.report import render
from inpaint_bench.bench.run_info import Entry, RunInfo
from inpaint_bench.bench.statistics import Estimate
from inpaint_bench.bench.store import STAGES, read_published
from inpaint_bench.bench.summary import summarise
from inpaint_bench.bench.tables import Cells
from inpaint_bench.errors import BenchError

__all__ = ["Publication", "nested"]

_FORMAT = 1
_SAID = ("test_set", "seed", "variants", "metrics", "empty", "set_values", "caveats")
_SetValues = Mapping[str, Mapping[str, Mapping[str, Sequence[float]]]]


@dataclass(frozen=True)
class Publication:
    """What is published on one test set.

    Attributes:
        test_set: its name.
        about: its hash, sizes and terms, as in `RunInfo`.
        seed: of all its rows.
        frame: records.
        origins: by variant: made_from (ingredients) and measured (command, machine, ...).
        metrics: by name, as in `RunInfo`.
        empty: metric -> why it has no values.
        set_values: metric -> variant -> bucket -> [value, n]; their features are not published.
        caveats: of these.
        stages: rows of earlier stages.
    """

    test_set: str
    about: Entry
    seed: int
    frame: pd.DataFrame
    origins: Mapping[str, Entry]
    metrics: Mapping[str, Entry]
    empty: Mapping[str, str]
    set_values: _SetValues
    caveats: tuple[str, ...]
    stages: pd.DataFrame

    @classmethod
    def read(cls, path: Path) -> Publication:
        """Return what is published in the Parquet file `path` and beside it.

        Raises:
            BenchError: it is not whole.
        """
        said = read_json(path.with_suffix(".json"))
        missing = [name for name in _SAID if name not in said]
        if missing:
            raise BenchError(
                f"expected what `publish` writes in {path.with_suffix('.json')}, got nothing on "
                f"{', '.join(missing)}: take back what was changed there"
            )
        return cls(
            test_set=said["test_set"]["name"],
            about={key: value for key, value in said["test_set"].items() if key != "name"},
            seed=said["seed"],
            frame=read_published(path),
            origins=_in_order(said["variants"]),
            metrics=said["metrics"],
            empty=said["empty"],
            set_values=said["set_values"],
            caveats=tuple(said["caveats"]),
            stages=_read_stages(path),
        )

    def measured_of(self, variant: str) -> list[str]:
        """Return the metrics of which a variant has a value, and its earlier stages."""
        rows = self.frame[self.frame["variant"] == variant]
        found = [name for name in self.metrics if name in rows and rows[name].notna().any()]
        found += [name for name, values in self.set_values.items() if values.get(variant)]
        earlier = self.stages[self.stages["variant"] == variant]
        return found + [f"the stage {name}" for name in earlier.get("stage", pd.Series()).unique()]

    def without(self, names: Container[str]) -> Publication:
        """Return it without some variants, and without what was said of them."""
        kept = [name for name in self.origins if name not in names]
        gone = [name for name in self.origins if name in names]
        return replace(
            self,
            frame=self.frame[self.frame["variant"].isin(kept)],
            stages=self.stages[self.stages["variant"].isin(kept)],
            origins={name: self.origins[name] for name in kept},
            set_values={
                metric: {name: values for name, values in found.items() if name in kept}
                for metric, found in self.set_values.items()
            },
            caveats=tuple(
                one for one in self.caveats if not any(f" of {name}: " in one for name in gone)
            ),
        )

    def merged(self, new: Publication) -> Publication:
        """Return it together with another's variants, which replace those of the same names.

        Raises:
            BenchError: self-consistency was measured otherwise, or the seeds differ.
        """
        kept = self.without(new.origins)
        if kept.origins:
            _check_alike(self, new, ", ".join(kept.origins))
        set_values = {metric: dict(found) for metric, found in new.set_values.items()}
        for metric, found in kept.set_values.items():
            if found:
                set_values.setdefault(metric, {}).update(found)
        return replace(
            new,
            frame=_joined(kept.frame, new.frame),
            origins=_in_order({**kept.origins, **new.origins}),
            metrics={**self.metrics, **new.metrics},
            empty={**self.empty, **new.empty},
            set_values=set_values,
            caveats=tuple(dict.fromkeys([*new.caveats, *kept.caveats])),
            stages=_joined(kept.stages, new.stages),
        )

    def write(self, path: Path) -> None:
        """Write the records to `path` first, then the files beside it."""
        frame = self.frame.sort_values(["variant", "image_id", "mask_id"], kind="stable")
        _write_frame(path, frame)
        beside = _stages_path(path)
        if len(self.stages):
            by = ["variant", "stage", "image_id", "mask_id"]
            _write_frame(beside, self.stages.sort_values(by, kind="stable"))
        else:
            beside.unlink(missing_ok=True)
        info = RunInfo(
            suite="published",
            title=f"Published results: {self.test_set}",
            seed=self.seed,
            test_sets={self.test_set: self.about},
            variants={variant: origin["made_from"] for variant, origin in self.origins.items()},
            metrics=self.metrics,
            empty=self.empty,
            commands=tuple(origin["measured"] for origin in self.origins.values()),
        )
        said = summarise(
            frame,
            self.test_set,
            info,
            metrics=list(self.metrics),
            set_cells={metric: _cells(values) for metric, values in self.set_values.items()},
            caveats=self.caveats,
            stages=self.stages if len(self.stages) else None,
        )
        write_json(
            path.with_suffix(".json"),
            {
                "format": _FORMAT,
                "test_set": {"name": self.test_set, **self.about},
                "seed": self.seed,
                "metrics": self.metrics,
                "empty": self.empty,
                "caveats": self.caveats,
                "set_values": self.set_values,
                "variants": self.origins,
            },
        )
        write_text(path.with_suffix(".csv"), render(info, [said], by="bucket", form="csv"))
        write_text(path.with_suffix(".md"), render(info, [said], by="bucket", overview=True))


def nested(cells: Cells) -> dict[str, dict[str, list[float]]]:
    """Return a metric's cells as `set_values` has them: variant -> bucket -> [value, n]."""
    found: dict[str, dict[str, list[float]]] = {}
    for (variant, bucket), cell in cells.items():
        found.setdefault(variant, {})[bucket] = [cell.mean, cell.n]
    return found


def _cells(values: Mapping[str, Mapping[str, Sequence[float]]]) -> Cells:
    return {
        (variant, bucket): Estimate(float(mean), n=int(n))
        for variant, found in values.items()
        for bucket, (mean, n) in found.items()
    }


def _check_alike(before: Publication, new: Publication, names: str) -> None:
    """Raise unless rows of `new` can stand beside those of the variants `names` of `before`."""
    if before.seed != new.seed:
        raise BenchError(
            f"expected results of seed {before.seed} for {new.test_set}, as those published of "
            f"{names}, got seed {new.seed}: run all of them with one seed"
        )
    said = [found.metrics.get(CONSISTENCY) for found in (before, new)]
    if all(said) and said[0]["version"] != said[1]["version"]:
        raise BenchError(
            f"self-consistency of {names} on {new.test_set} is of another second model, masks or "
            "distance: measure all variants alike"
        )


def _stages_path(path: Path) -> Path:
    return path.parent / STAGES / path.name


def _read_stages(path: Path) -> pd.DataFrame:
    """Return the published rows of earlier stages beside the records in `path`."""
    beside = _stages_path(path)
    return read_published(beside) if beside.is_file() else pd.DataFrame(columns=["variant"])


def _joined(one: pd.DataFrame, other: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of both; pandas would let an empty table decide the types of columns."""
    there = [frame for frame in (one, other) if len(frame)]
    return pd.concat(there, ignore_index=True) if there else other


def _in_order(origins: Mapping[str, Entry]) -> dict[str, Entry]:
    """Return variants in the manifest's order, those that it no longer has at the end."""
    order = [variant.name for variant in list_variants()]
    return {name: origins[name] for name in (*order, *origins) if name in origins}


def _write_frame(path: Path, frame: pd.DataFrame) -> None:
    table = pa.Table.from_pandas(frame, preserve_index=False)
    write_parquet(path, table.replace_schema_metadata(None))
