"""From `weights/manifest.toml` to verified tensors.

Owns what a variant's table must say, how released weights come to this machine and where they lie,
the sha256 check at every load, and how a weight file is read. What an architecture is, and
building it, belongs to `models` and `load`.
"""

from inpaint_bench.weights.cache import Cached, file_sha256, how_to_get
from inpaint_bench.weights.fetching import fetch, import_files
from inpaint_bench.weights.files import (
    fit_state_dict,
    is_here,
    load_state_dict,
    weights_file,
    weights_sha256,
)
from inpaint_bench.weights.manifest import add_variants, find_variant, read_manifest
from inpaint_bench.weights.places import WEIGHTS_FOLDER, cache_folder

__all__ = [
    "WEIGHTS_FOLDER",
    "Cached",
    "add_variants",
    "cache_folder",
    "fetch",
    "file_sha256",
    "find_variant",
    "fit_state_dict",
    "how_to_get",
    "is_here",
    "import_files",
    "load_state_dict",
    "read_manifest",
    "weights_file",
    "weights_sha256",
]
