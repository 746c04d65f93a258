"""Atomic writing, and what is left of processes that were killed."""

from __future__ import annotations

import os
import socket
import subprocess
import sys

import pytest

from inpaint_bench._files import clear_leftovers
from inpaint_bench.bench.files import read_json, write_json, write_text
from inpaint_bench.errors import BenchError


def test_writing_what_is_there_already_does_not_touch_the_file(tmp_path):
    path = tmp_path / "a" / "run.json"
    assert write_json(path, {"a": [1, "é"]})
    os.utime(path, (1, 1))
    assert not write_json(path, {"a": [1, "é"]})
    assert path.stat().st_mtime == 1
    assert write_json(path, {"a": [2]})
    assert read_json(path) == {"a": [2]}


def test_a_write_that_fails_leaves_the_old_file_and_no_other(tmp_path, monkeypatch):
    path = tmp_path / "table.md"
    write_text(path, "old")

    def full(source, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(BenchError, match="No space left"):
        write_text(path, "new")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_place_below_a_file_is_told_by_its_own_name(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(BenchError, match=r"cannot write \S+file/page\.html: (File|Not)"):
        write_text(tmp_path / "file" / "page.html", "text")


def test_only_leftovers_of_dead_processes_of_this_machine_go(tmp_path):
    host = socket.gethostname().partition(".")[0]
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    dead = tmp_path / "b" / f".x.parquet.{host}.{gone.pid}.tmp"
    dead.parent.mkdir()
    living = tmp_path / f".x.parquet.{host}.{os.getpid()}.tmp"
    elsewhere = tmp_path / f".x.parquet.another-host.{gone.pid}.tmp"
    part = tmp_path / "00000.parquet"
    for path in (dead, living, elsewhere, part):
        path.write_text("x")
    clear_leftovers(tmp_path)
    assert [path.exists() for path in (dead, living, elsewhere, part)] == [False, True, True, True]


@pytest.mark.parametrize("text", ["{", "[1]", "\udcff"])
def test_damaged_json_is_told(tmp_path, text):
    path = tmp_path / "run.json"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(BenchError, match="expected"):
        read_json(path)


def test_text_takes_the_place_of_a_file_that_is_none(tmp_path):
    path = tmp_path / "table.md"
    path.write_bytes(b"\xff\xd8\xff")
    assert write_text(path, "table")
    assert path.read_text() == "table"


def test_a_name_that_is_not_utf_8_is_told_and_nothing_is_written(tmp_path):
    with pytest.raises(BenchError, match=r"in UTF-8, got 'out/\\udcff'"):
        write_text(tmp_path / "run.md", "out/\udcff")
    assert not any(tmp_path.iterdir())
