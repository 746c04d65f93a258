"""The loop learns, resumes to the bit, and stops when a loss is not finite."""

from __future__ import annotations

import csv
import dataclasses

import pytest
import torch

from inpaint_bench.errors import DataMissingError, WeightsError, WriteError
from trainers.checkpoint import read_checkpoint
from trainers.collapse import CollapseWatch
from trainers.loop import Trainer, TrainingDiverged
from trainers.masks import MaskMixture
from trainers.recipes import RECIPES
from trainers.settings import LoopSettings

SMALL = {
    "pconv_unet": {"width": 8, "depth": 4, "perceptual": 0.0, "style": 0.0},
    "deepfill_v2": {"width": 8, "adversarial": 0.0, "hole": 6.0},
    "deepfill_v2_sketch": {"width": 8, "critic_width": 4},  # random strokes and a critic
    "pluralistic": {"width": 8, "spectral_norm": False, "critic_width": 4},  # random latents
    "global_local": {"width": 8, "critic_width": 4, "side": 32},  # phases, batch normalisation
}


def _trainer(name, photographs, out, images, **recipe_settings) -> Trainer:
    recipe_class = RECIPES[name]
    recipe = recipe_class(recipe_class.Settings(**(SMALL[name] | recipe_settings)), None)
    settings = LoopSettings(
        data=(photographs,),
        out=out,
        size=32,
        batch=4,
        images=images,
        small_until=0.0,
        learning_rate=3e-3,
        warmup=0,
        ema=0.9,
        precision="no",
        workers=0,
        held_out=2,
        report_minutes=60.0,
    )
    return Trainer(recipe, settings, MaskMixture({"centre": 1.0}))


def _state(out) -> dict:
    return read_checkpoint(out / "checkpoint.pt")


@pytest.mark.parametrize("name", list(SMALL))
def test_a_resumed_training_equals_an_uninterrupted_one_to_the_bit(name, photographs, tmp_path):
    whole = _trainer(name, photographs, tmp_path / "whole", images=32)
    whole.run()
    part = _trainer(name, photographs, tmp_path / "part", images=32)
    for _, batch in zip(range(4), part.loader(32), strict=False):
        part.train_on(batch)
    part.save()
    rest = _trainer(name, photographs, tmp_path / "part", images=32)
    rest.resume()
    assert rest.samples == 16
    rest.run()
    a, b = _state(tmp_path / "whole"), _state(tmp_path / "part")
    assert a.keys() == b.keys()
    for key in a.keys() - {"seconds", "waited", "loop"}:  # how long it took, and where it lies
        assert _same(a[key], b[key]), key


def _same(a, b) -> bool:
    """Whether all tensors in two checkpoints' entries are equal to the bit."""
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(_same(a[key], b[key]) for key in a)
    if isinstance(a, list):
        return len(a) == len(b) and all(map(_same, a, b))
    return torch.equal(a, b) if isinstance(a, torch.Tensor) else a == b


def test_a_critic_of_small_squares_has_the_gradients_of_float32(photographs, tmp_path):
    """In bfloat16 torch 2.15 leaves what lies in memory where a strided layer sees one pixel."""
    trainer = _trainer("deepfill_v2_sketch", photographs, tmp_path / "run", images=8)
    trainer.settings = dataclasses.replace(trainer.settings, precision="bf16")
    batch = next(iter(trainer.loader(32)))
    trainer.train_on(batch)
    found = [p.grad.clone() for p in trainer.critic.parameters()]
    exact = _trainer("deepfill_v2_sketch", photographs, tmp_path / "exact", images=8)
    exact.train_on(next(iter(exact.loader(32))))
    assert all(map(torch.equal, found, [p.grad for p in exact.critic.parameters()]))
    with trainer._autocast(32):
        assert not torch.is_autocast_enabled("cpu")
    with trainer._autocast(64):
        assert torch.is_autocast_enabled("cpu")


@pytest.mark.parametrize("count", [2, 9])
def test_a_few_photographs_are_enough(count, photographs, tmp_path):
    few = sorted(photographs.iterdir())
    for path in few[count:]:
        path.unlink()
    trainer = _trainer("pconv_unet", photographs, tmp_path / "run", images=8)
    trainer.run()
    state = _state(tmp_path / "run")
    assert (len(trainer.training), len(trainer.held_out)) == (count - 1, 1)
    assert (state["samples"], state["held_out"]) == (8, 1)


