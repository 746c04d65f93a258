"""Turns errors written for people into a message on the page that leaves all else as it is."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import gradio as gr
from gradio.events import Dependency

from inpaint_bench.errors import InpaintBenchError
from inpaint_bench.ui.markup import message

__all__ = ["guarded", "on", "opened", "warn"]

_SECONDS_SHOWN = 12
_QUICK_STEPS_AT_ONCE = 8
_RESTLESS = (gr.ImageEditor, gr.State, gr.Tabs, gr.Tab, gr.Column, gr.Row, type(None))


def warn(text: str) -> None:
    """Show one line to the visitor."""
    gr.Warning(message(text), duration=_SECONDS_SHOWN)


def guarded(step: Callable[..., Any], *, clears: bool = False) -> Callable[..., Any]:
    """Return `step` so that an `InpaintBenchError` is shown and changes nothing.

    Args:
        clears: it empties the one output instead, such as a file that would be saved once more.
    """

    @functools.wraps(step)
    def run(*arguments: Any) -> Any:
        try:
            return step(*arguments)
        except InpaintBenchError as error:
            warn(str(error))
            return None if clears else gr.skip()

    return run


def on(
    event: Callable[..., Any],
    step: Callable[..., Any],
    inputs: Any,
    outputs: Any,
    *,
    every: bool = False,
    clears: bool = False,
) -> Dependency:
    """Wire a quick step to an event, such as `button.click`.

    It is guarded, has no name in the API, and of several events that wait only the last counts.
    Returns what further steps are chained to.

    Args:
        every: let each event count, one after another, also of several buttons. A step that takes
            `gr.SelectData` needs it: where the last of several waits, Gradio's page asks once
            more for the place of the click before it.
        clears: as in `guarded`.
    """
    return event(
        guarded(step, clears=clears),
        inputs,
        outputs,
        api_visibility="private",
        show_progress="hidden",
        show_progress_on=_calm(outputs),
        trigger_mode="multiple" if every else "always_last",
        concurrency_limit=1 if every else _QUICK_STEPS_AT_ONCE,
        concurrency_id="in turn" if every else "quick",
    )


def opened(tab: gr.Tab) -> gr.State:
    """Return a state that changes when a visitor opens a page for the first time."""
    state = gr.State(False)
    on(tab.select, lambda: True, None, state)
    return state


def _calm(outputs: Any) -> list[Any] | None:
    """Return the outputs that may be told how far an event is.

    The canvas may not, nor may what it lies in: once they are, Gradio's page has it upload its
    pictures again at each message about any event, dozens of times for one click.
    """
    listed = outputs if isinstance(outputs, (list, tuple)) else [outputs]
    calm = [one for one in listed if not isinstance(one, _RESTLESS)]
    return calm or None
