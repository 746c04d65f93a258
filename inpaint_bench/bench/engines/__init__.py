"""Where the work of a run is done: in this process, or on the machines of a cluster.

An engine gets plain frozen records that can be sent elsewhere, and calls `advance` after each
finished row with the name of its variant.
"""

from inpaint_bench.bench.engines import local, ray
from inpaint_bench.bench.engines._base import ENGINES, Engine

__all__ = ["ENGINES", "Engine", "local", "ray"]
