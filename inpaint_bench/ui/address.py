"""Where the app listens: an address that is not of this machine is told before Gradio blames the
port for it."""

from __future__ import annotations

import socket

from inpaint_bench.errors import InpaintBenchError

__all__ = ["check_host"]


def check_host(host: str | None) -> None:
    """Raise an `InpaintBenchError` unless this machine can listen on `host`; None and "" are
    Gradio's default."""
    if host and not _is_ours(host):
        raise InpaintBenchError(
            "expected --host (or GRADIO_SERVER_NAME) to be an address of this machine, such as "
            f"127.0.0.1 or 0.0.0.0, got {host!r}"
        )


def _is_ours(host: str) -> bool:
    """Say whether this machine can listen on an address, or on one that a name stands for."""
    try:
        found = socket.getaddrinfo(host.strip("[]"), None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return False
    return any(_can_listen(family, address) for family, _, _, _, address in found)


def _can_listen(family: int, address: tuple) -> bool:
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.bind(address)
    except OSError:
        return False
    return True
