"""Puts the pages together; what a page does is its own business."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import gradio as gr

from inpaint_bench import load
from inpaint_bench.ui.catalogue import catalogue
from inpaint_bench.ui.markup import HEADER, badge_css
from inpaint_bench.ui.model_cache import ModelCache
from inpaint_bench.ui.outbox import Outbox
from inpaint_bench.ui.settings import Settings
from inpaint_bench.ui.tab_about import build_about
from inpaint_bench.ui.tab_inpaint import build_inpaint
from inpaint_bench.ui.tab_inside import build_inside
from inpaint_bench.ui.tab_leaderboard import build_leaderboard
from inpaint_bench.ui.theme import make_theme, page_script, style_sheet

__all__ = ["Settings", "build", "launch_options"]

_CHECKS_PER_SESSION = 6


def build(settings: Settings) -> gr.Blocks:
    """Return the app, its queue set up; start it with `launch(**launch_options(settings))`.

    Raises:
        WeightsError: the manifest cannot be read.
    """
    entries = catalogue()
    models = ModelCache(settings.models_in_memory, partial(load, device=settings.device))
    kept = settings.session_seconds
    with gr.Blocks(
        title="Inpaint Bench",
        analytics_enabled=False,
        fill_width=True,
        delete_cache=(max(1, kept // _CHECKS_PER_SESSION), kept),
    ) as page:
        gr.HTML(HEADER)
        with gr.Tabs(elem_id="pages"):
            with gr.Tab("Inpaint", id="inpaint"):
                outbox = Outbox(Path(page.GRADIO_CACHE))
                current = build_inpaint(settings, entries, models, outbox, page)
            with gr.Tab("Inside", id="inside"):
                build_inside(settings, entries, current)
            with gr.Tab("Leaderboard", id="leaderboard") as tab:
                build_leaderboard(settings, entries, tab)
            with gr.Tab("About", id="about") as tab:
                build_about(settings, entries, tab)
    return page.queue(max_size=settings.queue_size, api_open=False)


def launch_options(settings: Settings) -> dict[str, Any]:
    """Return the arguments that `launch` needs beside address and port."""
    return {
        "theme": make_theme(),
        "css": style_sheet() + badge_css(catalogue()),
        "js": page_script(),
        "footer_links": [],
        "run_history": False,
        "enable_monitoring": False,
        "share": False,
        "allowed_paths": [],
        "max_file_size": settings.max_upload_mb * 1024 * 1024,
        "state_session_capacity": settings.sessions,
        "show_error": False,
    }
