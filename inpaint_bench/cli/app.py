"""`app`: serve the workbench to a browser."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import typer

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
    from inpaint_bench.ui.address import check_host

    check_host(host)
    from inpaint_bench.ui.build import Settings, build, launch_options

    settings = replace(Settings.from_environment(), mcp=mcp)
    build(settings).launch(server_name=host, server_port=port, **launch_options(settings))
