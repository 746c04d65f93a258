"""Fixtures of published implementations, and what the command says when one does not agree."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from inpaint_bench.errors import DataMissingError
from inpaint_bench.parity import check_fixtures, fill_tensor

FIXTURES = Path(__file__).parent / "fixtures" / "parity"


@pytest.mark.parametrize("name", sorted(p.stem for p in FIXTURES.glob("*.json")))
def test_the_network_gives_the_published_output(name, tmp_path):
    for suffix in (".json", ".safetensors"):
        (tmp_path / f"{name}{suffix}").symlink_to(FIXTURES / f"{name}{suffix}")
    (outcome,) = check_fixtures(tmp_path)
    assert outcome.ok, f"{outcome.error} > {outcome.limit} {outcome.reason}"


def _copy(name: str, folder: Path, *, reference: str | None = None, shift: float = 0.0) -> None:
    table = json.loads((FIXTURES / f"{name}.json").read_text())
    table["reference"] = reference or table["reference"]
    (folder / f"{name}.json").write_text(json.dumps(table))
    tensors = load_file(FIXTURES / f"{name}.safetensors")
    tensors["output"] = tensors["output"] + shift
    save_file(tensors, folder / f"{name}.safetensors")


def test_a_fixture_whose_output_is_off_by_a_thousandth_fails(tmp_path):
    _copy("contextual_attention_fuse", tmp_path, shift=1e-3)
    (outcome,) = check_fixtures(tmp_path)
    assert not outcome.ok
    assert outcome.error == pytest.approx(1e-3, rel=0.1)


def test_a_fixture_of_an_unknown_reference_fails_and_says_so(tmp_path):
    _copy("contextual_attention_fuse", tmp_path, reference="somebody/else @ 1234 net.py, Net(3)")
    (outcome,) = check_fixtures(tmp_path)
    assert not outcome.ok
    assert "no implementation" in outcome.reason


def test_a_folder_without_fixtures_is_refused(tmp_path):
    with pytest.raises(DataMissingError, match="expected parity fixtures"):
        list(check_fixtures(tmp_path))


def test_the_command_closes_with_the_counts_and_exits_1_on_a_failure(tmp_path):
    _copy("contextual_attention_fuse", tmp_path)
    _copy("contextual_attention_plain", tmp_path, shift=1.0)
    done = subprocess.run(
        [sys.executable, "-m", "inpaint_bench", "parity", str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=120,
    )
    lines = done.stdout.splitlines()
    assert lines[0].startswith("contextual_attention_fuse:")
    assert lines[0].endswith("ok")
    assert lines[1].endswith("FAIL")
    assert lines[-1] == "1 passed, 1 failed"
    assert done.returncode == 1


def test_parameters_follow_the_rule_written_in_the_fixtures():
    stream = torch.randn(4, 2, 3, 3)
    filled = fill_tensor("a.weight", tuple(stream.shape), "salt:", 0.5)
    assert filled.std() == pytest.approx(0.5 * (2 / 18) ** 0.5, rel=0.3)
    assert fill_tensor("bn.running_var", (64,), "salt:", 1.0).min() >= 1.0
    assert fill_tensor("bn.num_batches_tracked", (), "salt:", 1.0).item() == 0
    assert not torch.equal(filled, fill_tensor("b.weight", (4, 2, 3, 3), "salt:", 0.5))
