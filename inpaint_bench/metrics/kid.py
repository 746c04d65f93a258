"""KID: squared maximum mean discrepancy of two sets of Inception features.

Kernel (x'y / D + 1)^3, unbiased estimate on random subsets without replacement; the value is
the mean over the subsets, its deviation their standard deviation. Of independent pictures it is
not biased by their number, unlike FID, and may be slightly negative for sets that do not differ.
Here results are compared with their own photographs: that makes it too low, by about 2/N of the
kernel's spread for N photographs, and several holes of one photograph shift it again.
"""

from __future__ import annotations

import numpy as np

from inpaint_bench.errors import BenchError
from inpaint_bench.metrics._base import SET_METRICS, SetMetric, SetValue
from inpaint_bench.metrics.features import inception_features, prepare_inception
from inpaint_bench.metrics.fid import ENOUGH, check_features

__all__ = ["SUBSETS", "SUBSET_SIZE", "kid", "mmd2_unbiased"]

SUBSETS = 100
SUBSET_SIZE = 1000
_SEED = 2020  # torch-fidelity's default, so that both draw the same subsets


def kid(
    result: np.ndarray,
    truth: np.ndarray,
    *,
    subset_size: int | None = None,
    subsets: int = SUBSETS,
    seed: int = _SEED,
) -> SetValue:
    """Return the kernel distance of two sets of features.

    Args:
        result: NxD features.
        truth: MxD features; N and M at least 4.
        subset_size: pictures in a subset; by default 1,000, or half of the smaller set where
            it has fewer than 2,000, so that the deviation means something.
        subsets: how many are drawn.
        seed: of the draws.

    Raises:
        BenchError: fewer than four pictures, features of two lengths, or subsets larger than
            the sets.

    Reference:
        Bińkowski, Sutherland, Arbel, Gretton 2018, Demystifying MMD GANs, section 4.
    """
    result, truth = check_features(result, truth, least=4)
    count = min(len(result), len(truth))
    size = subset_size or (SUBSET_SIZE if count >= 2 * SUBSET_SIZE else count // 2)
    if not 2 <= size <= count or subsets < 1:
        raise BenchError(
            f"expected subsets of 2 to {count} pictures, got {subsets} subsets of {size}"
        )
    rng = np.random.RandomState(seed)
    values = np.empty(subsets)
    for i in range(subsets):
        some = result[rng.choice(len(result), size, replace=False)]
        others = truth[rng.choice(len(truth), size, replace=False)]
        values[i] = mmd2_unbiased(some, others)
    return SetValue(
        value=float(values.mean()),
        deviation=float(values.std()),
        count=count,
        settings=f"{subsets} subsets of {size:,}",
    )


def mmd2_unbiased(x: np.ndarray, y: np.ndarray) -> float:
    """Return the unbiased estimate of the squared MMD under the kernel (x'y / D + 1)^3.

    Args:
        x: NxD.
        y: MxD; N and M at least 2.

    Reference:
        Gretton et al. 2012, A Kernel Two-Sample Test, equation 3.
    """
    within = 0.0
    for z in (x, y):
        kernel = _kernel(z, z)
        within += (kernel.sum() - np.trace(kernel)) / (len(z) * (len(z) - 1))
    return float(within - 2.0 * _kernel(x, y).mean())


def _kernel(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the NxM values of the polynomial kernel."""
    base = x @ y.T / x.shape[1] + 1.0
    return base * base * base


SET_METRICS.register("kid")(
    SetMetric(
        name="kid",
        title="KID",
        higher_is_better=False,
        unit="",
        definition="unbiased squared MMD with the kernel (x'y / 2048 + 1)^3 on the pooled "
        "features of torch-fidelity's Inception; mean and standard deviation over "
        f"{SUBSETS} subsets of {SUBSET_SIZE:,} pictures, or of half the pictures where there "
        f"are fewer than {2 * SUBSET_SIZE:,}; may be slightly negative; too low for few "
        "photographs, since these are the results' own",
        reference="Bińkowski et al. 2018, Demystifying MMD GANs, section 4",
        version="1",
        features=inception_features,
        compute=kid,
        enough=ENOUGH,
        enough_because="results are compared with their own photographs, which makes KID too low, "
        "the more so the fewer there are",
        prepare=prepare_inception,
    )
)
