from __future__ import annotations

import threading
import time

import pytest

from inpaint_bench.errors import ModelError, WeightsError
from inpaint_bench.ui.workshop import Workshop


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


def test_a_context_of_the_request_is_there_in_the_thread():
    import contextvars

    visitor = contextvars.ContextVar("visitor")
    visitor.set("one")
    assert Workshop(Models(), seconds=20).run("telea", lambda model: visitor.get()) == "one"
