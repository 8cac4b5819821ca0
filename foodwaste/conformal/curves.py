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


def calibrated_weights(
    confidences: Mapping[str, float], curves: Mapping[str, Mapping[Kind, ErrorCurve]], kind: Kind
) -> dict[str, float] | None:
    """Inverse-variance weights, summing to 1; ``None`` when one estimator was never measured."""
    inverse: dict[str, float] = {}
    for name, confidence in confidences.items():
        curve = curves.get(name, {}).get(kind)
        if curve is None:
            return None
        inverse[name] = 1.0 / error_at(curve, confidence) ** 2
    total = sum(inverse.values())
    return {name: value / total for name, value in inverse.items()} if inverse else None


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
