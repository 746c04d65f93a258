"""A stranger's results: made by hand here, and the published ones in the development data."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from inpaint_bench.bench.report import report
from inpaint_bench.bench.run_info import read_run
from inpaint_bench.bench.store import Store
from inpaint_bench.cli import main
from inpaint_bench.data import TestSetReader, load_test_set, save_test_set
from inpaint_bench.data.root import find_folder
from inpaint_bench.errors import DataMissingError
from inpaint_bench.imaging import read_image, read_mask, write_png

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"


@pytest.fixture
def frozen_file(test_set, tmp_path):
    path = tmp_path / "tiny.json"
    save_test_set(test_set, path)
    return path


@pytest.fixture
def strangers(test_set, tmp_path) -> Path:
    """Return grey fillings of every item; known pixels are the photograph's."""
    folder = tmp_path / "theirs"
    reader = TestSetReader(test_set)
    for index, item in enumerate(test_set.items):
        image, hole = reader.read(index)
        pixels = (image.permute(1, 2, 0).numpy() * 255).round().astype(np.uint8)
        pixels[hole[0].numpy() > 0.5] = 128
        write_png(folder / f"{item.image_id}__{item.mask_id.replace(':', '_')}.png", pixels)
    return folder


def score(frozen_file, strangers, out, *more) -> int:
    fixed = ["--testset", str(frozen_file), "--outputs", str(strangers), "--name", "theirs"]
    return main(["score", *fixed, "--metrics", "l1,psnr", "--out", str(out), *more])


def test_their_row_is_that_of_a_model_that_does_the_same(
    frozen_file, strangers, measure, calls, tmp_path, capsys
):
    _, ours = measure("Counting", metrics=("l1", "psnr"))  # fills with grey as well
    assert score(frozen_file, strangers, tmp_path / "run") == 0
    assert "known pixels are the photograph's in all 48 images" in capsys.readouterr().out
    frame = Store(tmp_path / "run").records()
    theirs = frame[frame["variant"] == "theirs"].reset_index(drop=True)
    columns = ["image_id", "mask_id", "hole_ratio", "bucket", "l1", "psnr", "error"]
    assert theirs[columns].equals(ours[columns])
    assert theirs["seconds"].isna().all() and theirs["weights_sha256"].nunique() > 8
    text = report(tmp_path / "run")
    assert "- theirs: pictures made elsewhere, not run here; known pixels are" in text
    assert "| theirs |" in text and "| Counting |" in text


def test_a_row_added_to_a_run_leaves_its_seed(frozen_file, strangers, measure, tmp_path):
    measure("telea", metrics=("l1", "psnr"), seed=5)
    assert score(frozen_file, strangers, tmp_path / "run") == 0
    assert read_run(tmp_path / "run").seed == 5
    assert "seed 5" in report(tmp_path / "run")


def test_missing_resized_and_foreign_files_are_listed(
    frozen_file, strangers, test_set, tmp_path, capsys
):
    names = sorted(path.name for path in strangers.iterdir())
    (strangers / names[0]).unlink()
    write_png(strangers / names[1], np.zeros((16, 16, 3), np.uint8))
    (strangers / names[2]).write_bytes(b"no picture")
    (strangers / names[4]).unlink()
    (strangers / names[4]).symlink_to(tmp_path / "gone.png")
    shutil.copy(strangers / names[3], strangers / "other.png")
    assert score(frozen_file, strangers, tmp_path / "run") == 0
    told = capsys.readouterr().out
    assert f"1 pictures are missing: {names[0].removesuffix('.png')}" in told
    assert f"3 pictures cannot be measured: {names[1]} (expected 32x32, got 16x16)" in told
    assert f"{names[2]} (expected a" in told and "1 files belong to no item: other.png" in told
    assert "44 of 48 pictures of theirs are measured" in told
    frame = Store(tmp_path / "run").records()
    assert (frame["error"] != "").sum() == 4 and frame["l1"].notna().sum() == 44
    assert "4 of 48 pictures are missing or unusable" in report(tmp_path / "run")


def test_changed_known_pixels_are_counted_and_put_back_unless_asked_otherwise(
    frozen_file, strangers, test_set, tmp_path, capsys
):
    assert score(frozen_file, strangers, tmp_path / "clean") == 0
    reader = TestSetReader(test_set)
    for index, item in list(enumerate(test_set.items))[:31]:
        path = strangers / f"{item.image_id}__{item.mask_id.replace(':', '_')}.png"
        pixels = read_image(path)
        y, x = np.argwhere(reader.read(index)[1][0].numpy() < 0.5)[0]
        pixels[y, x] = pixels[y, x].astype(int) + np.where(pixels[y, x] < 128, 7, -7)
        write_png(path, pixels)
    capsys.readouterr()
    assert score(frozen_file, strangers, tmp_path / "put_back") == 0
    told = capsys.readouterr().out
    assert "your method changed known pixels in 31 of 48 images (by at most 7 of 255)" in told
    assert score(frozen_file, strangers, tmp_path / "as_is", "--as-they-are") == 0
    frames = {name: Store(tmp_path / name).records() for name in ("clean", "put_back", "as_is")}
    assert frames["put_back"]["l1"].equals(frames["clean"]["l1"])
    worse = frames["as_is"]["l1"] > frames["clean"]["l1"]
    assert worse.sum() == 31
    assert "measured as they are" in report(tmp_path / "as_is")


