"""What is chosen on the Leaderboard, and the address that brings it back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from urllib.parse import quote, urlencode

from inpaint_bench.bench.tables import ALL_BUCKETS

__all__ = ["TAB", "View", "read_view", "view_query"]

TAB = "leaderboard"
_LONGEST = 400  # characters of one value; what is longer was not written by this page


@dataclass(frozen=True)
class View:
    """Everything that decides what the page shows; empty is "the first one there is".

    Attributes:
        suite: name; empty for all of them.
        masks: where holes come from, as test sets state it; empty for all.
        test_set: name.
        bucket: label.
        metric: to rank by.
        precision: of the computation.
        columns: keys of what stands beside the metric; None for the usual ones.
        intervals: show those of every column.
        plot: key of `leaderboard_plots.PLOTS`.
    """

    suite: str = ""
    masks: str = ""
    test_set: str = ""
    bucket: str = ""
    metric: str = ""
    precision: str = ""
    columns: tuple[str, ...] | None = None
    intervals: bool = False
    plot: str = ""


# Names in the address; the Inpaint page has others, and Gradio takes "page" for itself.
_KEYS = {
    "suite": "suite",
    "masks": "masks",
    "test_set": "set",
    "bucket": "holes",
    "metric": "by",
    "precision": "precision",
    "columns": "columns",
    "intervals": "intervals",
    "plot": "plot",
}


def view_query(view: View) -> str:
    """Return a view as a query, "?tab=leaderboard&set=kodak-256&holes=30-40&by=psnr"."""
    said = {"tab": TAB}
    for name, key in _KEYS.items():
        value = getattr(view, name)
        if isinstance(value, tuple):
            said[key] = ",".join(value)
        elif isinstance(value, bool):
            said |= {key: "1"} if value else {}
        elif value:
            said[key] = str(value).removesuffix(" %")
    return "?" + urlencode(said, safe=",/:", quote_via=quote)


def read_view(query: Mapping[str, str]) -> View | None:
    """Return the view of a query, or None where it is of another page.

    What a value does not name is for the page to say; here it is only text.
    """
    if query.get("tab") != TAB:
        return None
    found: dict[str, str | bool | tuple[str, ...]] = {}
    for field in fields(View):
        text = query.get(_KEYS[field.name])
        if text is None or len(text) > _LONGEST:
            continue
        if field.name == "columns":
            found["columns"] = tuple(name for name in text.split(",") if name)
        elif field.name == "intervals":
            found["intervals"] = text == "1"
        elif field.name == "bucket" and text != ALL_BUCKETS:
            found["bucket"] = f"{text} %"
        else:
            found[field.name] = text
    return View(**found)
