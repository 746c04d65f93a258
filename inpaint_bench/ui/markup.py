"""Small pieces of HTML: badges, captions, the ratio ruler. Every text that is not ours is
escaped here and nowhere else."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from html import escape

from inpaint_bench.masks.ratio import EDGES, bucket_label
from inpaint_bench.ui.catalogue import Entry
from inpaint_bench.ui.comparison import Outcome
from inpaint_bench.ui.hints import Best

__all__ = [
    "HEADER",
    "advice",
    "badge",
    "caption",
    "finished",
    "input_caption",
    "link_line",
    "message",
    "note",
    "progress",
    "ratio_line",
    "section",
    "short_seconds",
    "sketch_note",
    "view_line",
]

_LOGO = (
    '<svg class="ib-logo" viewBox="0 0 40 40" width="40" height="40" aria-hidden="true">'
    '<rect width="40" height="40" rx="9" class="ib-logo-frame"/>'
    '<path class="ib-logo-hill" d="M0 29l10-9 8 7 9-11 13 13v2a9 9 0 0 1-9 9H9a9 9 0 0 1-9-9z"/>'
    '<path class="ib-logo-hole" d="M11 17c3-7 10-6 14-3s8 7 4 12-8 1-12 2-8-6-6-11z"/></svg>'
)
HEADER = (
    f'<header class="ib-header">{_LOGO}<div><h1>Inpaint Bench</h1>'
    "<p>Brush a hole into a photograph and compare how every method fills it.</p></div></header>"
)
_SHORT = {"l1_hole": "L1 in hole", "psnr": "PSNR", "ssim": "SSIM"}
_FORMATS = {"l1_hole": "{:.2f} %", "psnr": "{:.2f} dB", "ssim": "{:.3f}"}


def badge(provenance: str) -> str:
    """Return where a variant comes from as a coloured word."""
    return f'<span class="ib-badge" data-kind="{escape(provenance)}">{escape(provenance)}</span>'


def section(number: int, title: str) -> str:
    """Return the heading of a numbered step."""
    return f'<h2 class="ib-step"><span aria-hidden="true">{number}</span>{escape(title)}</h2>'


def note(text: str) -> str:
    """Return one quiet line of text."""
    return f'<p class="ib-note">{escape(text)}</p>' if text else ""


def message(text: str) -> str:
    """Return an error's line as the start of a sentence, safe to show."""
    return escape(text[:1].upper() + text[1:], quote=False)


def ratio_line(ratio: float) -> str:
    """Return the sentence on the hole's share and bucket, with a ruler of the buckets."""
    if ratio <= 0.0:
        text = "No hole yet: brush over the photograph, or draw a random one."
    else:
        bucket = bucket_label(ratio)
        text = f"Your hole is <strong>{_percent(ratio)}</strong>: bucket <strong>{bucket}</strong>"
        text = text.replace("<1 %", "&lt;1 %").replace(">60 %", "&gt;60 %")
    return f'<div class="ib-ratio" role="status"><p>{text}</p>{_ruler(ratio)}</div>'


def advice(best: Sequence[Best], titles: Mapping[str, str], warnings: Sequence[str]) -> str:
    """Return the best models of the hole's bucket, a line a subject, then what to beware of.

    Args:
        titles: of variants by name.
    """
    lines = "".join(_best(one, titles) for one in best)
    lines += "".join(f'<p class="is-warning">{escape(line)}</p>' for line in warnings)
    return f'<div class="ib-advice" role="status">{lines}</div>' if lines else ""


def _best(best: Best, titles: Mapping[str, str]) -> str:
    unit = f" {best.unit}" if best.unit else ""
    ranked = ", ".join(
        f"<strong>{escape(titles.get(variant, variant))}</strong> {value:.2f}{escape(unit)}"
        for variant, value in best.rows
    )
    about = f"{best.metric}, {best.bucket}, {best.test_set}, N = {best.n}"
    return f"<p>Best on {escape(best.subject)}: {ranked} <small>({escape(about)})</small></p>"


def link_line(query: str, remark: str = "") -> str:
    """Return the link to what is set up; the page's script copies its address."""
    note = f" {escape(remark)}" if remark else ""
    return (
        f'<p class="ib-link" role="status"><a href="{escape(query or "?")}">Link to this setup</a>'
        f'<span class="ib-copied"> (copied)</span>.{note}</p>'
    )


