"""Suite files: those that ship, and what is said about wrong ones."""

from __future__ import annotations

import pytest

from inpaint_bench import list_variants
from inpaint_bench.bench.suites import list_suites, read_suite
from inpaint_bench.data import list_test_sets
from inpaint_bench.errors import BenchError, UnknownNameError
from inpaint_bench.metrics import METRICS, SET_METRICS

GOOD = 'title = "t"\ntest_sets = ["a"]\nmodels = "all"\nmetrics = ["l1"]\n'


@pytest.mark.parametrize("name", list_suites())
def test_suites_that_ship_name_what_exists(name):
    suite = read_suite(name)
    assert set(suite.test_sets) <= set(list_test_sets())
    assert suite.models == "all" or set(suite.models) <= {v.name for v in list_variants()}
    assert suite.metrics == "all" or set(suite.metrics) <= {*METRICS, *SET_METRICS}


def test_the_two_suites_of_the_first_version_ship():
    assert read_suite("quick").test_sets == ("samples-256",)
    assert read_suite("published").test_sets == ("kodak-256", "kodak-128", "intel150-128")


def test_a_file_of_ones_own_is_a_suite(tmp_path):
    (tmp_path / "mine.toml").write_text(GOOD + "seed = 4\n")
    suite = read_suite(str(tmp_path / "mine.toml"))
    assert (suite.name, suite.metrics, suite.models, suite.seed) == ("mine", ("l1",), "all", 4)


def test_an_unknown_suite_is_told_with_the_valid_ones():
    with pytest.raises(UnknownNameError, match="unknown suite 'quik'. Did you mean 'quick'"):
        read_suite("quik")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("title = ", "expected a TOML file"),
        (GOOD.replace('title = "t"\n', ""), "lacks title"),
        (GOOD + "limits = 3\n", "unknown suite field 'limits'"),
        (GOOD.replace('["a"]', '"a"'), "expected test_sets to be a list"),
        (GOOD.replace('["l1"]', "[]"), "expected metrics to be a list"),
        (GOOD.replace('["l1"]', '["l1", "l1"]'), "different names"),
        (GOOD + 'seed = "x"\n', "expected seed an integer"),
    ],
)
def test_a_wrong_suite_is_told_in_one_line(tmp_path, text, message):
    path = tmp_path / "wrong.toml"
    path.write_text(text)
    with pytest.raises(BenchError, match=message) as caught:
        read_suite(str(path))
    assert "\n" not in str(caught.value) and "wrong.toml" in str(caught.value)
