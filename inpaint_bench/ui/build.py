"""Puts the pages together; what a page does is its own business."""

from __future__ import annotations

import importlib.util
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr

from inpaint_bench import load
from inpaint_bench.errors import InpaintBenchError
from inpaint_bench.ui.api import Endpoints, build_api
from inpaint_bench.ui.catalogue import catalogue
from inpaint_bench.ui.fetching import bound_fetching
from inpaint_bench.ui.markup import HEADER
from inpaint_bench.ui.model_cache import ModelCache
from inpaint_bench.ui.outbox import Outbox
from inpaint_bench.ui.settings import Settings
from inpaint_bench.ui.tab_about import build_about
from inpaint_bench.ui.tab_arena import build_arena
from inpaint_bench.ui.tab_inpaint import build_inpaint
from inpaint_bench.ui.tab_inside import build_inside
from inpaint_bench.ui.tab_leaderboard import build_leaderboard
from inpaint_bench.ui.theme import make_theme, page_script, style_sheet
from inpaint_bench.ui.workshop import Workshop

if TYPE_CHECKING:
    from inpaint_bench.models import Inpainter

__all__ = ["Settings", "build", "launch_options"]

_CHECKS_PER_SESSION = 6


def build(settings: Settings) -> gr.Blocks:
    """Return the app, its queue set up; start it with `launch(**launch_options(settings))`.

    Raises:
        WeightsError: the manifest cannot be read.
    """
    entries = catalogue()
    cache = ModelCache(settings.models_mb * 1_000_000, partial(_load_fast, device=settings.device))
    models = Workshop(cache, seconds=settings.model_seconds)
    kept = settings.session_seconds
    bound_fetching(settings.max_upload_mb * 1024 * 1024)
    with gr.Blocks(
        title="Inpaint Bench",
        analytics_enabled=False,
        fill_width=True,
        delete_cache=(max(1, kept // _CHECKS_PER_SESSION), kept),
    ) as page:
        gr.HTML(HEADER)
        with gr.Tabs(elem_id="pages") as tabs:
            with gr.Tab("Inpaint", id="inpaint"):
                outbox = Outbox(Path(page.GRADIO_CACHE))
                current = build_inpaint(settings, entries, models, outbox, page)
            with gr.Tab("Inside", id="inside") as tab:
                build_inside(settings, entries, current, tab)
            with gr.Tab("Leaderboard", id="leaderboard") as tab:
                place = {"tab": tab, "tabs": tabs, "page": page}
                build_leaderboard(settings, entries, models=models, outbox=outbox, **place)
            with gr.Tab("Arena", id="arena") as tab:
                build_arena(settings, entries, current, tab)
            with gr.Tab("About", id="about") as tab:
                build_about(settings, entries, tab)
        build_api(Endpoints(settings, {entry.name: entry for entry in entries}, models, outbox))
    return page.queue(max_size=settings.queue_size, api_open=False)


def launch_options(settings: Settings) -> dict[str, Any]:
    """Return the arguments that `launch` needs beside address and port.

    Raises:
        InpaintBenchError: tools for MCP clients are asked for, but their package is not installed.
    """
    if settings.mcp and importlib.util.find_spec("mcp") is None:
        raise InpaintBenchError(
            "expected the package mcp for the MCP server, got none: "
            "pip install -r requirements-mcp.txt"
        )
    return {
        "theme": make_theme(),
        "css": style_sheet(),
        "js": page_script(),
        "footer_links": [],
        "run_history": False,
        "enable_monitoring": False,
        "share": False,
        "mcp_server": settings.mcp,
        "allowed_paths": [],
        "max_file_size": settings.max_upload_mb * 1024 * 1024,
        "state_session_capacity": settings.sessions,
        "show_error": False,
    }


def _load_fast(name: str, *, device: str) -> Inpainter:
    """Return a model by its variant's name; on a processor, on its fast path."""
    from inpaint_bench.fast import prepare  # brings torch, for which the page does not wait

    return prepare(load(name, device=device))
