"""What every engine is: a function that gets the work and the settings of its workers."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from inpaint_bench._registry import Registry
from inpaint_bench.bench.compute import WorkerSettings
from inpaint_bench.bench.survey import Work

__all__ = ["ENGINES", "Engine"]

Engine = Callable[[Sequence[Work], WorkerSettings, Callable[[str], None]], None]

ENGINES: Registry[Engine] = Registry("engine")
