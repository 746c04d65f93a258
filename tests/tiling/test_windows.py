"""Windows cover a part without gaps, and their weights sum to one at every pixel."""

from __future__ import annotations

import pytest
import torch

from inpaint_bench.tiling.canvas import Window
from inpaint_bench.tiling.windows import spread_windows


@pytest.mark.parametrize("size", [(64, 64), (65, 64), (200, 333), (64, 1000), (30, 70), (129, 97)])
@pytest.mark.parametrize("side", [16, 64])
def test_weights_sum_to_one_and_windows_stay_inside(size, side):
    part = Window(5, 7, 5 + size[0], 7 + size[1])
    total = torch.zeros(5 + size[0], 7 + size[1])
    for window, weight in spread_windows(part, side):
        assert window.top >= 5 and window.left >= 7
        assert window.height == min(side, size[0]) and window.width == min(side, size[1])
        assert weight.min() >= 0
        total[window.top : window.bottom, window.left : window.right] += weight
    torch.testing.assert_close(total[5:, 7:], torch.ones(*size))


def test_windows_overlap_by_a_quarter_and_not_much_more():
    windows = [window for window, _ in spread_windows(Window(0, 0, 64, 64 + 48 * 5), 64)]
    assert [window.left for window in windows] == [0, 48, 96, 144, 192, 240]


def test_the_outer_sixteenth_of_a_window_is_context_except_at_the_edge_of_the_photograph():
    (_, first), (_, second) = spread_windows(Window(0, 0, 64, 112), 64)
    assert torch.all(first[0, :4] == 1) and torch.all(first[0, -4:] == 0)
    assert torch.all(second[0, :4] == 0) and torch.all(second[0, -4:] == 1)
