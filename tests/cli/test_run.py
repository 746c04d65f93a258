"""`run`, `report` and `publish` as a person types them: a tiny run on scikit-image's samples."""

from __future__ import annotations

import json

import pytest

from inpaint_bench.cli import main

TINY = ["run", "--images", "skimage", "--masks", "free_form", "--size", "32"]
FEW = ["--models", "mean_colour", "--metrics", "l1,psnr", "--limit", "6"]


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cli") / "run"
    assert main([*TINY, *FEW, "--out", str(folder)]) == 0
    return folder


def test_a_run_says_what_it_does_and_how_to_see_the_tables(tmp_path, capsys):
    assert main([*TINY, *FEW, "--out", str(tmp_path / "r")]) == 0
    told = capsys.readouterr()
    assert "custom-skimage-32: 6 of 72 masked photographs, 1 variants" in told.out
    assert "computing: 6 rows (mean_colour on custom-skimage-32)" in told.out
    assert f"tables: python -m inpaint_bench report {tmp_path / 'r'}" in told.out
    assert "6/6" in told.err  # the progress bar


def test_the_same_command_again_has_nothing_to_do(finished, capsys):
    before = {path: path.stat().st_mtime_ns for path in finished.rglob("*")}
    assert main([*TINY, *FEW, "--out", str(finished)]) == 0
    assert "nothing to do: every row is there" in capsys.readouterr().out
    assert {path: path.stat().st_mtime_ns for path in finished.rglob("*")} == before


def test_the_command_is_recorded(finished):
    (entry,) = json.loads((finished / "run.json").read_text())["commands"]
    assert entry["command"].startswith("python -m inpaint_bench ")
    assert entry["machine"]["torch"]


def test_a_report_is_markdown_on_standard_output(finished, capsys):
    assert main(["report", str(finished)]) == 0
    text = capsys.readouterr().out
    assert "| variant | L1 (%) ↓ | PSNR (dB) ↑ | seconds" in text and "(6)" in text
    assert main(["report", str(finished), "--by", "bucket", "--metric", "psnr"]) == 0
    text = capsys.readouterr().out
    assert "### PSNR (dB)" in text and "### L1" not in text


def test_a_report_can_go_to_a_file(finished, tmp_path, capsys):
    out = tmp_path / "tables" / "t.csv"
    assert main(["report", str(finished), "--format", "csv", "--out", str(out)]) == 0
    assert capsys.readouterr().out.strip() == str(out)
    assert out.read_text().startswith("test_set,test_set_sha256,variant,metric,")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run", "--out", "x"], "expected either --suite (cifar_autoencoder, "),
        (["run", "--suite", "quick", "--images", "a", "--out", "x"], "expected either --suite"),
        (["run", "--suite", "quick", "--size", "64", "--out", "x"], "belong to --images"),
        (["run", "--suite", "quick", "--test-sets", "k", "--out", "x"], "test sets of quick (sam"),
        ([*TINY, "--test-sets", "kodak-256", "--out", "x"], "--test-sets belongs to --suite"),
        (["run", "--images", "skimage", "--out", "x"], "--images needs --masks"),
        (["run", "--suite", "quik", "--out", "x"], "unknown suite 'quik'. Did you mean 'quick'"),
        (["run", "--suite", "quick", "--engine", "r", "--out", "x"], "unknown engine 'r'"),
        (["run", "--suite", "quick", "--models", "t", "--out", "x"], "unknown variant 't'"),
        (["run", "--suite", "quick", "--metrics", "t", "--out", "x"], "unknown metric 't'"),
        (["run", "--suite", "quick", "--models", ",", "--out", "x"], "expected names with commas"),
        (["publish"], "expected the folder of a run, or --tables without one"),
        (["run", "--suite", "quick", "--limit", "0", "--out", "x"], "--limit"),
        (["run", "--suite", "quick"], "--out"),
        ([*TINY, "--models", "t", "--out", "x"], "unknown variant 't'"),
        ([*TINY, "--metrics", "t", "--out", "x"], "unknown metric 't'"),
        (["run", "--images", "no", "--masks", "free_form", "--out", "x"], "no data set no"),
        (["run", "--images", "skimage", "--masks", "freeform", "--out", "x"], "a generator"),
        ([*TINY[:-1], "8", "--out", "x"], "--size"),
        (["report", "nowhere"], "no run.json in nowhere"),
        (["publish", "nowhere"], "no run.json in nowhere"),
    ],
)
def test_bad_use_is_one_line_and_leaves_nothing(arguments, message, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    told = capsys.readouterr().err
    assert told.startswith("error: ") and told.count("\n") == 1 and message in told
    assert list(tmp_path.iterdir()) == []


def test_another_test_set_in_the_same_folder_is_refused(finished, capsys):
    arguments = [*TINY[:-1], "64", *FEW, "--out", str(finished)]
    assert main(arguments) == 2
    assert "name another folder with --out" in capsys.readouterr().err


def test_a_run_of_ones_own_images_is_not_published(finished, tmp_path, capsys):
    assert main(["publish", str(finished), "--results", str(tmp_path)]) == 2
    assert "only frozen test sets can be published" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_ctrl_c_ends_with_what_is_stored_and_how_to_go_on(tmp_path, monkeypatch, capsys):
    from inpaint_bench.models.mean_colour import MeanColour

    complete, calls = MeanColour.complete, []

    def interrupt(self, image, hole, **options):
        calls.append(1)
        if len(calls) == 4:
            raise KeyboardInterrupt
        return complete(self, image, hole, **options)

    monkeypatch.setattr(MeanColour, "complete", interrupt)
    assert main([*TINY, *FEW, "--out", str(tmp_path)]) == 130
    told = capsys.readouterr()
    assert "3 of 6 rows are stored; the same command goes on there" in told.err
    assert "Traceback" not in told.err
    assert main([*TINY, *FEW, "--out", str(tmp_path)]) == 0
    assert "computing what is missing: 3 rows" in capsys.readouterr().out
