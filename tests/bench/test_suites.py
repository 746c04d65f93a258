"""Suite files: those that ship, and what is said about wrong ones."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from inpaint_bench import list_variants
from inpaint_bench.bench.runner import choose_metrics, load_test_sets
from inpaint_bench.bench.suites import list_suites, read_suite
from inpaint_bench.data import list_test_sets
from inpaint_bench.errors import BenchError, DataMissingError, UnknownNameError
from inpaint_bench.masks import MASKS
from inpaint_bench.metrics import METRICS, RAW_METRICS, SET_METRICS

GOOD = 'title = "t"\ntest_sets = ["a"]\nmodels = "all"\nmetrics = ["l1"]\n'


@pytest.mark.parametrize("name", list_suites())
def test_suites_that_ship_name_what_exists(name):
    suite = read_suite(name)
    frozen_there = {recipe.name for recipe in suite.recipes}
    assert set(suite.test_sets) <= {*list_test_sets(), *frozen_there}
    assert not frozen_there & {*list_test_sets()}
    assert suite.models == "all" or set(suite.models) <= {v.name for v in list_variants()}
    assert set(choose_metrics(suite.metrics)) <= {*METRICS, *RAW_METRICS, *SET_METRICS}
    for recipe in suite.recipes:
        assert recipe.masks.removesuffix(":any") in {*MASKS, "masks/test"}


def test_every_suite_of_the_papers_ships():
    """Issue 5 names them."""
    assert set(list_suites()) >= {
        "deepfill_v2_table1",
        "recurrent_faces",
        "recurrent_places",
        "deepgin_ablation",
        "deepgin_wild",
        "lama_table",
        "davis_irregular",
        "cifar_autoencoder",
        "irregular",
        "user_study",
    }


PAPERS = Path(__file__).resolve().parents[3] / "shared" / "papers"
SOURCES = {
    "deepfill_v2_table1": "000_*.txt",
    "lama_table": "000_*.txt",
    "user_study": "000_*.txt",
    "recurrent_faces": "001_*.txt",
    "recurrent_places": "001_*.txt",
    "deepgin_ablation": "002_*.txt",
    "deepgin_wild": "002_*.txt",
    "davis_irregular": "003_*.txt",
}


@pytest.mark.parametrize("name", [n for n in list_suites() if read_suite(n).reported])
def test_every_reported_number_is_shown_as_the_papers_text_has_it(name):
    paths = list(PAPERS.glob(SOURCES[name]))
    if not paths:
        pytest.skip("the papers' texts (shared/papers) are not on this machine")
    text = paths[0].read_text(encoding="utf-8")
    used = Counter()
    for table in read_suite(name).reported:
        assert table.page and table.n and table.convention
        for method, values in table.rows.items():
            assert len(values) == len(table.columns)
            for column, value in enumerate(values):
                shown = table.cell(method, column)
                if value is None:
                    assert shown == "—"
                    continue
                used[shown] += 1
    for shown, count in used.items():
        # A table's percentages stand right behind its numbers: 0.111▲423%.
        there = re.findall(rf"(?<![\d.]){re.escape(shown)}(?!0)", text)
        assert len(there) >= count, shown


def test_the_recurrent_papers_rows_are_read_across(tmp_path):
    """Its table has one line a bucket and one column a method; ours the other way round."""
    (faces,) = read_suite("recurrent_faces").reported
    at = faces.columns.index("PSNR, 30-40 % (dB) ↑")
    shown = [faces.cell(method, at) for method in faces.rows]
    assert shown == ["24.026", "25.888", "24.468", "26.012"]


WRONG = [
    ('[[freeze]]\nname = "b"\n', "lacks images, masks, how_to_get, size"),
    ('[[freeze]]\nname="b"\nimages="i"\nmasks="m"\nhow_to_get="h"\nsize=9\n', "not among its"),
    ('[[freeze]]\nname="a"\nimages="i"\nmasks="m"\nhow_to_get="h"\nsize="9"\n', "whole numbers"),
    ('[[reported]]\npaper = "p"\n', "expected each \\[\\[reported\\]\\] with columns"),
    ('stages = "yes"\n', "stages true or false"),
    ("freeze = [1]\n", "expected \\[\\[freeze\\]\\] tables"),
    ('[consistency]\nsecond_model="telea"\nratio="a"\n', "expected \\[consistency\\] with"),
]


@pytest.mark.parametrize(("more", "message"), WRONG)
def test_a_wrong_table_of_a_suite_is_told(tmp_path, more, message):
    (tmp_path / "bad.toml").write_text(GOOD + more)
    with pytest.raises(BenchError, match=message):
        read_suite(str(tmp_path / "bad.toml"))


def test_every_field_of_consistency_can_be_set_in_a_suite(tmp_path):
    table = '[consistency]\nsecond_model="telea"\ndistance="l1"\nmasks=4\nratio=0.25\n'
    (tmp_path / "own.toml").write_text(GOOD + table)
    setting = read_suite(str(tmp_path / "own.toml")).consistency
    assert (setting.second_model, setting.masks, setting.ratio) == ("telea", 4, 0.25)
    assert type(setting.ratio) is float


def test_a_misspelt_generator_in_a_suite_is_named(tmp_path, photographs):
    table = f'[[freeze]]\nname="a"\nimages="{photographs}"\nmasks="nogen"\nhow_to_get="h"\n'
    (tmp_path / "own.toml").write_text(GOOD + table + "size=32\n")
    with pytest.raises(UnknownNameError, match="a folder or a generator .* got 'nogen'"):
        load_test_sets(read_suite(str(tmp_path / "own.toml")), None)


def test_what_is_missing_says_how_to_get_it_and_the_rest_is_run(tmp_path, photographs):
    """A suite freezes from a person's own data where they are."""
    recipe = 'images = "{0}"\nmasks = "{1}"\nsize = 32\nhow_to_get = "ask {2}"\n'
    text = 'title = "t"\ntest_sets = ["mine", "gone"]\nmodels = "all"\nmetrics = ["l1"]\n'
    text += '[[freeze]]\nname = "mine"\n' + recipe.format(photographs.name, "free_form:any", "me")
    text += '[[freeze]]\nname = "gone"\n' + recipe.format("nowhere", "free_form", "them")
    (tmp_path / "s.toml").write_text(text)
    suite = read_suite(str(tmp_path / "s.toml"))
    present, skipped = load_test_sets(suite, photographs.parent, tmp_path / "run")
    assert [(one.name, len(one.items)) for one in present] == [("mine", 8)]
    assert "nowhere" in skipped["gone"] and skipped["gone"].endswith("ask them")
    assert load_test_sets(suite, photographs.parent, tmp_path / "run")[0] == present
    assert load_test_sets(suite, photographs.parent)[0] == present  # the same without a folder
    with pytest.raises(DataMissingError, match="ask me"):
        load_test_sets(suite, tmp_path)


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
