"""What is run of a variant: with the visitor's sketch or without, and which of several samples.

A run has a key, which stands for it in a comparison, in file names and in menus: the variant's
name, `NAME+sketch`, `NAME+2` for the second sample, `NAME+sketch+2`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from inpaint_bench.errors import InpaintBenchError
from inpaint_bench.ui.catalogue import Entry

__all__ = ["MOST_SAMPLES", "Run", "plan_runs", "read_run", "run_entry"]

MOST_SAMPLES = 4
_SKETCH = "sketch"


@dataclass(frozen=True)
class Run:
    """One result that is wanted of a variant.

    Attributes:
        variant: its name.
        sketch: whether it is given the visitor's strokes.
        sample: 1 for the first; further ones have other seeds.
    """

    variant: str
    sketch: bool = False
    sample: int = 1

    @property
    def key(self) -> str:
        """What stands for it in a comparison."""
        number = [str(self.sample)] if self.sample > 1 else []
        return "+".join([self.variant, *[_SKETCH] * self.sketch, *number])


def read_run(key: str) -> Run:
    """Return the run of a key.

    Raises:
        InpaintBenchError: it is none.
    """
    variant, *rest = key.split("+")
    sketch = rest[:1] == [_SKETCH]
    number = rest[sketch:] or ["1"]
    if not variant or len(number) > 1 or not number[0].isdecimal():
        raise InpaintBenchError(f"expected a result such as 'NAME+sketch+2', got {key!r}")
    return Run(variant, sketch, int(number[0]))


def run_entry(entries: Mapping[str, Entry], key: str) -> Entry:
    """Return how a run is shown: its variant with "sketch" and the sample in its title."""
    run = read_run(key)
    entry = entries[run.variant]
    more = ["sketch"] * run.sketch + [f"sample {run.sample}"] * (run.sample > 1)
    return replace(entry, title=" · ".join([entry.title, *more])) if more else entry


def plan_runs(
    entries: Mapping[str, Entry], names: Sequence[str], *, sketch: bool, samples: int
) -> list[str]:
    """Return the keys of all runs of the ticked variants, what belongs together side by side.

    Args:
        names: of the variants, in order.
        sketch: whether there is one; variants that take it run without and with it.
        samples: of each stochastic variant, 1 to `MOST_SAMPLES`.

    Raises:
        InpaintBenchError: another number of samples.
    """
    if samples not in range(1, MOST_SAMPLES + 1):
        raise InpaintBenchError(f"expected 1 to {MOST_SAMPLES} samples, got {samples}")
    keys = []
    for name in names:
        entry = entries[name]
        for sample in range(1, samples + 1 if entry.stochastic else 2):
            keys.append(Run(name, False, sample).key)
            if sketch and entry.sketch:
                keys.append(Run(name, True, sample).key)
    return keys
