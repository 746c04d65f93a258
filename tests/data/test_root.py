"""Where data sets are looked for, and what is said when they are missing."""

from __future__ import annotations

import pytest

from inpaint_bench.data import data_root, find_folder
from inpaint_bench.errors import DataMissingError


def test_the_argument_wins_over_the_variable_and_that_over_the_default(tmp_path, monkeypatch):
    for name in ("argument", "variable", "data"):
        (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("INPAINT_DATA", raising=False)
    assert data_root().resolve() == tmp_path / "data"
    monkeypatch.setenv("INPAINT_DATA", str(tmp_path / "variable"))
    assert data_root() == tmp_path / "variable"
    assert data_root(tmp_path / "argument") == tmp_path / "argument"


def test_there_may_be_no_data_root(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("INPAINT_DATA", raising=False)
    assert data_root() is None


def test_a_named_root_that_is_not_there_is_an_error(tmp_path, monkeypatch):
    with pytest.raises(DataMissingError, match=r"nowhere \(--data-root\)"):
        data_root(tmp_path / "nowhere")
    monkeypatch.setenv("INPAINT_DATA", str(tmp_path / "gone"))
    with pytest.raises(DataMissingError, match=r"gone \(INPAINT_DATA\)"):
        data_root()


def test_a_missing_data_set_says_what_to_fetch_and_to_where(tmp_path, monkeypatch):
    with pytest.raises(DataMissingError) as caught:
        find_folder("test/kodak", tmp_path)
    line = str(caught.value)
    assert "Kodak True Color suite" in line and "r0k.us" in line and str(tmp_path) in line
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("INPAINT_DATA", raising=False)
    with pytest.raises(DataMissingError, match="INPAINT_DATA"):
        find_folder("masks/test")


def test_folders_are_found_below_the_root_and_by_absolute_path(tmp_path):
    (tmp_path / "a" / "b").mkdir(parents=True)
    assert find_folder("a/b", tmp_path) == tmp_path / "a" / "b"
    assert find_folder(str(tmp_path / "a"), None) == tmp_path / "a"
    with pytest.raises(DataMissingError, match="expected a folder at"):
        find_folder(str(tmp_path / "c"), tmp_path)
