"""The table of the Leaderboard as CSV and LaTeX, written by `bench` from what is on the page."""

from __future__ import annotations

from collections.abc import Sequence

from inpaint_bench.bench.report import render
from inpaint_bench.bench.run_info import RunInfo
from inpaint_bench.bench.summary import Summary
from inpaint_bench.bench.tables import ALL_BUCKETS
from inpaint_bench.errors import BenchError
from inpaint_bench.ui.published import SECONDS, Published

__all__ = ["FORMATS", "table_file"]

FORMATS = {"csv": "csv", "latex": "tex"}
_STATED = ("sha256", "size", "images", "masks", "items", "total")


def table_file(results: Published, measures: Sequence[str], form: str) -> str:
    """Return the chosen metrics by bucket, every number with its N and interval.

    Args:
        measures: names of metrics.
        form: one of `FORMATS`.

    Raises:
        BenchError: the published file does not say what was measured.
    """
    missing = [name for name in _STATED if name not in results.about]
    if missing:
        raise BenchError(
            f"expected the results of {results.test_set} to state {', '.join(missing)}, and they "
            "do not: publish them again"
        )
    info, summary = _info(results, measures), _summary(results, measures)
    return render(info, [summary], by="bucket", form=form)


def _summary(results: Published, measures: Sequence[str]) -> Summary:
    buckets = (*results.buckets, ALL_BUCKETS)
    pairs = [(variant, bucket) for variant in results.variants for bucket in buckets]
    measured = {name: {pair: results.estimate(name, *pair) for pair in pairs} for name in measures}
    columns = [(name, bucket) for name in measures for bucket in buckets]
    found = {column: results.ranking(*column) for column in columns}
    return Summary(
        test_set=results.test_set,
        about=results.about,
        photographs=results.photographs,
        variants=tuple(results.variants),
        buckets=tuple(results.buckets),
        metrics=_entries(results, measures),
        cells=measured,
        seconds={pair: results.estimate(SECONDS, *pair) for pair in pairs},
        empty={
            name: results.measures[name].empty for name in measures if not results.has_values(name)
        },
        caveats=results.caveats,
        notes=(),
        rankings={key: ranking for key, ranking in found.items() if ranking is not None},
    )


def _info(results: Published, measures: Sequence[str]) -> RunInfo:
    origins = {name: results.origins[name] for name in results.variants if name in results.origins}
    commands = [origin["measured"] for origin in origins.values()]
    return RunInfo(
        suite="published",
        title=f"Published results: {results.test_set}",
        seed=results.seed,
        test_sets={results.test_set: results.about},
        variants={name: origin["made_from"] for name, origin in origins.items()},
        metrics=_entries(results, measures),
        commands=tuple(command for command in commands if "machine" in command),
    )


def _entries(results: Published, measures: Sequence[str]) -> dict[str, dict[str, object]]:
    """Return metrics as `bench` describes them."""
    return {name: {**vars(results.measures[name])} for name in measures}
