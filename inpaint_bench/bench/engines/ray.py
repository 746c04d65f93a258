"""The engine that spreads the shards of a run over a Ray cluster, one task a shard.

Every task writes its own parts, atomically, into the run's folder, which all machines must see
under one path (as they must the photographs and this code). A task whose machine is lost is run
again elsewhere; what it had stored before is written over by the same rows. Nothing is merged
at the end: the parts are the table, whoever wrote them.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from inpaint_bench.bench.compute import Worker, WorkerSettings
from inpaint_bench.bench.consistency import CONSISTENCY, declare_again
from inpaint_bench.bench.engines._base import ENGINES
from inpaint_bench.bench.measuring import picture_metric
from inpaint_bench.bench.plan import make_recipe
from inpaint_bench.bench.provenance import stated_version
from inpaint_bench.bench.survey import Work
from inpaint_bench.errors import BenchError
from inpaint_bench.plugins import provide

if TYPE_CHECKING:
    from ray import ObjectRef

__all__ = ["run_ray"]

_RETRIES = 8  # of a shard whose machine was lost
_AHEAD = 3  # tasks waiting for each processor, so that no machine idles and memory stays flat

# In a process of the cluster: its last worker, whose models stay loaded.
_last: list[tuple[WorkerSettings, Worker]] = []


@ENGINES.register("ray")
def run_ray(
    works: Sequence[Work], settings: WorkerSettings, advance: Callable[[str], None]
) -> None:
    """Do every piece of work on the cluster named by RAY_ADDRESS, else on one that runs here,
    else on a new one of this machine's processors.

    Args:
        works: shards with what they lack.
        settings: of the workers; one thread a task unless it says more.
        advance: called with the variant's name after each row, when its shard is done.

    Raises:
        BenchError: Ray is not installed, no machine has the threads of one task, or one has other
            code.
    """
    try:
        import ray
    except ImportError as error:
        raise BenchError(
            "--engine ray needs Ray: pip install -r requirements-cluster.txt"
        ) from error
    threads = settings.threads or 1
    folder = settings.folder.resolve()
    root = None if settings.data_root is None else settings.data_root.resolve()
    settings = replace(settings, folder=folder, data_root=root, threads=threads)
    here = not ray.is_initialized()
    if here:
        ray.init(log_to_driver=False, configure_logging=False, namespace="inpaint_bench")
    try:
        most = max(int(n["Resources"].get("CPU", 0)) for n in ray.nodes() if n["Alive"])
        if threads > most:  # such a task would wait for ever
            raise BenchError(
                f"expected --threads up to {most}, the processors of the largest machine of the "
                f"cluster, got {threads}"
            )
        for done in _finished(ray, works, settings, threads):
            for variant in done:
                advance(variant)
    finally:
        if here:
            ray.shutdown()


def _finished(
    ray, works: Sequence[Work], settings: WorkerSettings, threads: int
) -> Iterator[list[str]]:
    """Yield the rows of each shard, by variant, in the order in which shards are done."""
    task = ray.remote(num_cpus=threads, max_retries=_RETRIES)(_do)
    shared = ray.put(settings)
    waiting = iter(works)
    running: list[ObjectRef] = []
    while True:
        slots = max(1, int(ray.cluster_resources().get("CPU", 1) // threads)) * _AHEAD
        for work in waiting:
            running.append(task.remote(replace(work, shard=work.shard.alone()), shared))
            if len(running) >= slots:
                break
        if not running:
            return
        done, running = ray.wait(running, num_returns=1)
        try:
            yield ray.get(done[0])
        except ray.exceptions.RayTaskError as error:
            raise BenchError(f"a task of the cluster failed: {error.cause}") from error
        except ray.exceptions.RayError as error:  # lost again and again
            raise BenchError(
                f"the cluster lost a task {_RETRIES + 1} times: {' '.join(str(error).split())}; "
                "the same command goes on where it stopped"
            ) from error


def _do(work: Work, settings: WorkerSettings) -> list[str]:
    """Do one shard in a process of the cluster; return the variant of every row."""
    os.environ.setdefault("OMP_NUM_THREADS", str(settings.threads))
    for part in work.parts:
        recipe = part.recipe
        if recipe is None or recipe.outputs is not None:
            continue
        provide(recipe.variant)
        mine = make_recipe(recipe.variant)
        if mine.code != recipe.code:
            raise BenchError(
                f"expected the code of {recipe.variant.name} to be {recipe.code}, got "
                f"{mine.code} on this machine: bring every machine to one commit"
            )
    for name, version in settings.metrics.items():
        consistent = name == CONSISTENCY
        here = declare_again(version) if consistent else stated_version(picture_metric(name))
        if here != version:
            raise BenchError(
                f"the code of {name} on this machine is another than where the run was started: "
                "bring every machine to one commit"
            )
    if not _last or _last[0][0] != settings:
        _last[:] = [(settings, Worker(settings))]
    rows: list[str] = []
    _last[0][1].run(work, rows.append)
    return rows
