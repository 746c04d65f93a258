"""A server of weight files that can be told to misbehave, and a small variant to fetch."""

from __future__ import annotations

import hashlib
import http.server
import threading
from dataclasses import dataclass, field

import pytest
import torch

from inpaint_bench.models import MODELS, LearnedInpainter
from inpaint_bench.types import Completion, Traits, Variant
from inpaint_bench.weights.download import Patience


class Dot(LearnedInpainter):
    """The smallest network: one 1x1 convolution."""

    traits = Traits(title="Dot", family="test", paper="none")

    def __init__(self) -> None:
        super().__init__()
        self.layer = torch.nn.Conv2d(3, 3, 1)

    def complete(self, image, hole, *, sketch=None, generator=None, explain=False):
        return Completion(self.layer(image * (1 - hole)).sigmoid())


@dataclass
class Site:
    """What the server gives, how it behaves, and what it was asked for.

    Attributes:
        files: content by path.
        cuts: bytes after which a connection is cut, one an answer, while there are some.
        statuses: answers without content, one a request, while there are some.
        ranges: whether parts are given.
        tags: whether files have an ETag.
        moved: path -> path it redirects to.
        kind: type of the content.
        asked: (path, Range, status) of every request.
    """

    address: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    cuts: list[int] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    ranges: bool = True
    tags: bool = True
    moved: dict[str, str] = field(default_factory=dict)
    kind: str = "application/octet-stream"
    asked: list[tuple[str, str, int]] = field(default_factory=list)


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:  # noqa: N802
        site = self.server.site
        if site.statuses:
            return self._answer(site.statuses.pop(0), b"")
        if self.path in site.moved:
            return self._answer(302, b"", Location=site.moved[self.path])
        content = site.files.get(self.path)
        if content is None:
            return self._answer(404, b"")
        tag = f'"{hashlib.md5(content).hexdigest()}"'
        fixed = {"Content-Type": site.kind} | ({"ETag": tag} if site.tags else {})
        start = self._start() if site.ranges and self.headers.get("If-Range", tag) == tag else 0
        if not start:
            return self._answer(200, content, **fixed)
        if start >= len(content):
            return self._answer(416, b"", **{"Content-Range": f"bytes */{len(content)}"})
        span = f"bytes {start}-{len(content) - 1}/{len(content)}"
        return self._answer(206, content[start:], **fixed, **{"Content-Range": span})

    def _start(self) -> int:
        stated = self.headers.get("Range", "")
        return int(stated.removeprefix("bytes=").rstrip("-")) if stated else 0

    def _answer(self, status: int, content: bytes, **headers: str) -> None:
        site = self.server.site
        site.asked.append((self.path, self.headers.get("Range", ""), status))
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if content and site.cuts:
            self.wfile.write(content[: site.cuts.pop(0)])
            self.wfile.flush()
            self.close_connection = True
            return
        self.wfile.write(content)

    def log_message(self, *arguments: object) -> None:
        """Stay silent."""


@pytest.fixture
def site(monkeypatch):
    """Serve files at 127.0.0.1, as told by the `Site` that this gives."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    site = Site()
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        server.site, server.daemon_threads = site, True
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        site.address = f"http://127.0.0.1:{server.server_port}"
        yield site
        server.shutdown()
        thread.join()


@pytest.fixture
def patience():
    """Do not wait between tries."""
    return Patience(connect=5.0, pause=0.0)


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """Put an empty folder in the place of the user's cache."""
    monkeypatch.setenv("INPAINT_WEIGHTS", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def dot(monkeypatch):
    """Register the smallest network for one test."""
    monkeypatch.setattr(MODELS, "_entries", {**MODELS._entries, "dot": Dot})
    return Dot


@pytest.fixture
def published(tmp_path):
    """Give a network's tensors and the bytes of the file in which they were published."""
    torch.manual_seed(0)
    state = Dot().state_dict()
    path = tmp_path / "published.pth"
    torch.save(state, path)
    return state, path.read_bytes()


@pytest.fixture
def variant(site, published):
    """Describe a variant whose file the server has, with its sha256."""
    content = published[1]
    site.files["/dot.pth"] = content
    return Variant(
        name="dot-test",
        architecture="dot",
        source="url",
        url=f"{site.address}/dot.pth",
        file="dot.pth",
        sha256=hashlib.sha256(content).hexdigest(),
        size=len(content),
        licence="none",
        provenance="official",
    )
