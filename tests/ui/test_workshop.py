from __future__ import annotations

import asyncio
import threading
import time
from concurrent.futures import Future

import pytest

from inpaint_bench.errors import ModelError, WeightsError
from inpaint_bench.ui.workshop import Workshop, cancellable


class Models:
    """Gives names as models; "absent" has no weights."""

    def __getitem__(self, name):
        if name == "absent":
            raise WeightsError("expected weights, got none")
        return name


@pytest.fixture
def gate():
    """What slow jobs wait for; opened in the end so that no thread outlives its test."""
    event = threading.Event()
    yield event
    event.set()


def test_a_job_gets_the_model_and_gives_its_result():
    workshop = Workshop(Models(), seconds=20)
    assert workshop.run("telea", str.upper) == "TELEA"
    assert workshop["telea"] == "telea"


def test_errors_of_models_and_jobs_arrive_as_they_are():
    workshop = Workshop(Models(), seconds=20)
    with pytest.raises(WeightsError, match="got none"):
        workshop.run("absent", str.upper)
    with pytest.raises(ZeroDivisionError):
        workshop.run("telea", lambda model: 1 / 0)


def test_a_job_that_takes_too_long_is_left_behind_in_time(gate):
    workshop = Workshop(Models(), seconds=1)
    start = time.monotonic()
    with pytest.raises(ModelError, match="within 1 s"):
        workshop.run("telea", lambda model: gate.wait(30))
    assert time.monotonic() - start < 10
    assert workshop.run("telea", str.upper) == "TELEA"


def test_too_many_left_behind_are_refused_until_one_has_ended(gate):
    workshop = Workshop(Models(), seconds=1)
    for _ in range(2):
        with pytest.raises(ModelError, match="within 1 s"):
            workshop.run("telea", lambda model: gate.wait(30))
    with pytest.raises(ModelError, match="try again in a minute"):
        workshop.run("telea", str.upper)
    gate.set()
    end = time.monotonic() + 20
    while time.monotonic() < end:
        try:
            assert workshop.run("telea", str.upper) == "TELEA"
            return
        except ModelError:
            time.sleep(0.05)
    pytest.fail("the workshop is still closed")


def test_a_run_waits_for_one_left_behind_to_end(gate):
    workshop = Workshop(Models(), seconds=1)
    for _ in range(2):
        with pytest.raises(ModelError, match="within 1 s"):
            workshop.run("telea", lambda model: gate.wait(30))
    threading.Timer(0.2, gate.set).start()
    assert workshop.run("telea", str.upper) == "TELEA"


def test_a_run_that_is_stopped_is_left_behind_at_once_and_counts_as_such(gate):
    workshop = Workshop(Models(), seconds=30)
    for _ in range(2):
        stop, began = Future(), threading.Event()

        def job(model, began=began):
            began.set()
            gate.wait(30)

        def cancel(stop=stop, began=began):
            began.wait(20)
            stop.set_result(None)

        threading.Thread(target=cancel).start()
        start = time.monotonic()
        with pytest.raises(ModelError, match="cancelled"):
            workshop.run("telea", job, stop=stop)
        assert time.monotonic() - start < 20
    gone = Future()
    gone.set_result(None)  # so that it does not wait for room
    with pytest.raises(ModelError, match="still at work"):
        workshop.run("telea", str.upper, stop=gone)


def test_a_cancelled_event_ends_at_once_and_says_so_to_its_work(gate):
    stopped = []

    def work(name, *, stop):
        stopped.append(stop)
        yield name
        gate.wait(30)
        yield "too late"

    async def cancel():
        seen = []

        async def listen():
            async for item in cancellable(work)("telea"):
                seen.append(item)

        task = asyncio.create_task(listen())
        while not seen:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.1)  # by now it waits for the second item
        assert not stopped[0].done()
        task.cancel()
        start = time.monotonic()
        await asyncio.gather(task, return_exceptions=True)
        ended = time.monotonic() - start
        gate.set()  # or the loop would wait for the thread when it closes
        return seen, ended

    seen, ended = asyncio.run(cancel())
    assert seen == ["telea"] and ended < 10
    assert stopped[0].done()


def test_an_event_gives_everything_its_work_gives():
    async def collect():
        return [item async for item in cancellable(lambda *items, stop: iter(items))(1, None, 3)]

    assert asyncio.run(collect()) == [1, None, 3]


def test_a_context_of_the_request_is_there_in_the_thread():
    import contextvars

    visitor = contextvars.ContextVar("visitor")
    visitor.set("one")
    assert Workshop(Models(), seconds=20).run("telea", lambda model: visitor.get()) == "one"
