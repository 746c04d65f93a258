"""The engine that works in this process, one shard after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import zip_longest

from inpaint_bench.bench.compute import Worker, WorkerSettings
from inpaint_bench.bench.engines._base import ENGINES
from inpaint_bench.bench.survey import Work

__all__ = ["run_local"]


@ENGINES.register("local")
def run_local(
    works: Sequence[Work], settings: WorkerSettings, advance: Callable[[str], None]
) -> None:
    """Do every piece of work in order.

    Args:
        works: shards with what they lack.
        settings: of the worker.
        advance: called with the variant's name after each row.
    """
    worker = Worker(settings)
    for work, following in zip_longest(works, works[1:]):
        worker.run(work, advance, following)
