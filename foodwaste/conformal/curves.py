"""How wrong an estimator is at each confidence, and the weights that follow from it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from foodwaste.profile import ErrorCurve, Kind

#: Knots of a curve at most, each with at least this many answers.
_MOST_KNOTS = 5
_LEAST_PER_KNOT = 20
#: No estimator is trusted to better than this (2 points of leftover ratio): a handful of easy
#: trays must not silence the others.
_LEAST_ERROR = 0.02
#: Errors are never taken to be more alike than this: the last of it is chance of the sample.
_MOST_ALIKE = 0.9
#: An error that each estimator has on its own on trays unlike those it was measured on, so that
#: nobody is silenced. On the real development tray, half eaten, the heights miss by 6.6 points,
#: single wells by 14, colour by 9.7. Chosen on meals that the curves were not fitted on, by
#: ``benchmarks/elsewhere_errors.py``; docs/height-history.md has the figures.
ELSEWHERE: Mapping[str, float] = {"backprojection": 0.30, "depth": 0.10, "quantity": 0.30}

Floats = NDArray[np.float64]


def fit_curve(confidence: Floats, error: Floats) -> ErrorCurve:
    """Root-mean-square error in bands of confidence with equally many answers, never rising.

    Args:
        confidence: ``(N,)``, 0..1.
        error: ``(N,)``, answer minus truth; ``N`` at least 1.
    """
    order = np.argsort(confidence, kind="stable")
    knots = int(np.clip(len(order) // _LEAST_PER_KNOT, 1, _MOST_KNOTS))
    parts = np.array_split(order, knots)
    at = [float(confidence[part].mean()) for part in parts]
    square = [float((error[part] ** 2).mean()) for part in parts]
    squares = _never_rising(square, [len(part) for part in parts])
    kept = [0] + [i for i in range(1, knots) if at[i] > at[i - 1] + 1e-6]
    return ErrorCurve(
        confidence=tuple(round(at[i], 4) for i in kept),
        error=tuple(round(max(squares[i] ** 0.5, _LEAST_ERROR), 4) for i in kept),
    )


def error_at(curve: ErrorCurve, confidence: float) -> float:
    """Expected root-mean-square error at this confidence."""
    return float(np.interp(confidence, curve.confidence, curve.error))


def correlation_of(first: Floats, second: Floats) -> float:
    """How alike two estimators err, -1..1: of their errors ``(N,)`` about 0, biases included."""
    power = float((first**2).sum() * (second**2).sum()) ** 0.5
    return float((first * second).sum()) / power if power > 0 else 0.0


def calibrated_weights(
    confidences: Mapping[str, float],
    curves: Mapping[str, Mapping[Kind, ErrorCurve]],
    kind: Kind,
    correlations: Mapping[str, Mapping[Kind, float]],
    *,
    elsewhere: Mapping[str, float] = ELSEWHERE,
) -> dict[str, float] | None:
    """Weights of the least expected square error, summing to 1, none negative.

    Estimators that look at one picture err alike: a worse one that errs with a better one adds
    little, and counts for less than its inverse variance (Bates & Granger 1969, "The
    combination of forecasts"). Every estimator is taken to err a little on its own on trays
    elsewhere, which draws the weights together. ``None`` when one estimator was never measured
    on this kind.

    Args:
        confidences: of the estimators that answered.
        curves: errors at each confidence, by estimator and kind.
        kind: of dish.
        correlations: :func:`correlation_of` their errors, by ``first+second`` and kind; pairs
            that were never measured together are taken for independent.
        elsewhere: by estimator, the error that it has on its own on trays elsewhere.
    """
    names = list(confidences)
    if not names or any(kind not in curves.get(name, {}) for name in names):
        return None
    errors = np.array([error_at(curves[name][kind], confidences[name]) for name in names])
    alike = np.eye(len(names))
    for row, one in enumerate(names):
        for column, other in enumerate(names):
            if row != column:
                known = correlations.get(f"{one}+{other}") or correlations.get(f"{other}+{one}")
                alike[row, column] = min((known or {}).get(kind, 0.0), _MOST_ALIKE)
    own = np.diag([elsewhere[name] ** 2 for name in names])
    weights = _least_variance(errors[:, None] * alike * errors + own)
    return {name: float(weight) for name, weight in zip(names, weights, strict=True)}


def _least_variance(covariance: Floats) -> Floats:
    """Weights ``(K,)`` >= 0 of sum 1 with the least variance, for ``(K, K)``."""
    kept = list(range(len(covariance)))
    while True:
        inner = covariance[np.ix_(kept, kept)]
        solved = np.linalg.solve(inner, np.ones(len(kept)))
        if solved.min() >= 0 or len(kept) == 1:
            break
        kept.pop(int(np.argmin(solved)))
    weights = np.zeros(len(covariance))
    weights[kept] = solved / solved.sum()
    return weights


def _never_rising(values: list[float], counts: list[int]) -> list[float]:
    """Pool adjacent violators (Ayer et al. 1955): the nearest non-increasing sequence."""
    pools: list[tuple[float, int, int]] = []  # mean, weight, length
    for value, count in zip(values, counts, strict=True):
        mean, weight, length = value, count, 1
        while pools and pools[-1][0] < mean:
            last_mean, last_weight, last_length = pools.pop()
            mean = (mean * weight + last_mean * last_weight) / (weight + last_weight)
            weight, length = weight + last_weight, length + last_length
        pools.append((mean, weight, length))
    return [mean for mean, _, length in pools for _ in range(length)]
