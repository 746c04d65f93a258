"""Addresses that programs give in place of files: fetched with the limits of an upload.

Gradio fetches them before any step of ours sees them, from public addresses only, but as much as
comes. `bound_fetching` has it fetch by a transport that counts.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import gradio as gr
import httpx
import safehttpx
from gradio import processing_utils

__all__ = ["BoundedTransport", "bound_fetching"]

_SECONDS = 30.0
_REFUSED = "expected the address of a file on the public internet, got another one: send the file"


class BoundedTransport(httpx.AsyncBaseTransport):
    """Fetches from public addresses, whole answers only, up to a number of bytes and seconds.

    Every hop of a redirect comes here too. Compressed answers are refused: a small one can hold
    gigabytes.

    Args:
        most: bytes of one answer.
        inner: what fetches; by default a connection to the very address that was checked.
    """

    def __init__(self, most: int, *, inner: httpx.AsyncBaseTransport | None = None) -> None:
        self._most = most
        self._inner = inner

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request.

        Raises:
            gr.Error: the address is not public, or its file is too large, slow or compressed.
        """
        inner = self._inner or await _checked(request.url.host)
        request.headers["Accept-Encoding"] = "identity"
        answer = await inner.handle_async_request(request)
        told = answer.headers.get("Content-Length", "0")
        packed = answer.headers.get("Content-Encoding", "identity") != "identity"
        if packed or (told.isdecimal() and int(told) > self._most):
            await answer.aclose()
            raise _too_much(self._most)
        return httpx.Response(
            answer.status_code,
            headers=answer.headers,
            stream=_Bounded(answer.stream, inner, self._most),
            extensions=answer.extensions,
        )


class _Bounded(httpx.AsyncByteStream):
    """A stream that ends in an error beyond some bytes or seconds; closes its transport too."""

    def __init__(
        self, stream: httpx.AsyncByteStream, transport: httpx.AsyncBaseTransport, most: int
    ) -> None:
        self._stream, self._transport, self._most = stream, transport, most
        self._end = time.monotonic() + _SECONDS

    async def __aiter__(self) -> AsyncIterator[bytes]:
        left = self._most
        async for chunk in self._stream:
            left -= len(chunk)
            if left < 0 or time.monotonic() > self._end:
                raise _too_much(self._most)
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()
        await self._transport.aclose()


def bound_fetching(most: int) -> None:
    """Have Gradio fetch at most `most` bytes from one address, in this process."""
    processing_utils.async_transport = BoundedTransport(most)


async def _checked(host: str) -> httpx.AsyncBaseTransport:
    """Return a transport to a host's address, which is public; that of the Hub may be anything."""
    if safehttpx.matches_domain_whitelist(host, processing_utils.PUBLIC_HOSTNAME_WHITELIST):
        return httpx.AsyncHTTPTransport()
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, None)
    except OSError:  # there is no such host
        found = []
    for *_, (address, *_port) in found:
        if safehttpx.is_public_ip(address):
            return safehttpx.AsyncSecureTransport(address)
    raise _error(_REFUSED)


def _too_much(most: int) -> gr.Error:
    return _error(
        f"expected a plain file of at most {most / 1024**2:.0f} MB that comes within "
        f"{_SECONDS:.0f} s from this address: send the file"
    )


def _error(text: str) -> gr.Error:
    return gr.Error(text, print_exception=False)
