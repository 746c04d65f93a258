"""How the networks trained here compare with the classical methods on held-out photographs.

    python -m eval.benchmarks.held_out [--out FILE]

Writes docs/held_out.md from `eval/results`, and says which network misses which aim.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from inpaint_bench.bench.files import write_text
from inpaint_bench.bench.ranking import Ranking, rank_methods
from inpaint_bench.bench.store import RESULTS_FOLDER, read_published
from inpaint_bench.bench.tables import bucket_order
from inpaint_bench.errors import BenchError
from inpaint_bench.weights import read_manifest

# The letters stand for them in the tables.
_CLASSICAL = {
    "mean_colour": "M",
    "telea": "T",
    "navier_stokes": "N",
    "biharmonic": "B",
    "patchmatch": "P",
}
_DOMAINS = {"scenes128": "intel150-128", "faces128": "ffhq256-128"}


@dataclass(frozen=True)
class _Aim:
    """What every network is meant to reach.

    Attributes:
        metric: column of the records; less is better.
        title: of the table.
        rivals: classical methods that are to be beaten.
        since: first bucket where they are.
    """

    metric: str
    title: str
    rivals: tuple[str, ...]
    since: str


_AIMS = (
    _Aim("l1_hole", "L1 in the hole (%)", tuple(_CLASSICAL)[:4], "30-40 %"),
    _Aim("perceptual_squeeze", "Distance of SqueezeNet features", tuple(_CLASSICAL), "20-30 %"),
)
_HEAD = """# Held-out results of the networks trained here

Means over photographs that no training saw, at 128x128, by the share of the picture that is
missing; less is better. **Bold**: better than each classical method that the aim names. "=": none
of these is better, as far as a paired bootstrap over photographs can tell (95 %, all pairs of a
column at once). Letters: these are better, `mean_colour` (M), `telea` (T), `navier_stokes` (N),
`biharmonic` (B), `patchmatch` (P).

Written by `python -m eval.benchmarks.held_out --out docs/held_out.md` from `eval/results`. The
networks' budgets stand on their cards in `weights/cards`.
"""


def main() -> int:
    """Print, or write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, help="write it here instead of printing it")
    chosen = parser.parse_args()
    try:
        text = _HEAD + "".join(_domain(*domain) for domain in _DOMAINS.items())
        if chosen.out is None:
            print(text, end="")
        else:
            write_text(chosen.out, text)
    except BenchError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


def _domain(tag: str, test_set: str) -> str:
    """Return the tables of the networks that were trained on one kind of photographs."""
    path = RESULTS_FOLDER / f"{test_set}.parquet"
    if not path.is_file():
        raise BenchError(f"expected published results at {path}")
    frame = read_published(path)
    networks = [
        name
        for name, variant in read_manifest().items()
        if variant.provenance == "trained here" and tag in name.split("-")
    ]
    frame = frame[frame["variant"].isin([*_CLASSICAL, *networks])]
    tables = [_table(frame, networks, aim) for aim in _AIMS]
    return f"\n## {tag}, measured on {test_set}\n" + "".join(tables)


def _table(frame: pd.DataFrame, networks: list[str], aim: _Aim) -> str:
    """Return one metric by bucket, and who misses the aim where."""
    buckets = bucket_order(frame["bucket"].unique())
    rankings = {
        bucket: rank_methods(frame[frame["bucket"] == bucket], aim.metric, higher_is_better=False)
        for bucket in buckets
    }
    lines = [
        f"\n### {aim.title}\n",
        "| variant | " + " | ".join(f"{b} ({rankings[b].n})" for b in buckets) + " |",
        "|---" + "|---:" * len(buckets) + "|",
    ]
    means = frame.groupby(["variant", "bucket"])[aim.metric].mean()
    missed: list[str] = []
    absent = [name for name in (*_CLASSICAL, *networks) if name not in means]
    if absent:
        raise BenchError(
            f"expected published rows of {', '.join(absent)} too: run them on this test set and "
            "publish the run"
        )
    aimed = buckets[buckets.index(aim.since) :]
    for name in (*_CLASSICAL, *networks):
        cells, short = [], []
        for bucket in buckets:
            cell = f"{means[name, bucket]:.2f}"
            if name in networks:
                level, better = _against(rankings[bucket], name, aim.rivals)
                if better:
                    cell += " " + "".join(_CLASSICAL[rival] for rival in better)
                else:
                    cell = f"{cell} =" if level else f"**{cell}**"
                if bucket in aimed and (level or better):
                    short.append(bucket)
            cells.append(cell)
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
        if short:
            missed.append(f"{name} ({', '.join(short)})")
    told = f"better than {', '.join(aim.rivals)} from {aim.since} up"
    if missed:
        lines.append(f"\nAim: {told}. Missed by {'; '.join(missed)}.")
    else:
        lines.append(f"\nAim: {told}. Every network reaches it.")
    return "\n".join(lines) + "\n"


def _against(ranking: Ranking, name: str, rivals: tuple[str, ...]) -> tuple[list[str], list[str]]:
    """Return the rivals that cannot be told apart from `name`, and those that are better."""
    differences = {rival: ranking.differences[name, rival] for rival in rivals}
    level = [rival for rival, found in differences.items() if not found.significant]
    better = [rival for rival, found in differences.items() if found.low > 0.0]
    return level, better


if __name__ == "__main__":
    sys.exit(main())
