"""Files by address: what Gradio's own fetching gets through, asked by real requests."""

from __future__ import annotations

import asyncio
import gzip
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import gradio as gr
import httpx
import pytest
from gradio import processing_utils

from inpaint_bench.ui.fetching import BoundedTransport, bound_fetching

MOST = 1000
PUBLIC = "http://example.org/photo.png"


@pytest.fixture
def fetch(monkeypatch, tmp_path):
    """Fetch as Gradio does, with answers of a made-up server; return the file's content."""

    def ask(answer, address=PUBLIC):
        transport = BoundedTransport(MOST, inner=httpx.MockTransport(answer))
        monkeypatch.setattr(processing_utils, "async_transport", transport)
        download = processing_utils.async_ssrf_protected_download(address, str(tmp_path))
        with open(asyncio.run(download), "rb") as file:
            return file.read()

    return ask


async def in_parts(count, size):
    for _ in range(count):
        yield b"x" * size


def test_a_file_within_the_limit_arrives_whole(fetch):
    assert fetch(lambda request: httpx.Response(200, content=in_parts(10, 100))) == b"x" * MOST


@pytest.mark.parametrize(
    "answer",
    [
        lambda request: httpx.Response(200, content=b"x" * (MOST + 1)),  # says how long it is
        lambda request: httpx.Response(200, content=in_parts(10**9, 100)),  # never ends
        lambda request: httpx.Response(
            200, content=gzip.compress(bytes(10**6)), headers={"Content-Encoding": "gzip"}
        ),
    ],
    ids=["long", "endless", "compressed"],
)
def test_more_than_an_upload_may_have_is_refused_before_it_is_read(fetch, answer):
    with pytest.raises(gr.Error, match="plain file of at most"):
        fetch(answer)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "0.0.0.0", "[::ffff:7f00:1]"])
def test_an_address_of_this_machine_is_refused_unasked(monkeypatch, tmp_path, host):
    asked = []

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_error(404)

    monkeypatch.setattr(processing_utils, "async_transport", None)  # is put back in the end
    bound_fetching(MOST)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        address = f"http://{host}:{server.server_port}/secret.png"
        with pytest.raises(gr.Error, match="public internet"):
            asyncio.run(processing_utils.async_ssrf_protected_download(address, str(tmp_path)))
    finally:
        server.shutdown()
        server.server_close()
    assert asked == []


@pytest.mark.parametrize("host", ["10.0.0.7", "192.168.1.1", "169.254.169.254", "[fd00::1]"])
def test_a_redirect_into_a_private_network_is_refused(monkeypatch, tmp_path, host):
    def lead_away(request):
        return httpx.Response(302, headers={"Location": f"http://{host}/latest/meta-data"})

    class Leading(BoundedTransport):
        """Answers for the public host; everything else is as it is."""

        async def handle_async_request(self, request):
            if request.url.host == "example.org":
                return lead_away(request)
            return await super().handle_async_request(request)

    monkeypatch.setattr(processing_utils, "async_transport", Leading(MOST))
    with pytest.raises(gr.Error, match="public internet"):
        asyncio.run(processing_utils.async_ssrf_protected_download(PUBLIC, str(tmp_path)))
