"""What L1, L2, PSNR and SSIM cost beside the same four numbers of scikit-image, in one run.

    python -m eval.benchmarks.metrics_cost [--sizes 128,256] [--batches 1,8,32] [--rounds 10]

Prints microseconds for one picture, one thread each, both sides taking turns: for pictures that
come one by one (as in a run without --batch) and in batches. Says how busy the machine is.
"""

from __future__ import annotations

import argparse
import os
import sys

from inpaint_bench.errors import BenchError
from inpaint_bench.metrics.cost import compare_with_skimage

_IN_A_ROW = 32  # pictures of one turn


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=_numbers, default=(128, 256), help="sides in pixels")
    parser.add_argument("--batches", type=_numbers, default=(1, 8, 32), help="pictures of a call")
    parser.add_argument("--rounds", type=int, default=10, help="timings of each")
    chosen = parser.parse_args()
    print(f"load of the machine {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    for size in chosen.sizes:
        for batch in chosen.batches:
            try:
                cost = compare_with_skimage(size, _IN_A_ROW, batch=batch, rounds=chosen.rounds)
            except BenchError as error:
                print(f"error: {error}", file=sys.stderr)
                return 2
            print(
                f"{size}x{size}, {batch:>2} at once: ours {1e6 * cost.ours:7.0f} us, "
                f"scikit-image {1e6 * cost.scikit_image:7.0f} us, {cost.times_faster:.2f} times"
            )
    return 0


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(","))


if __name__ == "__main__":
    sys.exit(main())