def test_the_photographs_themselves_are_no_results(frozen_file, test_set, tmp_path, capsys):
    reader, folder = TestSetReader(test_set), tmp_path / "theirs"
    names = []
    for index, item in enumerate(test_set.items):
        image, _ = reader.read(index)
        pixels = (image.permute(1, 2, 0).numpy() * 255).round().astype(np.uint8)
        names.append(folder / f"{item.image_id}__{item.mask_id.replace(':', '_')}.png")
        write_png(names[-1], pixels)
    assert score(frozen_file, folder, tmp_path / "run") == 2
    told = capsys.readouterr().err
    assert "got the photographs of tiny themselves" in told and "--rename OLD=NEW" in told
    write_png(names[0], 255 - read_image(names[0]))
    assert score(frozen_file, folder, tmp_path / "run") == 0
    assert "47 of 48 pictures are the photographs themselves" in capsys.readouterr().out
    assert "47 of 48 pictures are the photographs themselves" in report(tmp_path / "run")


def test_the_report_says_which_pictures_are_measured_as_they_are(
    frozen_file, strangers, measure, tmp_path
):
    measure("telea", metrics=("l1", "psnr"))
    assert "pixels are those of the photograph." in report(tmp_path / "run")
    assert score(frozen_file, strangers, tmp_path / "run", "--as-they-are") == 0
    assert (
        "known pixels are those of the photograph; theirs: as they are, with the known pixels "
        "that they have." in report(tmp_path / "run")
    )


def test_a_changed_picture_recomputes_its_row_alone(frozen_file, strangers, tmp_path):
    assert score(frozen_file, strangers, tmp_path / "run") == 0
    before = Store(tmp_path / "run").records()
    path = sorted(strangers.iterdir())[5]
    write_png(path, np.zeros((32, 32, 3), np.uint8))
    parts = sorted((tmp_path / "run" / "records").rglob("*.parquet"))
    times = [part.stat().st_mtime_ns for part in parts]
    assert score(frozen_file, strangers, tmp_path / "run") == 0
    after = Store(tmp_path / "run").records()
    assert (after["l1"] != before["l1"]).sum() == 1
    assert sum(a != p.stat().st_mtime_ns for a, p in zip(times, parts, strict=True)) == 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (["--name", "telea"], "'telea' is a variant of this project"),
        (["--name", "a b"], "expected --name of letters"),
        (["--rename", "x"], "expected --rename as OLD=NEW"),
        (["--metrics", "l3"], "unknown metric 'l3'"),
        (["--testset", "nothing"], "unknown test set 'nothing'"),
        (["--outputs", "nowhere"], "expected a folder of images at nowhere"),
        (["--rename", "photo=p"], "expected names such as p0__free_form_"),
    ],
)
def test_bad_use_is_one_line(frozen_file, strangers, tmp_path, capsys, change, message):
    assert score(frozen_file, strangers, tmp_path / "run", *change) == 2
    told = capsys.readouterr().err
    assert told.count("\n") == 1 and message in told
    assert not (tmp_path / "run").exists()


PEERS = [
    ("peer-migan-ffhq-256", "peers/migan/ffhq_256_freeform/results/migan", [], 18, 0),
    ("peer-migan-places2-256", "peers/migan/places2_256_freeform/results/migan", [], 16, 0),
    ("peer-deepfill_v1-512", "peers/deepfillv1", ["--rename", "_raw=_output"], 6, 6),
]


@pytest.mark.parametrize(("name", "outputs", "more", "count", "changed"), PEERS)
def test_published_results_of_others_become_rows(
    name, outputs, more, count, changed, tmp_path, capsys
):
    try:
        folder = find_folder(outputs, SHARED)
        TestSetReader(load_test_set(name), SHARED)
    except DataMissingError as error:
        pytest.skip(str(error))
    fixed = ["--testset", name, "--outputs", str(folder), "--name", "theirs"]
    where = ["--data-root", str(SHARED), "--out", str(tmp_path)]
    assert main(["score", *fixed, *where, *more, "--metrics", "l1_hole"]) == 0
    told = capsys.readouterr().out
    known = (
        f"changed known pixels in {changed} of {count} images (by at most 1 of 255)"
        if changed
        else f"known pixels are the photograph's in all {count} images"
    )
    assert known in told
    frame = Store(tmp_path).records()
    assert len(frame) == count and frame["l1_hole"].between(1, 40).all()


def test_a_published_result_is_measured_like_a_loop_over_its_pixels(tmp_path):
    folder = SHARED / "peers" / "deepfillv1"
    if not folder.is_dir():
        pytest.skip("published results (peers/deepfillv1) are not on this machine")
    fixed = ["--testset", "peer-deepfill_v1-512", "--outputs", str(folder), "--name", "theirs"]
    where = ["--data-root", str(SHARED), "--out", str(tmp_path), "--rename", "_raw=_output"]
    assert main(["score", *fixed, *where, "--metrics", "l1_hole"]) == 0
    row = Store(tmp_path).records().set_index("image_id").loc["case3_raw"]
    cut = (slice(None), slice(84, 84 + 512))  # 680x512: the centre
    truth = read_image(folder / "case3_raw.webp")[cut].astype(float)
    result = read_image(folder / "case3_output.webp")[cut].astype(float)
    hole = read_mask(folder / "case3_mask.webp", hole="white")[cut]
    expected = 100 * np.abs(result - truth)[hole].mean() / 255
    assert row["l1_hole"] == pytest.approx(expected, rel=1e-6)


def test_pictures_that_the_run_itself_keeps_are_not_overwritten(
    frozen_file, strangers, tmp_path, capsys
):
    inside = tmp_path / "run" / "outputs" / "theirs"
    shutil.copytree(strangers, inside)
    save_test_set(load_test_set(frozen_file), tmp_path / "run" / "testset.json")
    before = {path: path.read_bytes() for path in inside.iterdir()}
    assert score(frozen_file, inside, tmp_path / "run") == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert {path: path.read_bytes() for path in inside.iterdir()} == before
