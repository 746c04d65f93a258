from __future__ import annotations

from urllib.parse import parse_qsl

from hypothesis import given
from hypothesis import strategies as st

from inpaint_bench.ui.leaderboard_link import View, read_view, view_query

NAMES = st.text("abcz019_-/:.é %&=#", max_size=20).map(str.strip)


def query(view):
    return dict(parse_qsl(view_query(view).removeprefix("?"), keep_blank_values=True))


def test_a_link_names_what_is_shown():
    view = View(test_set="kodak-256", bucket="30-40 %", metric="psnr", columns=("ssim", "seconds"))
    assert view_query(view) == (
        "?tab=leaderboard&set=kodak-256&holes=30-40&by=psnr&columns=ssim,seconds"
    )
    assert read_view(query(view)) == view


@given(
    st.builds(
        View,
        suite=NAMES,
        test_set=NAMES,
        metric=NAMES,
        bucket=st.sampled_from(["", "all", "1-10 %", "<1 %", ">60 %"]),
        columns=st.none() | st.lists(st.text("abc_1", min_size=1), max_size=4).map(tuple),
        intervals=st.booleans(),
    )
)
def test_every_view_comes_back_from_its_link(view):
    for name in ("suite", "test_set", "metric"):
        if getattr(view, name).endswith(" %"):  # no name of ours is a share
            return
    assert read_view(query(view)) == view


def test_links_of_other_pages_are_left_alone():
    assert read_view({}) is None
    assert read_view({"photo": "coffee", "models": "telea"}) is None


def test_what_no_link_of_ours_is_that_long_is_left_out():
    assert read_view({"tab": "leaderboard", "by": "x" * 10_000}) == View()
