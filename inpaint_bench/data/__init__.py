"""Photographs and masks: folders, scikit-image's samples, frozen test sets.

`freeze`, `load_test_set` and `TestSetReader` are what a benchmark needs; `sample_names` and
`read_sample` give pictures on any machine.
"""

from inpaint_bench.data.folder import list_images
from inpaint_bench.data.pairing import freeze_pairs
from inpaint_bench.data.root import data_root, find_folder
from inpaint_bench.data.samples import read_sample, sample, sample_names
from inpaint_bench.data.testset import (
    TestSetReader,
    freeze,
    list_test_sets,
    load_test_set,
    save_test_set,
)

__all__ = [
    "TestSetReader",
    "data_root",
    "find_folder",
    "freeze",
    "freeze_pairs",
    "list_images",
    "list_test_sets",
    "load_test_set",
    "read_sample",
    "sample",
    "sample_names",
    "save_test_set",
]
