"""Downloads from a real server: ranges, cut connections, redirects, and giving up early."""

from __future__ import annotations

import os
import socket
import threading
import time

import pytest

from inpaint_bench import web
from inpaint_bench.errors import WeightsError
from inpaint_bench.weights import download as module
from inpaint_bench.weights.download import Patience, download

CONTENT = bytes(range(256)) * 4000  # a megabyte


@pytest.fixture
def part(tmp_path):
    return tmp_path / "file.part"


@pytest.fixture
def address(site, monkeypatch):
    monkeypatch.setattr(module, "_BLOCK", 10_000)
    site.files["/file"] = CONTENT
    return f"{site.address}/file"


def test_a_file_comes_whole_with_its_progress_and_leaves_no_note(address, part, patience):
    seen = []
    download(address, part, progress=lambda *now: seen.append(now), patience=patience)
    assert part.read_bytes() == CONTENT
    assert seen[-1] == (len(CONTENT), len(CONTENT)) and len(seen) > 50
    assert [path.name for path in part.parent.iterdir()] == [part.name]


def test_cut_connections_are_gone_on_with_by_ranges(site, address, part, patience):
    site.cuts = [300_000, 1, 500_000]
    download(address, part, patience=patience)
    assert part.read_bytes() == CONTENT
    ranges = [asked[1] for asked in site.asked]
    assert ranges == ["", "bytes=300000-", "bytes=300001-", "bytes=800001-"]
    assert [asked[2] for asked in site.asked] == [200, 206, 206, 206]


def test_a_stopped_download_goes_on_in_the_next_call(site, address, part, patience):
    site.cuts = [400_000] + [0] * 20
    with pytest.raises(WeightsError, match="0.4 MB are kept for the next try"):
        download(address, part, patience=patience)
    assert part.stat().st_size == 400_000
    site.cuts, site.asked = [], []
    download(address, part, patience=patience)
    assert part.read_bytes() == CONTENT
    assert [asked[1] for asked in site.asked] == ["bytes=400000-"]


def test_a_file_that_changed_meanwhile_is_fetched_anew(site, address, part, patience):
    site.cuts = [400_000] + [0] * 20
    with pytest.raises(WeightsError):
        download(address, part, patience=patience)
    site.cuts, site.files["/file"] = [], b"other" * 200_000
    download(address, part, patience=patience)
    assert part.read_bytes() == site.files["/file"]


@pytest.mark.parametrize("change", [{"ranges": False}, {"tags": False}])
def test_a_server_without_ranges_or_tags_is_asked_for_everything_again(
    site, address, part, patience, change
):
    for name, value in change.items():
        setattr(site, name, value)
    site.cuts = [300_000]
    download(address, part, patience=patience)
    assert part.read_bytes() == CONTENT


def test_a_part_that_is_whole_already_is_not_fetched_again(site, address, part, patience):
    site.cuts = [len(CONTENT) - 1] + [0] * 20
    with pytest.raises(WeightsError):
        download(address, part, patience=patience)
    part.write_bytes(CONTENT)
    site.cuts, site.asked = [], []
    download(address, part, patience=patience)
    assert part.read_bytes() == CONTENT and [asked[2] for asked in site.asked] == [416]


def test_redirects_are_followed_with_the_range(site, address, part, patience):
    site.moved = {"/latest": "/again", "/again": address}
    site.cuts = [300_000]
    download(f"{site.address}/latest", part, patience=patience)
    assert part.read_bytes() == CONTENT
    assert ("/file", "bytes=300000-", 206) in site.asked


def test_a_redirect_in_a_circle_ends(site, part, patience):
    site.moved = {"/a": "/b", "/b": "/a"}
    with pytest.raises(WeightsError, match="302"):
        download(f"{site.address}/a", part, patience=patience)


def test_a_busy_server_is_asked_again_and_a_missing_file_is_not(site, address, part, patience):
    site.statuses = [503, 429]
    download(address, part, patience=patience)
    assert part.read_bytes() == CONTENT
    site.asked = []
    with pytest.raises(WeightsError, match="404"):
        download(f"{site.address}/none", part.with_name("none"), patience=patience)
    assert len(site.asked) == 1


def test_a_server_that_stays_busy_is_given_up(site, address, part, patience):
    site.statuses = [503] * 20
    with pytest.raises(WeightsError, match="503.*5 times"):
        download(address, part, patience=patience)
    assert len(site.asked) == 5


def test_a_web_page_in_place_of_a_file_is_refused(site, address, part, patience):
    site.kind = "text/html; charset=utf-8"
    with pytest.raises(WeightsError, match="web page"):
        download(address, part, patience=patience)
    assert not part.exists()


def test_a_refused_connection_is_told_at_once_and_only_tried_once(part):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    started = time.perf_counter()
    with pytest.raises(WeightsError) as error:
        download(f"http://127.0.0.1:{port}/x", part, patience=Patience())
    assert time.perf_counter() - started < 3
    assert "\n" not in str(error.value) and f":{port}/x" in str(error.value)


def test_a_look_up_that_hangs_is_given_up_within_the_limit(part, monkeypatch):
    released = threading.Event()
    monkeypatch.setattr(web, "urlopen", lambda *args, **options: released.wait(30))
    started = time.perf_counter()
    with pytest.raises(WeightsError, match="no answer within"):
        download("http://example.invalid/x", part, patience=Patience(connect=0.2))
    assert time.perf_counter() - started < 3
    released.set()


def test_a_connection_that_falls_silent_is_given_up_and_gone_on_with(part):
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            for _ in range(5):
                connection, _ = server.accept()
                connection.recv(10_000)
                connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 9\r\nETag: "a"\r\n\r\n')
                held.append(connection)

        held: list[socket.socket] = []
        threading.Thread(target=serve, daemon=True).start()
        address = f"http://127.0.0.1:{server.getsockname()[1]}/x"
        with pytest.raises(WeightsError, match="cut.*5 times"):
            download(address, part, patience=Patience(connect=0.2, pause=0.0))
        for connection in held:
            connection.close()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_to_is_told(address, part, patience):
    part.parent.chmod(0o500)
    try:
        with pytest.raises(WeightsError, match="cannot write"):
            download(address, part, patience=patience)
    finally:
        part.parent.chmod(0o700)
