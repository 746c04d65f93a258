"""`weights list|fetch|verify|import`, on the project's files and on some that misbehave."""

from __future__ import annotations

import hashlib
import json

import pytest
import torch
from safetensors.torch import save_file

import inpaint_bench
from inpaint_bench import cli, weights
from tests.weight_site import cache, dot, published, site, variant

__all__ = ["cache", "dot", "published", "site", "variant"]  # fixtures

TABLE = """
[telea]
architecture = "telea"
source = "none"
licence = "Apache-2.0"
provenance = "classical"

[deepfill_v2-test]
architecture = "deepfill_v2"
source = "bundled"
file = "net.safetensors"
sha256 = "{sha256}"
bytes = 100
licence = "none"
provenance = "trained here"
"""

OFFERED = """
[dot-test]
architecture = "dot"
source = "url"
url = "{url}"
file = "dot.pth"
sha256 = "{sha256}"
bytes = {bytes}
licence = "none"
provenance = "official"

[dot-mine]
architecture = "dot"
source = "manual"
page = "https://example.org/dot"
file = "mine.pth"
licence = "none"
provenance = "official"
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Put a manifest with one bundled file in the place of the project's."""
    path = tmp_path / "net.safetensors"
    save_file({"a": torch.arange(4.0)}, path)
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    (tmp_path / "manifest.toml").write_text(TABLE.format(sha256=sha256))
    monkeypatch.setattr(weights.places, "WEIGHTS_FOLDER", tmp_path)
    return tmp_path


def test_list_shows_every_variant_with_its_terms(capsys):
    assert cli.main(["weights", "list"]) == 0
    shown = capsys.readouterr().out
    for one in inpaint_bench.list_variants():
        assert one.name in shown and one.licence in shown


def test_list_as_json_holds_every_field(capsys):
    assert cli.main(["weights", "list", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["name"] for row in rows] == [v.name for v in inpaint_bench.list_variants()]
    assert {"architecture", "source", "sha256", "licence", "provenance", "ready"} <= set(rows[0])


def test_the_files_of_the_project_pass(capsys):
    assert cli.main(["weights", "verify"]) == 0
    assert capsys.readouterr().out.endswith(" passed, 0 failed\n")


def test_a_good_file_passes_and_a_touched_one_fails_with_status_2(folder, capsys):
    assert cli.main(["weights", "verify"]) == 0
    assert "deepfill_v2-test: ok" in capsys.readouterr().out
    with (folder / "net.safetensors").open("ab") as stream:
        stream.write(b"x")
    assert cli.main(["weights", "verify"]) == 2
    captured = capsys.readouterr()
    assert "deepfill_v2-test: FAIL expected sha256" in captured.out
    assert "0 passed, 1 failed" in captured.out
    assert captured.err.count("\n") == 1 and "deepfill_v2-test" in captured.err


def test_running_a_touched_file_gives_one_line_and_status_2(folder, tmp_path, capsys):
    from PIL import Image

    Image.new("RGB", (16, 16)).save(tmp_path / "photo.png")
    mask = Image.new("1", (16, 16))
    mask.paste(1, (2, 2, 8, 8))
    mask.save(tmp_path / "mask.png")
    (folder / "net.safetensors").write_bytes(b"other")
    options = {"image": "photo.png", "mask": "mask.png", "out": "out"}
    arguments = [a for k, v in options.items() for a in (f"--{k}", str(tmp_path / v))]
    assert cli.main(["inpaint", "--model", "deepfill_v2-test", *arguments]) == 2
    captured = capsys.readouterr()
    assert captured.err.count("\n") == 1 and "expected sha256" in captured.err
    assert not (tmp_path / "out").exists()


@pytest.fixture
def offered(folder, site, monkeypatch, dot, variant, cache):
    """Put a manifest with one variant to fetch and one to import in the project's place."""
    (folder / "manifest.toml").write_text(
        OFFERED.format(url=variant.url, sha256=variant.sha256, bytes=variant.size)
    )
    return variant


def test_a_variant_is_fetched_listed_as_here_and_verified(offered, cache, capsys):
    assert cli.main(["weights", "list"]) == 0
    shown = capsys.readouterr().out
    assert "dot-test  fetch " in shown and "dot-mine  import" in shown
    assert cli.main(["weights", "fetch", "dot-test"]) == 0
    assert capsys.readouterr().out == "dot-test: fetched and checked\n"
    assert cli.main(["weights", "fetch", "dot-test"]) == 0
    assert "here already" in capsys.readouterr().out
    assert cli.main(["weights", "list", "--json"]) == 0
    row = {row["name"]: row for row in json.loads(capsys.readouterr().out)}["dot-test"]
    assert row["state"] == "here" and row["ready"]
    assert cli.main(["weights", "verify"]) == 0
    shown = capsys.readouterr().out
    assert "dot-test: ok" in shown and "dot-mine: not here (import)" in shown
    stored = cache / "dot-test" / "dot.pth"
    stored.write_bytes(b"other")
    assert cli.main(["weights", "verify"]) == 2
    assert "dot-test: FAIL expected sha256" in capsys.readouterr().out


def test_a_failed_fetch_is_one_line_and_status_2(offered, site, capsys):
    site.files.clear()
    assert cli.main(["weights", "fetch", "dot-test"]) == 2
    captured = capsys.readouterr()
    assert captured.out == "" and captured.err.count("\n") == 1
    assert "404" in captured.err and "weights import dot-test" in captured.err
    assert cli.main(["weights", "fetch", "dot-test", "dot-mine"]) == 2
    captured = capsys.readouterr()
    assert "dot-test: FAIL" in captured.out and "dot-mine: FAIL" in captured.out
    assert captured.err.count("\n") == 1


def test_what_a_person_downloads_is_imported(offered, tmp_path, capsys):
    assert cli.main(["weights", "import", "dot-mine"]) == 2
    assert "https://example.org/dot" in capsys.readouterr().err
    assert cli.main(["weights", "fetch", "dot-mine"]) == 2
    assert "https://example.org/dot" in capsys.readouterr().err
    assert cli.main(["weights", "import", "dot-mine", str(tmp_path / "published.pth")]) == 0
    assert capsys.readouterr().out == "dot-mine: imported and checked\n"


@pytest.mark.parametrize(("named", "told"), [("{}/a file", "a file"), ("~no such/w", "home")])
def test_a_folder_for_weights_that_is_none_is_one_line(
    offered, tmp_path, capsys, monkeypatch, named, told
):
    (tmp_path / "a file").write_text("not a folder\n")
    monkeypatch.setenv("INPAINT_WEIGHTS", named.format(tmp_path))
    for command in (["verify"], ["list"], ["fetch", "--all"]):
        assert cli.main(["weights", *command]) == 2
        error = capsys.readouterr().err
        assert "INPAINT_WEIGHTS" in error and told in error and error.count("\n") == 1


def test_fetch_wants_names_or_all(offered, capsys):
    for arguments in ([], ["--all", "dot-test"]):
        assert cli.main(["weights", "fetch", *arguments]) == 2
        assert "--all" in capsys.readouterr().err
