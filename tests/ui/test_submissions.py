from __future__ import annotations

import stat
import threading
import time
import zipfile

import pytest
from PIL import Image

from inpaint_bench.errors import BenchError, InpaintBenchError
from inpaint_bench.ui import submissions
from inpaint_bench.ui.published import Own, read_published
from inpaint_bench.ui.submissions import Limits, Progress, measure_zip, unpack


@pytest.fixture
def results(measured_results):
    return read_published(measured_results[1], "samples-256")


@pytest.fixture(scope="module")
def honest_zip(tmp_path_factory, measured_results):
    """Mean colour's own outputs in a folder of a zip, with what a file manager adds."""
    path = tmp_path_factory.mktemp("zips") / "results.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as bundle:
        for picture in sorted((measured_results[0] / "outputs" / "mean_colour").iterdir()):
            bundle.write(picture, f"my results/{picture.name}")
        bundle.writestr("__MACOSX/my results/._x.png", b"resource fork")
        bundle.writestr("my results/README.txt", "how they were made")
    return path


def make_zip(path, **members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, content in members.items():
            bundle.writestr(name, content)
    return path


def test_results_of_a_zip_get_the_numbers_that_the_benchmark_gives_them(results, honest_zip):
    *steps, own = measure_zip(honest_zip, "mine", results)
    assert all(isinstance(step, Progress) for step in steps) and isinstance(own, Own)
    both = results.with_own([own])
    for metric in ("l1_hole", "psnr"):
        for bucket in ("all", "30-40 %"):
            mine = both.estimate(metric, "mine", bucket)
            theirs = results.estimate(metric, "mean_colour", bucket)
            assert (mine.mean, mine.n) == (pytest.approx(theirs.mean, rel=1e-9), theirs.n)
    assert both.own == ("mine",) and "known pixels are the photograph's" in own.remark
    assert "score --testset samples-256" in own.origin["measured"]["command"]
    assert results.variants == ["mean_colour", "telea"]  # nobody else's table has changed


def test_missing_pictures_are_counted_and_the_row_has_no_rank(results, honest_zip, tmp_path):
    few = tmp_path / "few.zip"
    with zipfile.ZipFile(honest_zip) as source, zipfile.ZipFile(few, "w") as target:
        for name in [n for n in source.namelist() if n.startswith("my results/a")]:
            target.writestr(name, source.read(name))
    *_, own = measure_zip(few, "mine", results)
    both = results.with_own([own])
    assert "missing" in own.remark
    assert "mine" not in both.ranking("psnr").ranks and "telea" in both.ranking("psnr").ranks


def test_names_that_mean_something_else_are_refused(results, honest_zip):
    for name in ("telea", "", "../up", "a b"):
        with pytest.raises(BenchError) as caught:
            list(measure_zip(honest_zip, name, results))
        assert "--name" not in str(caught.value)


def test_errors_do_not_tell_where_the_server_put_the_pictures(results, tmp_path):
    Image.new("RGB", (9, 9)).save(tmp_path / "x.png")
    path = make_zip(tmp_path / "other.zip", **{"other.png": (tmp_path / "x.png").read_bytes()})
    with pytest.raises(BenchError, match="expected names such as") as caught:
        list(measure_zip(path, "mine", results))
    assert "submission-" not in str(caught.value) and "/tmp" not in str(caught.value)


@pytest.mark.parametrize("name", ["../up.png", "/etc/up.png", "a/../../up.png", "C:\\up.png"])
def test_names_that_lead_elsewhere_are_refused(tmp_path, name):
    path = make_zip(tmp_path / "tricky.zip", **{name: b"x"})
    inside = tmp_path / "inside"
    inside.mkdir()
    with pytest.raises(BenchError, match="leads elsewhere"):
        unpack(path, inside, most=5)
    assert list(inside.iterdir()) == [] and not (tmp_path / "up.png").exists()


def test_links_are_refused(tmp_path):
    path = tmp_path / "link.zip"
    with zipfile.ZipFile(path, "w") as bundle:
        link = zipfile.ZipInfo("passwd.png")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        bundle.writestr(link, "/etc/passwd")
    with pytest.raises(BenchError, match="a link"):
        unpack(path, tmp_path, most=5)


def test_a_zip_that_lies_about_its_size_is_stopped_while_it_is_read(tmp_path):
    path = make_zip(tmp_path / "bomb.zip", **{"bomb.png": b"\0" * 3_000_000})
    inside = tmp_path / "inside"
    inside.mkdir()
    with pytest.raises(BenchError, match="beyond what is allowed"):
        unpack(path, inside, most=5, limits=Limits(file_mb=1))
    assert sum(file.stat().st_size for file in inside.iterdir()) <= 1_000_000


def test_too_many_too_large_twice_or_none_are_refused(tmp_path):
    many = make_zip(tmp_path / "many.zip", **{f"{i}.png": b"x" for i in range(6)})
    with pytest.raises(BenchError, match="at most 5 pictures"):
        unpack(many, tmp_path, most=5)
    large = make_zip(tmp_path / "large.zip", **{f"{i}.png": b"\0" * 900_000 for i in range(5)})
    with pytest.raises(BenchError, match="at most 4 MB"):
        unpack(large, tmp_path, most=5, limits=Limits(total_mb=4))
    twice = make_zip(tmp_path / "twice.zip", **{"a/x.png": b"1", "b/x.jpg": b"2"})
    with pytest.raises(BenchError, match="once"):
        unpack(twice, tmp_path, most=5)
    with pytest.raises(BenchError, match="got none"):
        unpack(make_zip(tmp_path / "empty.zip", **{"x.txt": b""}), tmp_path, most=5)


def test_what_is_no_zip_is_refused(tmp_path):
    (tmp_path / "no.zip").write_text("Dear Sir")
    with pytest.raises(BenchError, match="expected a zip"):
        unpack(tmp_path / "no.zip", tmp_path, most=5)
    broken = make_zip(tmp_path / "broken.zip", **{"a.png": b"0123456789" * 100})
    content = bytearray(broken.read_bytes())
    content[40] ^= 0xFF
    broken.write_bytes(content)
    with pytest.raises(BenchError, match="damaged"):
        unpack(broken, tmp_path, most=5)


def test_whoever_stops_listening_stops_the_work(results, honest_zip):
    job = measure_zip(honest_zip, "mine", results)
    next(job)
    job.close()
    end = time.monotonic() + 60
    while any(one.name == "submission" for one in threading.enumerate()):
        assert time.monotonic() < end
        time.sleep(0.1)


def test_work_that_takes_too_long_is_given_up(results, honest_zip, monkeypatch):
    monkeypatch.setattr(submissions, "_POLL", 0.01)
    with pytest.raises(InpaintBenchError, match="score command"):
        list(measure_zip(honest_zip, "mine", results, limits=Limits(seconds=0.0)))
