"""The command line: one file a command, and what a person sees when something is wrong.

Bad use ends with exactly one line on stderr and exit status 2, Ctrl-C with 130; a traceback is
shown only when INPAINT_BENCH_DEBUG is set. Command files import what is heavy inside their
functions, so that `--help` and bad use answer at once.
"""

from __future__ import annotations

import errno
import logging
import os
import sys
import warnings
from importlib import import_module
from typing import Annotated

import typer

from inpaint_bench import __version__
from inpaint_bench.errors import InpaintBenchError

__all__ = ["COMMANDS", "build_app", "main"]

PROGRAM = "python -m inpaint_bench"
COMMANDS = (
    "app",
    "inpaint",
    "run",
    "score",
    "report",
    "publish",
    "masks",
    "testsets",
    "weights",
    "parity",
    "speed",
)

# Some versions of typer carry their own copy of click: what they raise has this base there.
_CLICK_ERROR = next(c for c in typer.BadParameter.__mro__ if c.__name__ == "ClickException")
_BAD_USE, _BUG, _INTERRUPTED = 2, 1, 130


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return the exit status.

    Args:
        arguments: as on the command line after the program's name; by default `sys.argv`.
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    if not sys.warnoptions:
        warnings.simplefilter("ignore")  # other libraries' notes to developers
        logging.getLogger("PIL").setLevel(logging.CRITICAL)  # it logs what it also raises
    debug = bool(os.environ.get("INPAINT_BENCH_DEBUG"))
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by the shell, as in `run ... 2>&-`
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_WRONLY), "w"))
    try:
        status = build_app()(args=arguments or ["--help"], prog_name=PROGRAM, standalone_mode=False)
        sys.stdout.flush()
        if status == _INTERRUPTED:  # newer versions of typer turn Ctrl-C into this status
            return _complain("stopped", _INTERRUPTED, False)
        return status if isinstance(status, int) else 0
    except InpaintBenchError as error:
        return _complain(str(error), _BAD_USE, debug)
    except _CLICK_ERROR as error:
        context = getattr(error, "ctx", None)
        command = context.command_path if context else PROGRAM
        fault = error.format_message().strip() or "Missing command."
        stop = "" if fault.endswith((".", "?")) else "."
        return _complain(f"{fault}{stop} See {command} --help", _BAD_USE, debug)
    except (KeyboardInterrupt, typer.Abort):
        return _complain("stopped", _INTERRUPTED, False)
    except OSError as error:
        if error.errno == errno.EPIPE:  # the reader of our output, such as `head`, is gone
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return _BUG
        return _complain(str(error), _BAD_USE, debug)
    except Exception as error:
        return _complain(
            f"unexpected {type(error).__name__}: {error} (this is a bug; set "
            "INPAINT_BENCH_DEBUG=1 to see where)",
            _BUG,
            debug,
        )


def build_app() -> typer.Typer:
    """Return the typer application with every command registered."""
    app = typer.Typer(
        name="inpaint_bench",
        help="Compare image-inpainting methods on photographs and masked test sets.",
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    app.callback()(_options)
    for name in COMMANDS:
        import_module(f"{__name__}.{name}").register(app)
    return app


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


def _options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_show_version, is_eager=True, help="Print the version and stop."
        ),
    ] = False,
) -> None:
    """Compare image-inpainting methods on photographs and masked test sets."""


def _complain(message: str, status: int, debug: bool) -> int:
    """Print one line on stderr, whatever the message holds, and return `status`."""
    if debug:
        import traceback

        traceback.print_exc()
    print(f"error: {' '.join(message.split())}", file=sys.stderr)
    return status
