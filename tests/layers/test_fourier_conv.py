"""Fast Fourier convolution: the spectral branch against NumPy, and who sees whom."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from inpaint_bench.layers.fourier_conv import FourierConv2d, FourierUnit


@pytest.mark.parametrize("size", [(6, 8), (5, 7)])
def test_the_unit_convolves_interleaved_real_and_imaginary_parts(size):
    unit = FourierUnit(2).eval()
    x = torch.randn(1, 2, *size)
    spectrum = np.fft.rfft2(x.numpy(), norm="ortho")[0]
    parts = np.stack([spectrum.real, spectrum.imag], axis=1).reshape(4, *spectrum.shape[1:])
    weight = unit.conv.weight.detach().numpy()[:, :, 0, 0]
    mixed = np.einsum("oi,ihw->ohw", weight, parts) / np.sqrt(1 + unit.norm.eps)
    mixed = np.maximum(mixed, 0).reshape(2, 2, *spectrum.shape[1:])
    expected = np.fft.irfft2(mixed[:, 0] + 1j * mixed[:, 1], s=size, norm="ortho")
    np.testing.assert_allclose(unit(x)[0].detach().numpy(), expected, rtol=0, atol=1e-5)


def test_the_spectrum_is_taken_in_float32_under_autocast(monkeypatch):
    unit, seen = FourierUnit(2).eval(), []
    real = torch.fft.rfft2
    monkeypatch.setattr(torch.fft, "rfft2", lambda x, **o: seen.append(x.dtype) or real(x, **o))
    with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
        result = unit(torch.randn(1, 2, 8, 8).bfloat16())
    assert seen == [torch.float32] and result.dtype == torch.bfloat16


def test_global_channels_see_the_whole_picture_and_local_ones_their_neighbours():
    layer = FourierConv2d(4, 12, 4, 12).eval()
    local, distant = torch.randn(1, 4, 16, 16), torch.randn(1, 12, 16, 16)
    far = distant.clone()
    far[..., 0, 0] += 10.0
    with torch.no_grad():
        before, after = layer((local, distant)), layer((local, far))
    assert torch.equal(before[0][..., 8:, 8:], after[0][..., 8:, 8:])
    assert not torch.equal(before[1][..., 8:, 8:], after[1][..., 8:, 8:])


def test_a_layer_without_global_channels_is_a_plain_convolution():
    layer = FourierConv2d(3, 0, 5, 0, stride=2).eval()
    x = torch.randn(2, 3, 8, 10)
    with torch.no_grad():
        local, distant = layer((x, None))
    assert local.shape == (2, 5, 4, 5) and distant is None
