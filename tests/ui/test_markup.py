from __future__ import annotations

import pytest

from inpaint_bench.types import Variant
from inpaint_bench.ui import markup
from inpaint_bench.ui.catalogue import entry_of
from inpaint_bench.ui.comparison import Outcome
from inpaint_bench.ui.hints import Best

TELEA = entry_of(Variant("telea", "telea"))


def test_the_ratio_line_names_share_and_bucket():
    line = markup.ratio_line(0.234)
    assert "23.4 %" in line and "20-30 %" in line
    assert line.count("is-here") == 1


@pytest.mark.parametrize(("ratio", "label"), [(0.004, "&lt;1 %"), (0.8, "&gt;60 %")])
def test_holes_outside_of_all_buckets_are_named_and_escaped(ratio, label):
    line = markup.ratio_line(ratio)
    assert label in line
    assert "is-here" not in line


def test_no_hole_is_an_invitation():
    assert "brush" in markup.ratio_line(0.0)


def test_an_error_cannot_put_markup_on_the_page():
    failed = Outcome(error="<script>alert(1)</script>")
    assert "<script>" not in markup.caption(TELEA, failed)
    assert markup.message("expected <b>").startswith("Expected &lt;b&gt;")


def test_a_caption_has_name_badge_time_and_scores():
    done = Outcome(seconds=0.0123, scores={"l1_hole": 5.123, "psnr": 20.0, "ssim": 0.9})
    text = markup.caption(TELEA, done, best=["psnr"])
    for part in ("Telea", "classical", "12 ms", "5.12 %", "20.00 dB", "0.900"):
        assert part in text
    assert text.count("<strong") == 1


def test_states_are_words_and_not_colours_alone():
    for state in ("waiting", "running", "cancelled"):
        assert f">{state}<" in markup.caption(TELEA, None, state=state)


def test_the_end_of_a_comparison_says_what_is_missing():
    assert "3 results" in markup.finished(3, 3, failed=0, cancelled=False)
    text = markup.finished(1, 4, failed=1, cancelled=True)
    assert "1 of 4 results" in text and "1 failed, cancelled" in text


def test_advice_is_a_line_for_each_subject_and_for_each_warning():
    rows = (("telea", 6.5), ("a<b", 7.0))
    best = Best("photographs", "kodak-256", "20-30 %", 24, rows, "L1 in the hole", "%")
    faces = Best("faces", "ffhq-256", "20-30 %", 90, rows[:1], "L1 in the hole", "%")
    text = markup.advice([best, faces], {"telea": "Telea"}, ["Far from <training>."])
    assert (
        text.count("<p") == 3
        and "Best on faces: <strong>Telea" in text
        and "Telea</strong> 6.50 %" in text
        and "N = 24" in text
    )
    assert "a&lt;b" in text and "&lt;training&gt;" in text
    assert markup.advice([], {}, []) == ""


def test_a_link_is_an_address_and_says_what_it_leaves_out():
    text = markup.link_line('?photo=a&seed=1"', "all but the <hole>")
    assert 'href="?photo=a&amp;seed=1&quot;"' in text and "&lt;hole&gt;" in text
