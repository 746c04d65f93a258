from __future__ import annotations

import sys
from types import ModuleType

import pytest

from inpaint_bench.ui.workshop import Workshop
from inpaint_bench.ui.zero_gpu import on_gpu


@pytest.fixture
def spaces(monkeypatch):
    """A stand-in for the package of Hugging Face's Spaces that notes what it is asked for."""
    module = ModuleType("spaces")
    module.__spec__ = sys.__spec__
    module.asked = []

    def lend(*, duration):
        def decorate(function):
            def run(*arguments):
                module.asked.append(duration)
                return function(*arguments)

            return run

        return decorate

    module.GPU = lend
    monkeypatch.setitem(sys.modules, "spaces", module)
    return module


def test_a_function_stays_itself_where_there_is_no_zero_gpu(monkeypatch):
    monkeypatch.setitem(sys.modules, "spaces", None)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert on_gpu(len, seconds=5) is len


def test_models_run_with_a_borrowed_gpu_where_there_is_one(spaces):
    workshop = Workshop({"telea": "model"}, seconds=30)
    assert workshop.run("telea", str.upper) == "MODEL"
    assert spaces.asked == [30]
