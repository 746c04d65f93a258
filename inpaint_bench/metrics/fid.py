"""FID: Fréchet distance of two Gaussians fitted to the Inception features of two sets.

|m1 - m2|^2 + tr(S1 + S2 - 2 (S1 S2)^(1/2)). The trace of the root is the sum of the singular
values of F1 F2' for any factors S = F'F, which avoids the root of a product that is not
symmetric, needs no offset on the diagonal, and gives 0 for a set and itself.

FID is biased upwards by an amount that depends on the number of pictures. Below `ENOUGH`
pictures the covariance of 2,048 features has not even full rank: `SetValue.caveat` says so.
"""

from __future__ import annotations

import math

import numpy as np

from inpaint_bench.errors import BenchError
from inpaint_bench.metrics._base import SET_METRICS, SetMetric, SetValue
from inpaint_bench.metrics.features import inception_features, prepare_inception

__all__ = ["BECAUSE", "ENOUGH", "check_features", "fid", "frechet_distance"]

ENOUGH = 2048
BECAUSE = (
    "the covariance of 2,048 features has no full rank below that, and the value is biased upwards "
    "by an amount that depends on the number of pictures"
)


def fid(result: np.ndarray, truth: np.ndarray) -> SetValue:
    """Return the Fréchet distance of two sets of features.

    Args:
        result: NxD features.
        truth: MxD features; N and M at least 2.

    Raises:
        BenchError: fewer than two pictures, or features of two lengths.

    Reference:
        Heusel, Ramsauer, Unterthiner, Nessler, Hochreiter 2017, GANs Trained by a Two
        Time-Scale Update Rule Converge to a Local Nash Equilibrium, equation 6.
    """
    result, truth = check_features(result, truth, least=2)
    value = frechet_distance(
        result.mean(axis=0), _factor(result), truth.mean(axis=0), _factor(truth)
    )
    count = min(len(result), len(truth))
    caveat = (
        f"FID of {count:,} pictures is biased: at least {ENOUGH:,} are needed"
        if count < ENOUGH
        else ""
    )
    return SetValue(value=value, deviation=math.nan, count=count, caveat=caveat)


def frechet_distance(
    mean_1: np.ndarray, factor_1: np.ndarray, mean_2: np.ndarray, factor_2: np.ndarray
) -> float:
    """Return the squared Fréchet distance of two Gaussians.

    Args:
        mean_1, mean_2: D values.
        factor_1, factor_2: KxD with covariance = factor' factor; K may differ.
    """
    between = np.linalg.svd(factor_1 @ factor_2.T, compute_uv=False).sum()
    spread = np.square(factor_1).sum() + np.square(factor_2).sum()  # tr(S1) + tr(S2)
    distance = np.square(mean_1 - mean_2).sum() + spread - 2.0 * between
    return max(0.0, float(distance))


def check_features(
    result: np.ndarray, truth: np.ndarray, *, least: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return both sets of features as float64.

    Raises:
        BenchError: not NxD and MxD finite numbers with N and M at least `least`.
    """
    if result.ndim != 2 or truth.ndim != 2 or result.shape[1] != truth.shape[1]:
        raise BenchError(f"expected features NxD and MxD, got {result.shape} and {truth.shape}")
    count = min(len(result), len(truth))
    if count < least:
        raise BenchError(f"expected features of at least {least} pictures, got {count}")
    if not (np.isfinite(result).all() and np.isfinite(truth).all()):
        raise BenchError("expected finite features, got NaN or infinity")
    return result.astype(np.float64), truth.astype(np.float64)


def _factor(features: np.ndarray) -> np.ndarray:
    """Return F with F'F the unbiased covariance: NxD, or DxD where there are more rows."""
    centred = (features - features.mean(axis=0)) / math.sqrt(len(features) - 1)
    if len(centred) <= centred.shape[1]:
        return centred
    values, vectors = np.linalg.eigh(centred.T @ centred)
    return np.sqrt(values.clip(min=0.0))[:, None] * vectors.T


SET_METRICS.register("fid")(
    SetMetric(
        name="fid",
        title="FID",
        higher_is_better=False,
        unit="",
        definition="squared Fréchet distance of Gaussians fitted to the 2048 pooled features of "
        "torch-fidelity's Inception, unbiased covariances, composites rounded to 8 bits "
        f"against their own truths; biased below {ENOUGH:,} pictures",
        reference="Heusel et al. 2017, GANs Trained by a Two Time-Scale Update Rule Converge to "
        "a Local Nash Equilibrium, equation 6",
        version="1",
        features=inception_features,
        compute=fid,
        enough=ENOUGH,
        enough_because=BECAUSE,
        prepare=prepare_inception,
    )
)