def test_one_photograph_is_refused(photographs, tmp_path):
    for path in sorted(photographs.iterdir())[1:]:
        path.unlink()
    with pytest.raises(DataMissingError, match="two or more photographs.*got 1"):
        _trainer("pconv_unet", photographs, tmp_path / "run", images=8)


def test_a_loss_that_is_not_finite_stops_with_one_line(photographs, tmp_path):
    trainer = _trainer("pconv_unet", photographs, tmp_path / "run", images=40)
    with torch.no_grad():
        trainer.model.decoder[-1].conv.bias.fill_(float("nan"))
    with pytest.raises(TrainingDiverged, match="not finite after 0 images"):
        trainer.run()


def test_a_collapsed_critic_stops_with_one_line_and_keeps_the_last_good_checkpoint(
    photographs, tmp_path
):
    trainer = _trainer("deepfill_v2", photographs, tmp_path / "run", 4000, adversarial=1.0)
    trainer.watch = CollapseWatch(floor=100.0, patience=3)  # no hinge loss is as large
    trainer.save()
    with pytest.raises(TrainingDiverged, match="critic has collapsed.*last good checkpoint"):
        trainer.run()
    assert _state(tmp_path / "run")["samples"] == 0


def test_a_fair_critic_ends_a_streak():
    watch = CollapseWatch(floor=0.01, patience=200)
    for _ in range(150):
        watch.see(0.0, 0)
    assert watch.in_doubt
    watch.see(1.0, 0)
    assert not watch.in_doubt
    with pytest.raises(TrainingDiverged):
        for _ in range(200):
            watch.see(0.0, 0)


def test_no_checkpoint_is_overwritten_while_a_collapse_is_suspected(photographs, tmp_path):
    trainer = _trainer("pconv_unet", photographs, tmp_path / "run", images=40)
    trainer.watch.streak = 500
    trainer.report()
    assert not (tmp_path / "run" / "checkpoint.pt").exists()
    trainer.report(final=True)
    assert (tmp_path / "run" / "checkpoint.pt").exists()


def test_a_gradient_that_is_not_finite_stops_too(photographs, tmp_path):
    trainer = _trainer("pconv_unet", photographs, tmp_path / "run", images=40)
    parameter = next(trainer.model.parameters())
    parameter.register_hook(lambda gradient: gradient * float("inf"))
    with pytest.raises(TrainingDiverged, match="gradient is not finite"):
        trainer.run()


def test_the_log_tells_how_long_the_processor_waited_for_data(photographs, tmp_path, monkeypatch):
    trainer = _trainer("pconv_unet", photographs, tmp_path / "run", images=40)
    seconds = iter(range(0, 10_000, 10))
    monkeypatch.setattr("trainers.loop.time.monotonic", lambda: float(next(seconds)))
    trainer.run()
    # Of each step one interval is the training's, one the loader's; the first wait is no one's.
    assert trainer.seconds == 10 * 10
    assert trainer.waited == 9 * 10


def test_the_adversarial_recipe_trains_both_networks(photographs, tmp_path):
    trainer = _trainer(
        "deepfill_v2", photographs, tmp_path / "run", 8, adversarial=1.0, critic_width=4
    )
    before = [p.detach().clone() for p in trainer.critic.parameters()]
    trainer.run()
    assert any(
        not torch.equal(a, b) for a, b in zip(before, trainer.critic.parameters(), strict=True)
    )
    assert "critic" in _state(tmp_path / "run")


def test_logs_and_the_validation_grid_are_written(photographs, tmp_path):
    out = tmp_path / "run"
    _trainer("pconv_unet", photographs, out, images=400).run()
    with (out / "validation.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert float(rows[-1]["images"]) == 400
    assert 0 < float(rows[-1]["hole_l1"]) < 100
    assert (out / "log.csv").read_text().startswith("images,minutes,size")
    assert list((out / "grids").glob("*.png"))


def test_a_stop_while_a_collapse_is_suspected_keeps_the_last_good_checkpoint(
    photographs, tmp_path, capfd
):
    trainer = _trainer("pconv_unet", photographs, tmp_path / "run", images=40)
    trainer.save()
    trainer.watch.streak = 500
    trainer.run(stop=True)
    assert _state(tmp_path / "run")["samples"] == 0
    assert "stopped at 4 images; the critic may have collapsed" in capfd.readouterr().out


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"width": 4}, r"holds another network, .*8.*, than is asked for, .*4.*resume with the"),
        ({"adversarial": 1.0}, "has no critic: resume with the command that began it"),
    ],
)
def test_another_network_than_began_is_refused_in_one_line(changes, message, photographs, tmp_path):
    _trainer("deepfill_v2", photographs, tmp_path / "run", images=8).save()
    other = _trainer("deepfill_v2", photographs, tmp_path / "run", images=8, **changes)
    with pytest.raises(WeightsError, match=message) as told:
        other.resume()
    assert "\n" not in str(told.value)


