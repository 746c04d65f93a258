"""Fetched and imported weights: checked, converted, recorded, and nothing half done is kept."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import json
import os
import zipfile

import pytest
import torch
from filelock import FileLock
from safetensors import SafetensorError

import inpaint_bench
from inpaint_bench import _api, cli, weights
from inpaint_bench.converters import CONVERTERS
from inpaint_bench.errors import WeightsError
from inpaint_bench.ui.catalogue import catalogue
from inpaint_bench.weights import Cached, fetch, import_files, manifest, weights_sha256
from tests.weights.faulty_zip import write_faulty_zip


def names(folder):
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def pickled(content) -> bytes:
    buffer = io.BytesIO()
    torch.save(content, buffer)
    return buffer.getvalue()


def unpublished(variant):
    return dataclasses.replace(variant, sha256="", size=0)


def of_two_files(variant, **changes: str):
    """Return the variant as one whose two files a person fetches from a page."""
    files = {"source": "manual", "file": "", "files": ("a.pth", "b.pth"), "url": ""}
    page = "https://example.org"
    return dataclasses.replace(unpublished(variant), **files, page=page, **changes)


def test_fetched_weights_load_and_a_second_fetch_downloads_nothing(
    cache, dot, site, variant, published, patience
):
    assert fetch(variant, patience=patience) is True
    model = _api.build(variant)
    for name, tensor in published[0].items():
        assert torch.equal(model.state_dict()[name], tensor)
    site.asked.clear()
    assert fetch(variant, patience=patience) is False and site.asked == []
    expected = [".lock", "converted.safetensors", "dot.pth", "record.json"]
    assert names(cache) == expected


def test_loading_what_was_not_fetched_names_the_command(cache, dot, variant):
    with pytest.raises(WeightsError) as error:
        _api.build(variant)
    told = str(error.value)
    assert "python -m inpaint_bench weights fetch dot-test" in told and variant.url in told
    assert "\n" not in told


def test_another_content_than_published_is_thrown_away(cache, dot, site, variant, patience):
    site.files["/dot.pth"] = b"another file"
    with pytest.raises(WeightsError) as error:
        fetch(variant, patience=patience)
    assert variant.sha256 in str(error.value) and "thrown away" in str(error.value)
    assert names(cache) == [".lock"] and not Cached(variant).is_here


def test_published_md5_and_first_digits_are_compared_too(cache, dot, variant, published, patience):
    content = published[1]
    good = {"sha256": "", "md5": hashlib.md5(content).hexdigest()}
    good["sha256_starts"] = hashlib.sha256(content).hexdigest()[:8]
    fetch(dataclasses.replace(variant, name="dot-good", **good), patience=patience)
    for name, wrong in (("md5", {"md5": "0" * 32}), ("sha256", {"sha256_starts": "0" * 8})):
        bad = dataclasses.replace(variant, name=f"dot-{name}", **{**good, **wrong})
        with pytest.raises(WeightsError, match=f"expected {name} 00000000"):
            fetch(bad, patience=patience)


def test_without_a_published_hash_the_first_download_is_recorded_and_compared_from_then_on(
    cache, dot, site, variant, published, patience
):
    variant = unpublished(variant)
    fetch(variant, patience=patience)
    digest = hashlib.sha256(published[1]).hexdigest()
    assert weights_sha256(variant) == digest
    assert json.loads((cache / "dot-test" / "record.json").read_text())["files"] == {
        "dot.pth": {"sha256": digest, "bytes": len(published[1]), "from": variant.url}
    }
    (cache / "dot-test" / "dot.pth").unlink()
    site.files["/dot.pth"] = pickled(dot().state_dict())
    with pytest.raises(WeightsError, match="as when it first came"):
        fetch(variant, patience=patience)


def test_a_stored_file_that_was_altered_is_found_and_fetched_again(cache, dot, variant, patience):
    fetch(variant, patience=patience)
    stored = cache / "dot-test" / "dot.pth"
    stored.write_bytes(stored.read_bytes()[:-1] + b"x")
    with pytest.raises(WeightsError, match="expected sha256"):
        Cached(variant).verify()
    assert fetch(variant, patience=patience) is True
    Cached(variant).verify()


def test_a_converted_file_that_was_altered_is_made_again(cache, dot, variant, published, patience):
    fetch(variant, patience=patience)
    converted = cache / "dot-test" / "converted.safetensors"
    good = converted.read_bytes()
    converted.write_bytes(good[:-1] + bytes([good[-1] ^ 1]))
    read = weights.load_state_dict(variant)
    assert all(torch.equal(read[name], t) for name, t in published[0].items())
    assert converted.read_bytes() == good


def test_loading_reads_the_converted_file_and_not_the_published_one(
    cache, dot, variant, patience, monkeypatch
):
    fetch(variant, patience=patience)
    monkeypatch.setattr(torch, "load", lambda *a, **o: pytest.fail("unpickled again"))
    _api.build(variant)
    (cache / "dot-test" / "dot.pth").unlink()
    _api.build(variant)


def test_another_converter_converts_again(cache, dot, variant, patience, monkeypatch):
    def swapped(state):
        return {name: -tensor for name, tensor in state.items()}

    monkeypatch.setattr(CONVERTERS, "_entries", {**CONVERTERS._entries, "dot-swapped": swapped})
    fetch(variant, patience=patience)
    before = weights.load_state_dict(variant)
    after = weights.load_state_dict(dataclasses.replace(variant, converter="dot-swapped"))
    assert all(torch.equal(after[name], -tensor) for name, tensor in before.items())


def test_weights_that_the_converter_refuses_leave_nothing(cache, dot, site, variant, patience):
    site.files["/dot.pth"] = pickled({"state": "not a tensor"})
    with pytest.raises(WeightsError, match="expected tensors"):
        fetch(unpublished(variant), patience=patience)
    assert names(cache) == [".lock"]


def test_one_file_of_an_archive_and_one_entry_of_a_checkpoint_are_taken(
    cache, dot, site, variant, published, patience
):
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as stream:
        stream.writestr("models/readme.txt", "hello")
        stream.writestr("models/best.ckpt", pickled({"G": published[0], "step": 3}))
    site.files["/dot.zip"] = archive.getvalue()
    zipped = dataclasses.replace(
        unpublished(variant),
        url=f"{site.address}/dot.zip",
        file="dot.zip",
        member="models/best.ckpt",
        entry="G",
    )
    fetch(zipped, patience=patience)
    _api.build(zipped)
    for change, told in (({"member": "models/last.ckpt"}, "best.ckpt"), ({"entry": "D"}, "'D'")):
        with pytest.raises(WeightsError, match=told):
            weights.load_state_dict(dataclasses.replace(zipped, **change))


def test_a_file_of_the_hub_has_an_address_that_a_mirror_can_replace(
    cache, dot, site, variant, published, patience, monkeypatch
):
    hub = dataclasses.replace(
        variant, source="hub", repo="some/one", revision="c0ffee", file="sub/dot.pth", url=""
    )
    assert "https://huggingface.co/some/one/resolve/c0ffee/sub/dot.pth" in weights.how_to_get(hub)
    monkeypatch.setenv("HF_ENDPOINT", site.address)
    site.files["/some/one/resolve/c0ffee/sub/dot.pth"] = published[1]
    fetch(hub, patience=patience)
    _api.build(hub)
    monkeypatch.setenv("HF_ENDPOINT", "mirror")
    with pytest.raises(WeightsError, match="in HF_ENDPOINT, got 'mirror'"):
        fetch(dataclasses.replace(hub, name="another"), patience=patience)


def test_what_cannot_be_fetched_says_where_a_person_gets_it(cache, dot, variant, patience):
    manual = dataclasses.replace(variant, source="manual", url="", page="https://example.org/page")
    with pytest.raises(WeightsError) as error:
        fetch(manual, patience=patience)
    told = str(error.value)
    assert "https://example.org/page" in told and "weights import dot-test dot.pth" in told
    with pytest.raises(WeightsError, match="nothing to fetch"):
        fetch(inpaint_bench.load("telea").variant, patience=patience)


def test_a_file_that_a_person_has_is_imported_under_any_name(cache, dot, variant, tmp_path):
    mine = tmp_path / "my download (1).pth"
    mine.write_bytes((tmp_path / "published.pth").read_bytes())
    import_files(dataclasses.replace(variant, source="manual"), [mine])
    _api.build(variant)
    assert mine.is_file() and (cache / "dot-test" / "dot.pth").is_file()


def test_another_file_than_the_published_one_is_not_imported(cache, dot, variant, tmp_path):
    mine = tmp_path / "dot.pth"
    mine.write_bytes(b"another")
    with pytest.raises(WeightsError, match=variant.sha256):
        import_files(variant, [mine])
    assert names(cache) == [".lock"] and mine.is_file()
    with pytest.raises(WeightsError, match="no such file"):
        import_files(variant, [tmp_path / "none"])


@pytest.mark.parametrize("packed", [False, True])
def test_a_release_of_several_files_reaches_its_converter_by_their_names(
    cache, dot, variant, published, tmp_path, monkeypatch, packed
):
    def joined(files):
        return {**files["a.pth"], **files["b.pth"]["net"]}

    monkeypatch.setattr(CONVERTERS, "_entries", {**CONVERTERS._entries, "dot-two": joined})
    state = published[0]
    contents = {
        "a.pth": pickled({"layer.weight": state["layer.weight"]}),
        "b.pth": pickled({"net": {"layer.bias": state["layer.bias"]}}),
    }
    two = of_two_files(variant, converter="dot-two")
    with pytest.raises(WeightsError, match=r"a\.pth b\.pth"):
        _api.build(two)
    if packed:
        with zipfile.ZipFile(tmp_path / "all.zip", "w") as stream:
            for name, content in contents.items():
                stream.writestr(f"places2/{name}", content)
        given = [tmp_path / "all.zip"]
    else:
        given = [tmp_path / name for name in contents]
        for path in given:
            path.write_bytes(contents[path.name])
        with pytest.raises(WeightsError, match=r"b\.pth is missing"):
            import_files(two, given[:1])
    import_files(two, given)
    _api.build(two)
    lines = "".join(f"{hashlib.sha256(contents[n]).hexdigest()}  {n}\n" for n in sorted(contents))
    assert weights_sha256(two) == hashlib.sha256(lines.encode()).hexdigest()


def test_two_processes_do_not_fetch_the_same_variant(cache, dot, variant, patience):
    (cache / "dot-test").mkdir(parents=True)
    with (
        FileLock(cache / "dot-test" / ".lock"),
        pytest.raises(WeightsError, match="another process"),
    ):
        fetch(variant, patience=patience)


def test_a_disk_without_room_is_told_before_anything_comes(cache, dot, site, variant, patience):
    with pytest.raises(WeightsError, match="make room"):
        fetch(dataclasses.replace(variant, size=10**18), patience=patience)
    assert site.asked == []


@pytest.mark.parametrize("umask", [0o022, 0o077])
def test_what_was_stored_is_as_public_as_other_files_of_its_user(
    cache, dot, variant, patience, umask
):
    before = os.umask(umask)
    try:
        fetch(variant, patience=patience)
    finally:
        os.umask(before)
    for name in ("converted.safetensors", "dot.pth", "record.json"):
        assert (cache / "dot-test" / name).stat().st_mode & 0o777 == 0o666 & ~umask


DAMAGED = ["", "[]", '{"files": {"dot.pth": {}}}', '{"files": [3]}', '{"converted": 3}', "\xff"]


@pytest.mark.parametrize("content", DAMAGED)
def test_a_damaged_record_costs_nobody_the_other_variants(
    cache, dot, variant, patience, monkeypatch, capsys, caplog, site, content
):
    fetch(variant, patience=patience)
    (cache / "dot-test" / "record.json").write_bytes(content.encode("latin-1"))
    monkeypatch.setattr(manifest, "_added", {"dot-test": variant})
    assert not Cached(variant).is_here and "record.json" in caplog.text
    entries = {entry.variant.name: entry for entry in catalogue()}
    assert "weights fetch dot-test" in entries["dot-test"].missing
    assert not entries["telea"].missing
    assert cli.main(["weights", "list"]) == 0
    assert cli.main(["weights", "verify"]) == 2
    told = capsys.readouterr().out
    assert "dot-test: FAIL expected the record" in told and "telea: no weights" in told
    site.asked.clear()
    for use in (_api.build, weights_sha256, lambda v: fetch(v, patience=patience)):
        with pytest.raises(WeightsError) as error:
            use(dataclasses.replace(variant, sha256="") if use is weights_sha256 else variant)
        assert "record.json" in str(error.value) and "delete" in str(error.value)
        assert "\n" not in str(error.value)
    assert site.asked == []


@pytest.mark.parametrize("content", [{3: torch.ones(1)}, {"net": {("a", 1): torch.ones(1)}}])
@pytest.mark.parametrize("converter", ["", "deepfill_v2-pytorch"])
def test_a_checkpoint_whose_keys_are_no_names_is_refused(
    cache, dot, site, variant, patience, content, converter
):
    site.files["/dot.pth"] = pickled(content)
    entry = "net" if "net" in content else ""
    with pytest.raises(WeightsError, match="expected tensors by name") as error:
        fetch(
            dataclasses.replace(unpublished(variant), entry=entry, converter=converter),
            patience=patience,
        )
    assert "\n" not in str(error.value) and names(cache) == [".lock"]


def test_a_full_disk_is_told_and_costs_no_file_that_is_fine(
    cache, dot, variant, patience, monkeypatch
):
    def fail(*arguments):
        raise SafetensorError("Error while serializing: I/O error: No space left on device")

    monkeypatch.setattr("inpaint_bench.weights.cache.save_file", fail)
    with pytest.raises(WeightsError, match=r"cannot write .*converted\.safetensors: .*No space"):
        fetch(variant, patience=patience)
    assert names(cache) == [".lock"]
    monkeypatch.undo()
    monkeypatch.setenv("INPAINT_WEIGHTS", str(cache))
    monkeypatch.setitem(_api.MODELS._entries, "dot", dot)
    fetch(variant, patience=patience)
    (cache / "dot-test" / "converted.safetensors").unlink()
    monkeypatch.setattr("inpaint_bench.weights.cache.save_file", fail)
    for use in (_api.build, lambda v: fetch(v, patience=patience)):
        with pytest.raises(WeightsError, match="make room"):
            use(variant)
    assert names(cache) == [".lock", "dot.pth", "record.json"]


@pytest.mark.parametrize("fault", ["crc", "deflate", "encrypted", "directory"])
def test_a_damaged_archive_is_not_imported(cache, dot, variant, tmp_path, fault):
    path = tmp_path / "all.zip"
    write_faulty_zip(path, "a.pth", fault)
    two = of_two_files(variant)
    if fault != "directory":
        with zipfile.ZipFile(path, "a") as archive:
            archive.writestr("b.pth", "hello")
    with pytest.raises(WeightsError, match="damaged or encrypted") as error:
        import_files(two, [path])
    assert "\n" not in str(error.value) and names(cache) == [".lock"]


def test_an_import_that_is_refused_leaves_a_stopped_download_and_one_that_is_taken_does_not(
    cache, dot, site, variant, published, tmp_path, patience
):
    half = len(published[1]) // 2
    site.cuts = [half] + [0] * 5
    with pytest.raises(WeightsError, match="kept for the next try"):
        fetch(variant, patience=patience)
    part = cache / "dot-test" / "dot.pth.part"
    (tmp_path / "mine.pth").write_bytes(b"another")
    with pytest.raises(WeightsError, match="expected sha256"):
        import_files(variant, [tmp_path / "mine.pth"])
    assert part.read_bytes() == published[1][:half]
    import_files(variant, [tmp_path / "published.pth"])
    assert not part.exists() and Cached(variant).is_here


def test_a_kill_before_the_published_file_has_its_name_leaves_weights_that_load(
    cache, dot, variant, patience, monkeypatch
):
    replace = os.replace

    def kill(source, target):
        if str(target).endswith("dot.pth"):
            raise KeyboardInterrupt
        replace(source, target)

    monkeypatch.setattr(os, "replace", kill)
    with pytest.raises(KeyboardInterrupt):
        fetch(variant, patience=patience)
    monkeypatch.setattr(os, "replace", replace)
    assert Cached(variant).is_here
    Cached(variant).verify()
    _api.build(variant)
    assert fetch(variant, patience=patience) is True


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read all")
def test_a_file_that_may_not_be_read_is_told(cache, dot, variant, patience):
    fetch(variant, patience=patience)
    (cache / "dot-test" / "converted.safetensors").chmod(0)
    with pytest.raises(WeightsError, match="make it readable"):
        _api.build(variant)
