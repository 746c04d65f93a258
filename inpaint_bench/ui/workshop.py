"""Models at work for visitors, each run for a bounded time.

A run has a thread of its own. One that takes too long is left behind: whoever waited for it gets
an error at once, and the queue goes on. Python cannot end a thread, so it works on until its
model is done, and its result is dropped. At most a few are left behind at the same time; until
one of them has ended, further runs are refused. They hold no lock that others need but that of
loading, and end with the process.
"""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable
from concurrent.futures import Future, TimeoutError
from typing import TYPE_CHECKING, Protocol, TypeVar

from inpaint_bench.errors import ModelError
from inpaint_bench.ui.zero_gpu import on_gpu

if TYPE_CHECKING:
    from inpaint_bench.models import Inpainter

__all__ = ["Models", "Workshop", "run_bounded"]

Result = TypeVar("Result")
_MOST_LEFT_BEHIND = 2


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

    def run(self, name: str, job: Callable[[Inpainter], Result]) -> Result:
        """Return what `job` makes with a model, or give up.

        Args:
            name: of the variant.
            job: picklable with its result where there is a ZeroGPU.

        Raises:
            ModelError: it took too long, or too many that did are still at work.
            InpaintBenchError: the model cannot be loaded; errors of `job` pass through as well.
        """
        with self._lock:
            if len(self._left_behind) >= _MOST_LEFT_BEHIND:
                raise ModelError(
                    "expected a free processor, but models that took too long are still at "
                    "work: try again in a minute"
                )
        done: Future[Result] = Future()
        context = contextvars.copy_context()  # of the request, by which ZeroGPU knows the visitor
        thread = threading.Thread(
            target=context.run, args=(self._fulfil, done, name, job), daemon=True
        )
        thread.start()
        try:
            return done.result(timeout=self._seconds)
        except TimeoutError as error:
            if done.done():  # the job's own error is of this kind
                raise
            self._leave(done)
            raise ModelError(
                f"expected a result within {self._seconds} s, got none and gave up: try a "
                "smaller photograph or hole"
            ) from error

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


def run_bounded(models: Models, name: str, job: Callable[[Inpainter], Result]) -> Result:
    """Return what `job` makes with a model, within the time of a `Workshop` if `models` is one.

    Raises:
        InpaintBenchError: as `Workshop.run`.
    """
    return models.run(name, job) if isinstance(models, Workshop) else job(models[name])
