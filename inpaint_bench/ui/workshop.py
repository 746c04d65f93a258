"""Models at work for visitors, each run for a bounded time.

A run has a thread of its own. One that takes too long, or that is cancelled, is left behind:
whoever waited for it goes on at once, and so does the queue. Python cannot end a thread, so it
works on until its model is done, and its result is dropped. At most a few are left behind at the
same time; further runs wait a moment for one of them to end, and are refused if none does. They
hold no lock that others need but that of loading, and end with the process.
"""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from typing import TYPE_CHECKING, Protocol, TypeVar

from inpaint_bench.errors import ModelError
from inpaint_bench.ui.zero_gpu import on_gpu

if TYPE_CHECKING:
    from inpaint_bench.models import Inpainter

__all__ = ["Models", "Workshop", "cancellable", "run_bounded"]

Result = TypeVar("Result")
_MOST_LEFT_BEHIND = 2
_PATIENCE_SECONDS = 10  # for one of them to end


class Models(Protocol):
    """Gives a model by its variant's name."""

    def __getitem__(self, name: str) -> Inpainter: ...


class Workshop:
    """Runs models by variant name; safe to call from threads.

    Args:
        models: gives them.
        seconds: for one run, loading included.
    """

    def __init__(self, models: Models, *, seconds: int) -> None:
        self._models = models
        self._seconds = seconds
        self._left_behind: set[Future] = set()
        self._lock = threading.Lock()
        self._work = on_gpu(self._work_here, seconds=seconds)

    def __getitem__(self, name: str) -> Inpainter:
        """Return a model, to use without a bound.

        Raises:
            InpaintBenchError: there is no such variant, or its weights cannot be loaded.
        """
        return self._models[name]

    def run(
        self, name: str, job: Callable[[Inpainter], Result], *, stop: Future | None = None
    ) -> Result:
        """Return what `job` makes with a model, or give up.

        Args:
            name: of the variant.
            job: picklable with its result where there is a ZeroGPU.
            stop: done as soon as nobody wants the result any more.

        Raises:
            ModelError: it took too long, was stopped, or too many such ones are still at work.
            InpaintBenchError: the model cannot be loaded; errors of `job` pass through as well.
        """
        self._wait_for_room(stop)
        done: Future[Result] = Future()
        context = contextvars.copy_context()  # of the request, by which ZeroGPU knows the visitor
        thread = threading.Thread(
            target=context.run, args=(self._fulfil, done, name, job), daemon=True
        )
        thread.start()
        _wait({done}, stop, self._seconds)
        if done.done():
            return done.result()
        self._leave(done)
        if stop is not None and stop.done():
            raise ModelError("expected to be waited for, got cancelled: compare again")
        raise ModelError(
            f"expected a result within {self._seconds} s, got none and gave up: try a "
            "smaller photograph or hole"
        )

    def _wait_for_room(self, stop: Future | None) -> None:
        with self._lock:
            left = set(self._left_behind)
        if len(left) >= _MOST_LEFT_BEHIND:
            _wait(left, stop, min(self._seconds, _PATIENCE_SECONDS))
        if sum(not one.done() for one in left) >= _MOST_LEFT_BEHIND:
            raise ModelError(
                "expected a free processor, but models that were cancelled or took too long are "
                "still at work: try again in a minute"
            )

    def _fulfil(self, done: Future, name: str, job: Callable[[Inpainter], Result]) -> None:
        try:
            done.set_result(self._work(name, job))
        except BaseException as error:  # handed to whoever waits, as executors do
            done.set_exception(error)

    def _work_here(self, name: str, job: Callable[[Inpainter], Result]) -> Result:
        return job(self._models[name])

    def _leave(self, done: Future) -> None:
        with self._lock:
            self._left_behind.add(done)
        done.add_done_callback(self._ended)  # called at once if it has just ended

    def _ended(self, done: Future) -> None:
        with self._lock:
            self._left_behind.discard(done)


def run_bounded(
    models: Models,
    name: str,
    job: Callable[[Inpainter], Result],
    *,
    stop: Future | None = None,
) -> Result:
    """Return what `job` makes with a model, bounded as by `Workshop.run` if `models` is one.

    Raises:
        InpaintBenchError: as `Workshop.run`.
    """
    if isinstance(models, Workshop):
        return models.run(name, job, stop=stop)
    return job(models[name])


def cancellable(work: Callable[..., Iterator[Result]]) -> Callable[..., AsyncIterator[Result]]:
    """Return `work` as an event that ends at the very moment when it is cancelled.

    Gradio waits for the thread of a plain generator, and until it has ended, a button that is
    pressed again does nothing.

    Args:
        work: also takes `stop`, which is done once nobody waits for it any more.
    """

    async def event(*inputs: object) -> AsyncIterator[Result]:
        stop: Future[None] = Future()
        items, end = work(*inputs, stop=stop), object()
        try:
            while (item := await asyncio.to_thread(next, items, end)) is not end:
                yield item
        finally:
            stop.set_result(None)

    return event


def _wait(futures: set[Future], stop: Future | None, seconds: float) -> None:
    """Return once one of `futures` or `stop` is done, or the time is over."""
    wait(futures if stop is None else {*futures, stop}, seconds, FIRST_COMPLETED)
