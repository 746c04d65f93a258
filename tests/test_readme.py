"""What the README promises holds: the Space's settings, the commands, the example model."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
import torch

from inpaint_bench import _api, cli, inpaint, weights
from inpaint_bench.imaging import MAX_PIXELS
from inpaint_bench.models import MODELS

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    found = re.findall(r"^```(\w*)\n(.*?)^```$", README, flags=re.DOTALL | re.MULTILINE)
    return [text for kind, text in found if kind == language]


def front_matter() -> dict[str, str]:
    block = re.match(r"---\n(.*?)\n---\n", README, flags=re.DOTALL)
    assert block, "the README starts with the Space's front matter"
    return dict(line.split(": ", 1) for line in block.group(1).splitlines())


def test_the_front_matter_has_what_a_space_needs():
    matter = front_matter()
    assert matter["sdk"] == "gradio" and matter["license"] == "apache-2.0"
    assert {"title", "emoji", "colorFrom", "colorTo", "sdk_version"} <= set(matter)
    assert matter["python_version"].strip('"') in ("3.10", "3.11", "3.12", "3.13")
    assert (ROOT / matter["app_file"]).is_file()
    assert len(matter["short_description"]) <= 60


def test_the_gradio_of_the_space_is_one_that_requirements_allow():
    pinned = re.search(r"^gradio>=([\d.]+),<(\d+)$", (ROOT / "requirements.txt").read_text(), re.M)
    version = front_matter()["sdk_version"]
    low, high = pinned.groups()
    assert tuple(map(int, version.split("."))) >= tuple(map(int, low.split(".")))
    assert int(version.split(".")[0]) < int(high)


def test_every_command_shown_exists_with_its_options(capsys):
    text = "\n".join(blocks("")).replace("\\\n", " ")
    shown = re.findall(r"^python -m inpaint_bench (.*)$", text, flags=re.M)
    assert len(shown) >= 5
    for line in shown:
        words = line.split()
        depth = 2 if words[0] in ("weights", "masks") else 1
        assert cli.main([*words[:depth], "--help"]) == 0
        explained = capsys.readouterr().out
        for option in (word for word in words if word.startswith("--")):
            assert option in explained


def test_the_limit_of_pixels_is_the_one_stated():
    assert f"up to {MAX_PIXELS // 1_000_000} megapixels" in README


def test_the_example_model_works_as_printed(tmp_path, monkeypatch):
    code = next(block for block in blocks("python") if "MODELS.register" in block)
    monkeypatch.setattr(MODELS, "_entries", dict(MODELS._entries))
    exec(compile(code, "README.md", "exec"), {"__name__": "readme"})
    manifest = tmp_path / "manifest.toml"
    manifest.write_text(next(iter(blocks("toml"))))
    assert tomllib.loads(manifest.read_text())
    model = _api.build(weights.find_variant("median_colour", manifest))
    image = torch.full((1, 3, 9, 9), 0.2)
    image[..., :3] = 0.7
    hole = torch.zeros(1, 1, 9, 9)
    hole[..., 4:6, 4:6] = 1
    torch.testing.assert_close(inpaint(model, image, hole), image)


@pytest.mark.parametrize("target", ["app", "test"])
def test_both_commands_are_targets_of_make(target):
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), flags=re.M)


def test_the_machine_runs_make_test():
    script = ROOT / ".ci" / "run"
    assert script.stat().st_mode & 0o111 and "make test" in script.read_text()
