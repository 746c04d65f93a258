"""A tiny test set made on the spot, and models that count, fail or draw at random."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import torch

from inpaint_bench.bench.plan import choose_variants
from inpaint_bench.bench.runner import Options, execute, prepare
from inpaint_bench.bench.store import Store
from inpaint_bench.bench.suites import Suite
from inpaint_bench.data import freeze
from inpaint_bench.imaging import write_png
from inpaint_bench.models import MODELS
from inpaint_bench.models._base import Inpainter
from inpaint_bench.types import Completion, Traits, Variant

SIZE = 32
PHOTOGRAPHS = 8  # six masks each: 48 items, two shards


def draw_photograph(seed: int, size: int = SIZE) -> np.ndarray:
    """Return smooth colours with some grain, HxWx3 uint8."""
    rng = np.random.default_rng(seed)
    ramp = np.linspace(0, 1, size)
    waves = [
        np.sin(rng.uniform(2, 9) * ramp[:, None] + rng.uniform(2, 9) * ramp[None]) for _ in range(3)
    ]
    grain = rng.normal(0, 0.05, (size, size, 3))
    return ((np.stack(waves, axis=-1) * 0.4 + 0.5 + grain).clip(0, 1) * 255).astype(np.uint8)


@pytest.fixture(scope="session")
def photographs(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("photographs")
    for index in range(PHOTOGRAPHS):
        write_png(folder / f"photo{index}.png", draw_photograph(index))
    return folder


@pytest.fixture(scope="session")
def test_set(photographs):
    return freeze("tiny", images=str(photographs), masks="free_form", size=SIZE, seed=0)


class Counting(Inpainter):
    """Fills with grey and counts its calls; subclasses say what else happens."""

    traits = Traits(title="Counting", family="test", paper="none")
    calls: Counter[str] = Counter()
    level = 0.5

    def complete(self, image, hole, *, sketch=None, generator=None, explain=False):
        type(self).calls[type(self).__name__] += 1
        self.before(hole)
        return Completion(image=torch.full_like(image, self.level))

    def before(self, hole) -> None:
        """Nothing."""


class Failing(Counting):
    """Fails on large holes."""

    def before(self, hole) -> None:
        if float(hole.mean()) > 0.4:
            raise RuntimeError("the hole is\ntoo large for me")


class Interrupted(Counting):
    """Behaves as if Ctrl-C was pressed at its fifth call."""

    stop_at = 5

    def before(self, hole) -> None:
        if self.calls["Interrupted"] == self.stop_at:
            raise KeyboardInterrupt


class Unbuildable(Counting):
    """Cannot be built."""

    def __init__(self) -> None:
        raise OSError("no such weights")


class Drawing(Counting):
    """Fills with noise from the generator it is given."""

    traits = Traits(title="Drawing", family="test", paper="none", stochastic=True)

    def complete(self, image, hole, *, sketch=None, generator=None, explain=False):
        type(self).calls["Drawing"] += 1
        return Completion(image=torch.rand(image.shape, generator=generator))


class TwoStages(Counting):
    """Two grey stages; an odd number of missing pixels makes the second the worse one."""

    traits = Traits(title="TwoStages", family="test", paper="none", stages=("coarse", "edges"))

    def complete(self, image, hole, *, sketch=None, generator=None, explain=False):
        type(self).calls["TwoStages"] += 1
        odd = hole.sum(dim=(1, 2, 3), keepdim=True) % 2
        coarse, fine = (0.5 + 0.5 * x for x in (0.0 * odd, odd))
        stages = {"coarse": coarse.expand_as(image), "edges": torch.zeros_like(hole)}
        return Completion(image=fine.expand_as(image).clone(), stages=stages)


@pytest.fixture
def calls(monkeypatch) -> Counter[str]:
    """Register the models above for one test; return how often each was called."""
    counter: Counter[str] = Counter()
    for kind in (Counting, Failing, Interrupted, Unbuildable, Drawing, TwoStages):
        monkeypatch.setitem(MODELS._entries, kind.__name__, kind)
    monkeypatch.setattr(Counting, "calls", counter)
    return counter


def variant(name: str, **fields: object) -> Variant:
    return Variant(name=name, architecture=fields.pop("architecture", name), **fields)


@pytest.fixture
def measure(test_set, tmp_path):
    """Return a function that runs variants on the tiny set and gives (preparation, records)."""

    def run(
        *names_or_variants,
        folder=tmp_path / "run",
        test_sets=(test_set,),
        metrics=("l1", "l1_hole", "psnr"),
        seed=0,
        stages=False,
        **options,
    ):
        names = tuple(t.name for t in test_sets)
        suite = Suite("custom", "Tiny", names, "all", metrics, seed, stages=stages)
        variants = [v if isinstance(v, Variant) else variant(v) for v in names_or_variants]
        chosen = choose_variants([v.name for v in variants], variants)
        preparation = prepare(suite, test_sets, chosen, folder, options=Options(**options))
        execute(preparation)
        return preparation, Store(folder).records()

    return run


@pytest.fixture
def threads():
    """Give the number of threads back after the test."""
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def snapshot(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Return time of change and content of every file."""
    return {
        str(path.relative_to(folder)): (path.stat().st_mtime_ns, path.read_bytes())
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(name="snapshot")
def _snapshot():
    return snapshot


@pytest.fixture(name="variant")
def _variant():
    return variant