def test_a_critic_of_another_width_is_refused_in_one_line(photographs, tmp_path):
    _trainer("deepfill_v2_sketch", photographs, tmp_path / "run", images=8).save()
    other = _trainer("deepfill_v2_sketch", photographs, tmp_path / "run", images=8, critic_width=8)
    with pytest.raises(WeightsError, match="holds another critic: resume with the command"):
        other.resume()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"seed": 1}, "was begun with seed 0, got 1: resume with the command that began it"),
        ({"optimiser": "adadelta"}, "was begun with optimiser adam, got adadelta"),
    ],
)
def test_what_a_training_cannot_change_on_its_way_is_refused(
    changes, message, photographs, tmp_path
):
    first = _trainer("pconv_unet", photographs, tmp_path / "run", images=8)
    first.save()
    again = dataclasses.replace(first.settings, **changes)
    with pytest.raises(WeightsError, match=message):  # other photographs would be held out
        Trainer(first.recipe, again, first.masks).resume()


def _without(state: dict, *keys: str) -> dict:
    return {key: value for key, value in state.items() if key not in keys}


def test_a_checkpoint_of_an_older_version_is_resumed(photographs, tmp_path):
    trainer = _trainer("pconv_unet", photographs, tmp_path / "run", images=8)
    trainer.samples = 4
    trainer.save()
    state = _state(tmp_path / "run")
    assert state["recipe"] == "pconv_unet"
    torch.save(_without(state, "recipe", "waited"), tmp_path / "run" / "checkpoint.pt")
    again = _trainer("pconv_unet", photographs, tmp_path / "run", images=8)
    again.resume()
    assert again.samples == 4


@pytest.mark.parametrize("content", ["other", "weights", "list", "text", "nothing", "cut"])
def test_a_file_that_is_no_checkpoint_is_told_in_one_line(content, photographs, tmp_path):
    trainer = _trainer("pconv_unet", photographs, tmp_path / "run", images=8)
    trainer.save()
    path = tmp_path / "run" / "checkpoint.pt"
    state = _state(tmp_path / "run")
    if content in ("other", "weights", "list"):
        saved = {"other": _without(state, "loop"), "weights": state["model"], "list": [1, 2]}
        torch.save(saved[content], path)
    else:
        whole = path.read_bytes()
        path.write_bytes({"text": b"no checkpoint", "nothing": b"", "cut": whole[:5000]}[content])
    with pytest.raises(WeightsError, match="expected a checkpoint.*name a new --out") as told:
        trainer.resume()
    assert "\n" not in str(told.value)


def test_a_checkpoint_that_cannot_be_written_leaves_the_last_one(
    photographs, tmp_path, monkeypatch
):
    trainer = _trainer("pconv_unet", photographs, tmp_path / "run", images=8)
    trainer.save()
    before = (tmp_path / "run" / "checkpoint.pt").read_bytes()

    def save(state, path):
        path.write_bytes(b"half of it")
        raise RuntimeError("PytorchStreamWriter failed writing file")

    monkeypatch.setattr("trainers.checkpoint.torch.save", save)
    with pytest.raises(WriteError, match="cannot write .*checkpoint.pt, the last one stays"):
        trainer.save()
    assert (tmp_path / "run" / "checkpoint.pt").read_bytes() == before
    assert not list((tmp_path / "run").glob("*.tmp"))


def test_the_share_of_waiting_is_that_of_the_whole_training(photographs, tmp_path):
    trainer = _trainer("pconv_unet", photographs, tmp_path / "run", images=8)
    trainer.waited = 7.0
    trainer.save()
    again = _trainer("pconv_unet", photographs, tmp_path / "run", images=8)
    again.resume()
    assert again.waited == 7.0


def test_the_smaller_squares_come_first(photographs, tmp_path):
    trainer = _trainer("pconv_unet", photographs, tmp_path / "run", images=40)
    trainer.settings = dataclasses.replace(trainer.settings, small_until=0.5)
    assert trainer._size() == 16
    trainer.samples = 20
    assert trainer._size() == 32
