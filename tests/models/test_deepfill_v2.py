"""DeepFill v2 against the published parameter count and its own declared stages and maps."""

from __future__ import annotations

import torch

from inpaint_bench.models.deepfill_v2 import DeepFillV2


def test_the_paper_width_has_the_parameters_of_the_released_weights():
    with torch.device("meta"):
        model = DeepFillV2()
    # 4 M in the table of LaMa's paper; exactly 4,052,478 in the authors' converted weights
    assert sum(p.numel() for p in model.parameters()) == 4_052_478


def test_explaining_gives_a_gate_for_each_layer_and_the_attended_patches():
    model = DeepFillV2(width=8).eval()
    image, hole = torch.rand(2, 3, 64, 96), torch.zeros(2, 1, 64, 96)
    hole[..., 16:48, 16:48] = 1
    with torch.no_grad():
        plain = model(image, hole)
        explained = model(image, hole, explain=True)
    assert not plain.maps
    assert torch.equal(plain.image, explained.image)
    gates = {k: v for k, v in explained.maps.items() if k.startswith("gate_")}
    assert len(gates) == 16 + 10 + 6 + 2 + 6
    for gate in gates.values():
        assert gate.shape[:2] == (2, 1)
        assert gate.min() >= 0.0 and gate.max() <= 1.0
    assert explained.maps["attention"].shape == (2, 5, 8, 12)
    assert not any(m._forward_hooks for m in model.modules())


def test_the_coarse_stage_is_a_picture_of_the_same_size():
    model = DeepFillV2(width=8).eval()
    completion = model(torch.rand(1, 3, 64, 64), torch.ones(1, 1, 64, 64))
    assert completion.stages["coarse"].shape == (1, 3, 64, 64)
    assert 0.0 <= completion.stages["coarse"].min() <= completion.stages["coarse"].max() <= 1.0


def test_the_refinement_sees_the_coarse_result_only_in_the_hole():
    model = DeepFillV2(width=8).eval()
    image, hole = torch.rand(1, 3, 64, 64), torch.zeros(1, 1, 64, 64)
    with torch.no_grad():
        before = model(image, hole).image
        for parameter in model.coarse.parameters():
            parameter.mul_(1.5)
        after = model(image, hole).image
    assert torch.equal(before, after)
