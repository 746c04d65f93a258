"""What networks tell about themselves, as pictures: masks, gates, attention, differences.

Every function takes tensors of one picture and gives HxWx3 uint8. Showing them is `ui`'s.
"""

from inpaint_bench.explain.attention import flow_picture, sources_picture
from inpaint_bench.explain.differences import difference_picture
from inpaint_bench.explain.gates import heat_picture
from inpaint_bench.explain.inside import Inside, look_inside
from inpaint_bench.explain.known import known_picture

__all__ = [
    "Inside",
    "difference_picture",
    "flow_picture",
    "heat_picture",
    "known_picture",
    "look_inside",
    "sources_picture",
]
