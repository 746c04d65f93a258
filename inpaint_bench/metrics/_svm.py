"""A linear support vector machine: the plane between two sets of features.

    min over w, c of  (|w|^2 + c^2) / 2 + sum_i max(0, 1 - y_i (w'x_i + c))^2

which is scikit-learn's `LinearSVC(dual=False)` with its default C = 1 and intercept scaling 1
(the intercept is regularised too). The function is convex with a continuous derivative: Newton
steps on the pictures inside the margin, halved while they go up, end at the minimum.
"""

from __future__ import annotations

import numpy as np

from inpaint_bench.errors import BenchError

__all__ = ["fit_plane"]

_MOST_STEPS = 100
_MOST_HALVINGS = 40
_TOLERANCE = 1e-11


def fit_plane(positive: np.ndarray, negative: np.ndarray) -> tuple[np.ndarray, float]:
    """Return the weights and the offset of the plane.

    Args:
        positive: NxD float64, on whose side the decision w'x + c is meant to be above 0.
        negative: MxD float64.

    Raises:
        BenchError: Newton's method did not arrive, which finite features should not bring about.
    """
    x = np.concatenate([positive, negative])
    x = np.concatenate([x, np.ones((len(x), 1))], axis=1)
    y = np.repeat([1.0, -1.0], [len(positive), len(negative)])
    w = np.zeros(x.shape[1])
    scale = float(np.linalg.norm(np.abs(x).sum(axis=0)))  # of a gradient whose terms all agree
    for _ in range(_MOST_STEPS):
        value, gradient, inside = _objective(w, x, y)
        if float(np.linalg.norm(gradient)) <= _TOLERANCE * scale:
            return w[:-1], float(w[-1])
        w = _descend(w, value, gradient, _newton_step(x[inside], gradient), x, y)
    raise BenchError(f"no separating plane found in {_MOST_STEPS} steps of Newton's method")


def _objective(w: np.ndarray, x: np.ndarray, y: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
    """Return the value, its gradient, and which pictures lie inside the margin."""
    slack = 1.0 - y * (x @ w)
    inside = slack > 0.0
    pull = (y * slack)[inside]
    value = 0.5 * float(w @ w) + float(np.square(slack[inside]).sum())
    return value, w - 2.0 * x[inside].T @ pull, inside


def _newton_step(x: np.ndarray, gradient: np.ndarray) -> np.ndarray:
    """Solve (1 + 2 X'X) step = gradient; in the space of pictures where these are fewer."""
    count, length = x.shape
    if count >= length:
        return np.linalg.solve(np.eye(length) + 2.0 * x.T @ x, gradient)
    inner = np.linalg.solve(np.eye(count) + 2.0 * x @ x.T, x @ gradient)
    return gradient - 2.0 * x.T @ inner


def _descend(
    w: np.ndarray,
    value: float,
    gradient: np.ndarray,
    step: np.ndarray,
    x: np.ndarray,
    y: np.ndarray,
) -> np.ndarray:
    """Return w after the longest halved step that lowers the value enough."""
    slope = float(gradient @ step)
    length = 1.0
    for _ in range(_MOST_HALVINGS):
        if _objective(w - length * step, x, y)[0] <= value - 1e-4 * length * slope:
            break
        length *= 0.5
    return w - length * step
