"""What the tests of the app share: a small photograph and made-up records in a folder of theirs."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from inpaint_bench.bench.run_info import describe_metric
from tests.ui.browsing import ARGUMENTS, CHROMIUM
from tests.ui.serving import serve

if TYPE_CHECKING:
    from playwright.sync_api import Browser

VARIANTS = ("mean_colour", "telea", "navier_stokes", "biharmonic")
BUCKETS = {"1-10 %": 0.05, "10-20 %": 0.15, "20-30 %": 0.25}
IMAGES = ("one", "two", "three")
SAID = {
    "made-up-a": {"images": "test/ffhq256", "masks": "masks/test"},
    "made-up-b": {"images": "test/kodak", "masks": "free_form"},
}


@pytest.fixture
def photograph_array() -> np.ndarray:
    """HxWx3 uint8 of 60x80 pixels with some structure."""
    rows, columns = np.indices((60, 80))
    return np.stack([rows * 4, columns * 3, (rows + columns) % 256], axis=-1).astype(np.uint8)


@pytest.fixture
def results_folder(tmp_path: Path) -> Path:
    """A folder of published records of two test sets; the numbers mean nothing."""
    folder = tmp_path / "results"
    write_results(folder)
    return folder


@pytest.fixture(scope="session")
def made_up_results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same for the whole session; nobody changes it."""
    folder = tmp_path_factory.mktemp("published") / "results"
    write_results(folder)
    return folder


@pytest.fixture(scope="session")
def measured_results(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two classical methods really measured on scikit-image's photographs: the folder of the run,
    which kept its outputs, and that of the published results."""
    from inpaint_bench import list_variants
    from inpaint_bench.bench.publish import publish
    from inpaint_bench.bench.runner import Options, execute, prepare
    from inpaint_bench.bench.suites import Suite
    from inpaint_bench.data import load_test_set

    folder = tmp_path_factory.mktemp("measured")
    names = ("mean_colour", "telea")
    suite = Suite("quick", "Two methods", ("samples-256",), names, ("l1_hole", "psnr"))
    variants = [variant for variant in list_variants() if variant.name in names]
    command = "python -m inpaint_bench run --suite quick --models mean_colour,telea --out DIR"
    options = Options(keep_outputs=True, command=command)
    test_sets = [load_test_set("samples-256")]
    execute(prepare(suite, test_sets, variants, folder / "run", options=options))
    publish(folder / "run", results=folder / "results")
    return folder / "run", folder / "results"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for the tests of a file: while it is there, no other test can run a loop."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def app(
    tmp_path_factory: pytest.TempPathFactory, measured_results: tuple[Path, Path]
) -> Iterator[str]:
    """Address of an app that the tests share: made-up faces, a test set that was really measured,
    small photographs, two votes a minute."""
    folder = tmp_path_factory.mktemp("app")
    write_results(folder / "results", tuple(f"photograph {i}" for i in range(8)))
    for file in measured_results[1].iterdir():
        shutil.copy(file, folder / "results")
    with serve(
        folder,
        INPAINT_BENCH_RESULTS_DIR=str(folder / "results"),
        INPAINT_BENCH_MAX_SIDE="128",
        INPAINT_BENCH_VOTES_PER_MINUTE="2",
    ) as address:
        yield address


def write_results(folder: Path, images: tuple[str, ...] = IMAGES) -> None:
    """Write records in which each variant is worse than the one before it, by 1 % of L1."""
    folder.mkdir(parents=True)
    for test_set, offset in (("made-up-a", 0.0), ("made-up-b", 5.0)):
        rows = [
            record(variant, rank, test_set, image, bucket, ratio, offset)
            for rank, variant in enumerate(reversed(VARIANTS))
            for image in images
            for bucket, ratio in BUCKETS.items()
        ]
        pd.DataFrame(rows).to_parquet(folder / f"{test_set}.parquet", index=False)
        (folder / f"{test_set}.json").write_text(json.dumps(beside(test_set)), encoding="utf-8")


def beside(test_set: str) -> dict[str, object]:
    """Return what `publish` writes beside the records."""
    names = ["l1", "l1_hole", "l2", "l2_hole", "psnr", "psnr_hole", "ssim", "lpips_alex", "fid"]
    return {
        "format": 1,
        "test_set": {
            "name": test_set,
            "size": 64,
            "sha256": "0" * 64,
            "items": 9,
            "total": 9,
            **SAID[test_set],
        },
        "metrics": {name: describe_metric(name) for name in names},
        "empty": {"lpips_alex": "made up: no weights"},
        "caveats": ["FID: made up"],
        "set_values": {"fid": {"telea": {"all": [30.0, 9], "10-20 %": [31.5, 3]}}},
        "variants": {},
    }


def record(
    variant: str, rank: int, test_set: str, image: str, bucket: str, ratio: float, offset: float
) -> dict[str, object]:
    """Return one row as the benchmark writes it, without an LPIPS value."""
    spread = IMAGES.index(image) - 1.0 if image in IMAGES else 0.0
    error = offset + 5.0 + rank + 10.0 * ratio + 0.1 * spread
    return {
        "variant": variant,
        "test_set": test_set,
        "image_id": image,
        "mask_id": f"free_form:{list(BUCKETS).index(bucket)}",
        "hole_ratio": ratio,
        "bucket": bucket,
        "l1": error * ratio,
        "l1_hole": error,
        "l2": error * ratio / 10.0,
        "l2_hole": error / 10.0,
        "psnr": 30.0 - error,
        "psnr_hole": 22.0 - error,
        "ssim": 1.0 - error / 50.0,
        "lpips_alex": float("nan"),
        "seconds": 0.01 * (rank + 1),
        "device": "cpu",
        "precision": "float32",
        "weights_sha256": "",
        "metric_versions": "{}",
        "code_version": "made up",
        "error": "",
    }
