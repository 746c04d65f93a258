from __future__ import annotations

from pathlib import Path

import pytest

from inpaint_bench.errors import InpaintBenchError
from inpaint_bench.ui.settings import Settings


def test_defaults_are_small_enough_for_a_public_cpu_space():
    settings = Settings()
    assert settings.max_side <= 512
    assert settings.runs_at_once == 1
    assert settings.max_upload_mb <= 20
    assert settings.queue_size < 100
    assert settings.model_seconds <= 120 and settings.models_mb <= 2048
    assert settings.mcp is False


def test_environment_variables_replace_single_fields():
    environment = {
        "INPAINT_BENCH_MAX_SIDE": "256",
        "INPAINT_BENCH_RESULTS_DIR": "/somewhere",
        "INPAINT_BENCH_DEVICE": "cuda",
        "HOME": "/root",
    }
    settings = Settings.from_environment(environment)
    assert settings.max_side == 256
    assert settings.results_dir == Path("/somewhere")
    assert settings.device == "cuda"
    assert settings.queue_size == Settings().queue_size


@pytest.mark.parametrize("value", ["0", "1"])
def test_a_switch_is_0_or_1(value):
    settings = Settings.from_environment({"INPAINT_BENCH_MCP": value})
    assert settings.mcp is (value == "1")


@pytest.mark.parametrize(
    ("name", "value"), [("MAX_SIDE", "big"), ("MAX_SIDE", "0"), ("MCP", "yes")]
)
def test_a_value_of_the_wrong_kind_is_refused_in_one_line(name, value):
    with pytest.raises(InpaintBenchError, match="expected") as caught:
        Settings.from_environment({f"INPAINT_BENCH_{name}": value})
    assert "\n" not in str(caught.value)
