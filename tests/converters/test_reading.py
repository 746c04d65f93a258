"""Checkpoints are told apart by content, and nothing that they bring along is run."""

from __future__ import annotations

import errno
import shutil
import sys
import types
import warnings
import zipfile

import pytest
import torch
from safetensors.torch import save_file

from inpaint_bench.converters.reading import read_checkpoint
from inpaint_bench.errors import WeightsError
from tests.weights.faulty_zip import write_faulty_zip

STATE = {"a.weight": torch.arange(6.0).view(2, 3), "a.steps": torch.tensor(3)}


def same(read):
    assert set(read) == set(STATE)
    assert all(torch.equal(read[name], tensor) for name, tensor in STATE.items())


def test_safetensors_and_both_formats_of_pickles_are_read_whatever_their_name(tmp_path):
    path = tmp_path / "file.bin"
    save_file(STATE, path)
    same(read_checkpoint(path))
    for newer in (True, False):
        torch.save(STATE, path, _use_new_zipfile_serialization=newer)
        same(read_checkpoint(path))


def test_a_checkpoint_that_would_run_code_does_not(tmp_path):
    class Evil:
        def __reduce__(self):
            return (open, (str(tmp_path / "ran"), "w"))

    path = tmp_path / "evil.ckpt"
    torch.save({"state_dict": STATE, "callbacks": Evil()}, path)
    same(read_checkpoint(path)["state_dict"])
    assert not (tmp_path / "ran").exists()


def test_what_a_training_left_in_a_checkpoint_becomes_empty(tmp_path, monkeypatch):
    module = types.ModuleType("training_framework")
    exec("class Callback:\n    def __init__(self): self.best = 3", module.__dict__)
    module.Callback.__module__ = "training_framework"
    monkeypatch.setitem(sys.modules, "training_framework", module)
    path = tmp_path / "best.ckpt"
    callback = module.Callback()
    torch.save({"state_dict": STATE, "callbacks": {module.Callback: callback}}, path)
    monkeypatch.delitem(sys.modules, "training_framework")
    same(read_checkpoint(path)["state_dict"])


@pytest.fixture
def script(tmp_path):
    """Save a network as TorchScript."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        module = torch.jit.script(torch.nn.Sequential(torch.nn.Conv2d(3, 2, 1)))
        torch.jit.save(module, tmp_path / "net.pt")
    return tmp_path / "net.pt", module.state_dict()


def test_torchscript_is_opened_only_where_its_hash_was_published(script):
    path, state = script
    with pytest.raises(WeightsError, match="TorchScript"):
        read_checkpoint(path)
    read = read_checkpoint(path, trusted=True)
    assert all(torch.equal(read[name], tensor) for name, tensor in state.items())


def test_a_file_inside_an_archive_is_read_and_not_left_behind(tmp_path):
    torch.save(STATE, tmp_path / "inner")
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.write(tmp_path / "inner", "models/best.ckpt")
    (tmp_path / "inner").unlink()
    same(read_checkpoint(tmp_path / "all.zip", member="models/best.ckpt"))
    assert [path.name for path in tmp_path.iterdir()] == ["all.zip"]
    with pytest.raises(WeightsError, match="holds models/best.ckpt"):
        read_checkpoint(tmp_path / "all.zip", member="last.ckpt")
    with pytest.raises(WeightsError, match="name the file inside"):
        read_checkpoint(tmp_path / "all.zip")


@pytest.mark.parametrize("content", [b"", b"<html>no</html>", b"PK\x03\x04 broken", b"\x80\x02."])
def test_what_is_no_checkpoint_is_told_in_one_line(tmp_path, content):
    path = tmp_path / "file.pth"
    path.write_bytes(content)
    with pytest.raises(WeightsError) as error:
        read_checkpoint(path)
    assert "\n" not in str(error.value) and "file.pth" in str(error.value)


def test_a_damaged_pickle_is_told_in_words_of_ours(tmp_path):
    path = tmp_path / "net.pth"
    torch.save(STATE, path, _use_new_zipfile_serialization=False)
    path.write_bytes(b"\x80\x02cposix\nsystem\nq\x00X\x04\x00\x00\x00true\x85R.")
    with pytest.raises(WeightsError) as error:
        read_checkpoint(path)
    told = str(error.value)
    assert "damaged or holds more than tensors" in told and "net.pth" in told
    assert "weights_only" not in told and "\x1b" not in told and "\n" not in told


@pytest.mark.parametrize("fault", ["crc", "encrypted", "directory"])
def test_a_damaged_or_encrypted_archive_is_told_in_one_line(tmp_path, fault):
    path = tmp_path / "all.zip"
    write_faulty_zip(path, "best.ckpt", fault)
    with pytest.raises(WeightsError) as error:
        read_checkpoint(path, member="best.ckpt")
    assert "\n" not in str(error.value) and "all.zip" in str(error.value)
    assert [one.name for one in tmp_path.iterdir()] == ["all.zip"]


def test_a_disk_that_is_full_while_an_archive_is_unpacked_is_told(tmp_path, monkeypatch):
    def fail(*arguments):
        raise OSError(errno.ENOSPC, "No space left on device")

    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.writestr("best.ckpt", "hello")
    monkeypatch.setattr(shutil, "copyfileobj", fail)
    with pytest.raises(WeightsError, match=r"all\.zip, or unpack it in its folder: No space"):
        read_checkpoint(tmp_path / "all.zip", member="best.ckpt")


def test_a_checkpoint_of_something_else_than_names_is_refused(tmp_path):
    torch.save([torch.ones(1)], tmp_path / "list.pth")
    with pytest.raises(WeightsError, match="list"):
        read_checkpoint(tmp_path / "list.pth")