def sketch_note(titles: Sequence[str]) -> str:
    """Return how to draw a sketch, and for which of the models on this machine."""
    takers = f"for {', '.join(titles)}, run without and with it"
    if not titles:
        takers = "for models that take one; the weights of none are on this machine yet"
    return note(
        f"Blue strokes inside the hole (colour button of the canvas) are a sketch {takers}."
    )


def progress(done: int, total: int) -> str:
    """Return how far a comparison is."""
    share = 100.0 * done / max(1, total)
    return (
        f'<div class="ib-status" role="status"><h2>Comparing: {done} of {total} done</h2>'
        f'<div class="ib-bar" aria-hidden="true"><i style="width:{share:.0f}%"></i></div></div>'
    )


def finished(results: int, total: int, *, failed: int, cancelled: bool) -> str:
    """Return how a comparison ended."""
    text = f"{results} of {total} results" if cancelled or failed else f"{total} results"
    if total == 1:
        text = "1 result" if results else "No result"
    notes = [f"{failed} failed"] * bool(failed) + ["cancelled"] * cancelled
    tail = f" <small>{', '.join(notes)}</small>" if notes else ""
    return f'<div class="ib-status" role="status"><h2>{text}{tail}</h2></div>'


def input_caption(ratio: float, size: tuple[int, int]) -> str:
    """Return what stands under the photograph with its hole."""
    height, width = size
    facts = f"{width} × {height} pixels · {_percent(ratio)} missing"
    return f'<div class="ib-caption"><h3>Input</h3><p>{facts}</p></div>'


def caption(
    entry: Entry, outcome: Outcome | None, *, state: str = "", best: Collection[str] = ()
) -> str:
    """Return what stands under a model's tile.

    Args:
        outcome: what came of it; None while it has not finished.
        state: "waiting", "running" or "cancelled", where there is no outcome.
        best: metrics in which no other result is better.
    """
    head = f"<h3>{escape(entry.title)}</h3>{badge(entry.variant.provenance)}"
    if outcome is None:
        body = f'<p class="ib-state is-{state}">{state}</p>'
    elif outcome.error:
        body = f'<p class="ib-state is-failed">failed: {escape(outcome.error)}</p>'
    else:
        body = f'<p class="ib-state is-done">{short_seconds(outcome.seconds)}</p>'
        body += _score_list(outcome, best)
    return f'<div class="ib-caption">{head}{body}</div>'


def view_line(text: str, *, dull: bool = False) -> str:
    """Return what stands above a tile's caption where it shows no result.

    Args:
        dull: there is nothing to see in its picture.
    """
    return f'<p class="ib-view{" is-dull" * dull}">{escape(text)}</p>' if text else ""


def _score_list(outcome: Outcome, best: Collection[str]) -> str:
    items = ""
    for name, value in outcome.scores.items():
        shown = _FORMATS[name].format(value)
        if name in best:
            shown = f"<strong title='best of this comparison'>{shown}</strong>"
        items += f"<div><dt>{_SHORT[name]}</dt><dd>{shown}</dd></div>"
    return f"<dl>{items}</dl>" if items else ""


def _ruler(ratio: float) -> str:
    cells = ""
    for low, high in zip(EDGES, EDGES[1:], strict=False):
        here = " is-here" if low <= ratio < high else ""
        cells += f'<i class="ib-cell{here}"></i>'
    reached = 100.0 * min(ratio, EDGES[-1]) / EDGES[-1]
    empty = " is-empty" * (ratio <= 0.0)
    style = f"--reached:{reached:.1f}%"
    return f'<div class="ib-ruler{empty}" aria-hidden="true" style="{style}">{cells}</div>'


def _percent(ratio: float) -> str:
    return f"{100.0 * ratio:.1f} %"


def short_seconds(seconds: float) -> str:
    """Return a duration in two or three digits."""
    if seconds < 0.0995:
        return f"{1000.0 * seconds:.0f} ms"
    return f"{seconds:.2f} s" if seconds < 9.95 else f"{seconds:.0f} s"
