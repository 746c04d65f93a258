"""Fingerprints of code: blind to comments, awake to what an architecture imports."""

from __future__ import annotations

import re

import pytest

from inpaint_bench.bench import provenance
from inpaint_bench.bench.provenance import code_fingerprint, code_version, machine

CODE = {
    "inpaint_bench.models.a": (
        '"""A model."""\nfrom inpaint_bench.layers.b import twice\n\n\n'
        'def fill(x):\n    """Fill."""\n    # why\n    return twice(x) + 1\n'
    ),
    "inpaint_bench.layers.b": "def twice(x):\n    return 2 * x\n",
}


@pytest.fixture
def fingerprint(monkeypatch):
    """Return a function that gives the fingerprint of module a after one replacement."""

    def of(module: str = "inpaint_bench.models.a", old: str = "", new: str = "") -> str:
        texts = dict(CODE)
        assert old in texts[module]
        texts[module] = texts[module].replace(old, new) if old else texts[module]
        monkeypatch.setattr(provenance, "_source", texts.get)
        code_fingerprint.cache_clear()
        return code_fingerprint("inpaint_bench.models.a")

    yield of
    code_fingerprint.cache_clear()


@pytest.mark.parametrize("old", ['"""A model."""\n', '    """Fill."""\n', "    # why\n", "\n\n\n"])
def test_words_and_layout_do_not_count(fingerprint, old):
    assert fingerprint(old=old, new="\n") == fingerprint()


def test_code_counts(fingerprint):
    assert fingerprint(old="+ 1", new="+ 2") != fingerprint()


def test_code_of_an_imported_layer_counts(fingerprint):
    assert fingerprint("inpaint_bench.layers.b", "2 * x", "3 * x") != fingerprint()


def test_a_real_network_follows_its_layers_and_no_other_model():
    modules = provenance._closure("inpaint_bench.models.deepfill_v2")
    assert "inpaint_bench.layers.contextual_attention" in modules
    assert "inpaint_bench.models.telea" not in modules


def test_the_codes_version_is_a_commit_or_a_release():
    assert re.fullmatch(r"[0-9a-f]{12}(-dirty)?|v\d+\.\d+\.\d+(-uncommitted)?", code_version())


def test_the_machine_is_told():
    told = machine(threads=3)
    assert told["cpu"] and int(told["cores"]) >= 1 and told["threads"] == 3
