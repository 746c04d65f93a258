"""Where data sets are looked for, and what is said when they are missing."""

from __future__ import annotations

import pytest

from inpaint_bench.data import data_root, find_folder, list_test_sets, load_test_set
from inpaint_bench.data.root import subject
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


def test_a_file_where_a_folder_was_expected_is_told(tmp_path, monkeypatch):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "a.png").write_bytes(b"")
    (tmp_path / "elsewhere").mkdir()
    told = "expected a folder, got the file .*a.png: name the folder that holds it"
    monkeypatch.delenv("INPAINT_DATA", raising=False)
    monkeypatch.chdir(tmp_path)
    for name, root in [
        (str(tmp_path / "photos" / "a.png"), None),
        ("photos/a.png", None),
        ("photos/a.png", tmp_path / "elsewhere"),
        ("a.png", tmp_path / "photos"),
    ]:
        with pytest.raises(DataMissingError, match=told):
            find_folder(name, root)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("cifar10:test", "small pictures"),
        ("peers/deepfillv1", "places"),
        ("peers/migan/ffhq_256_freeform/images", "faces"),
        ("peers/migan/places2_256_freeform/images", "places"),
        ("skimage", "sample photographs"),
        ("test/bsds", "photographs"),
        ("test/celebahq256", "faces"),
        ("test/ffhq256", "faces"),
        ("test/intel150", "outdoor scenes"),
        ("test/kodak", "photographs"),
        ("test/urban256", "buildings"),
        ("oxford_buildings", "buildings"),
        ("places2/val_large", "places"),
        ("/data/test/Kodak", "photographs"),
        ("/data/celeba-hq", "faces"),
    ],
)
def test_what_known_photographs_show_is_told_by_their_folder(name, shown):
    assert subject(name) == shown


def test_the_published_test_sets_are_all_of_a_known_subject():
    names = {load_test_set(name).images for name in list_test_sets()}
    assert all(subject(name) != name.rpartition("/")[2] for name in names)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("/home/durban/cats", "cats"),
        ("/home/kodak/cats", "cats"),
        ("/data/intelligence/xray", "xray"),
        ("/data/intelligence", "intelligence"),
        ("workplaces", "workplaces"),
        ("suburban/gardens", "gardens"),
        ("/", "/"),
    ],
)
def test_a_name_that_only_looks_like_a_known_one_stands_for_itself(name, shown):
    assert subject(name) == shown
