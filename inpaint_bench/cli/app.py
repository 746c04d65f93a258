"""`app`: serve the workbench to a browser."""

from __future__ import annotations

import socket
from dataclasses import replace
from typing import Annotated

import typer

from inpaint_bench.errors import InpaintBenchError

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add `app`."""
    app.command("app")(_command)


def _command(
    host: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS",
            envvar="GRADIO_SERVER_NAME",
            help="Where to listen; 0.0.0.0 serves other machines too. [default: 127.0.0.1]",
        ),
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=65535,
            metavar="N",
            envvar="GRADIO_SERVER_PORT",
            help="By default the first free one from 7860.",
        ),
    ] = None,
    mcp: Annotated[
        bool,
        typer.Option(
            "--mcp",
            envvar="INPAINT_BENCH_MCP",
            help="Serve the API as tools for MCP clients too, under /gradio_api/mcp.",
        ),
    ] = False,
) -> None:
    """Serve the app: brush a hole, compare methods, read the leaderboard."""
    if host and not _is_ours(host):  # Gradio would blame the port
        raise InpaintBenchError(
            "expected --host (or GRADIO_SERVER_NAME) to be an address of this machine, such as "
            f"127.0.0.1 or 0.0.0.0, got {host!r}"
        )
    from inpaint_bench.ui.build import Settings, build, launch_options

    settings = replace(Settings.from_environment(), mcp=mcp)
    build(settings).launch(server_name=host, server_port=port, **launch_options(settings))


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
