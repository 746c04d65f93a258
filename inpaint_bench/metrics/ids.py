"""U-IDS and P-IDS: how well a plane in feature space tells results from photographs.

A linear support vector machine is fitted to the Inception features of both sets. U-IDS is the
share of pictures on the wrong side, P-IDS the share of pairs in which the result is called more
of a photograph than its own photograph. Both are 0 where the sets are told apart, as any two
sets are that have fewer pictures than features.
"""

from __future__ import annotations

import math

import numpy as np

from inpaint_bench.errors import BenchError
from inpaint_bench.metrics._base import SET_METRICS, SetMetric, SetValue
from inpaint_bench.metrics._svm import fit_plane
from inpaint_bench.metrics.features import inception_features, prepare_inception
from inpaint_bench.metrics.fid import ENOUGH, check_features

__all__ = ["p_ids", "u_ids"]

_BECAUSE = "fewer pictures than features can always be told apart, which makes the score 0"
_SOURCE = (
    "Zhao et al. 2021, Large Scale Image Completion via Co-Modulated Generative Adversarial "
    "Networks, section 4; as sklearn.svm.LinearSVC(dual=False)"
)
_PLANE = (
    "under the plane of a linear SVM (squared hinge, C = 1) fitted to the 2048 pooled features of "
    "torch-fidelity's Inception of both sets"
)


def u_ids(result: np.ndarray, truth: np.ndarray) -> SetValue:
    """Return the share of pictures, in per cent, that the plane puts on the wrong side.

    Args:
        result: NxD features.
        truth: MxD features; N and M at least 2.

    Raises:
        BenchError: fewer than two pictures, or features of two lengths.

    Reference:
        Zhao et al. 2021, section 4.
    """
    result, truth = check_features(result, truth, least=2)
    of_result, of_truth = _decisions(result, truth)
    # As scikit-learn, a decision of exactly 0 is a result.
    wrong = int((of_result > 0).sum()) + int((of_truth <= 0).sum())
    return _value(wrong / (len(result) + len(truth)), min(len(result), len(truth)))


def p_ids(result: np.ndarray, truth: np.ndarray) -> SetValue:
    """Return the share of pairs, in per cent, whose result looks more real than its truth.

    Args:
        result: NxD features.
        truth: NxD features; row i is the photograph behind row i of `result`.

    Raises:
        BenchError: fewer than two pairs, sets of two sizes, or features of two lengths.

    Reference:
        Zhao et al. 2021, section 4.
    """
    result, truth = check_features(result, truth, least=2)
    if len(result) != len(truth):
        raise BenchError(
            f"P-IDS compares pairs: expected as many results as truths, got {len(result)} and "
            f"{len(truth)}"
        )
    of_result, of_truth = _decisions(result, truth)
    return _value(float((of_result > of_truth).mean()), len(result))


def _decisions(result: np.ndarray, truth: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return how real the plane calls each picture of both sets; above 0 is real."""
    weights, offset = fit_plane(truth, result)
    return result @ weights + offset, truth @ weights + offset


def _value(share: float, count: int) -> SetValue:
    caveat = f"IDS of {count:,} pictures: {_BECAUSE}" if count < ENOUGH else ""
    return SetValue(value=100.0 * share, deviation=math.nan, count=count, caveat=caveat)


SET_METRICS.register("u_ids")(
    SetMetric(
        name="u_ids",
        title="U-IDS",
        higher_is_better=True,
        unit="%",
        definition=f"share of all pictures on the wrong side, {_PLANE}; 50 % where they cannot be "
        "told apart",
        reference=_SOURCE,
        version="1",
        features=inception_features,
        compute=u_ids,
        paired=True,  # as many photographs as results, or the larger set draws the plane
        enough=ENOUGH,
        enough_because=_BECAUSE,
        prepare=prepare_inception,
    )
)
SET_METRICS.register("p_ids")(
    SetMetric(
        name="p_ids",
        title="P-IDS",
        higher_is_better=True,
        unit="%",
        definition="share of pairs whose result is called more real than its own photograph, "
        f"{_PLANE}",
        reference=_SOURCE,
        version="1",
        features=inception_features,
        compute=p_ids,
        paired=True,
        enough=ENOUGH,
        enough_because=_BECAUSE,
        prepare=prepare_inception,
    )
)
