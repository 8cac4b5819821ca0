"""What an estimator's reading is worth: the leftover ratio that labelled trays had at it.

An estimator that is unsure of heights answers near the middle of what it knows, for the served
tray and for the eaten one alike, so that ratios are drawn together: with half eaten it may read
0.63. That is a property of the estimator and the kind of dish, and is measured.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from foodwaste.profile import ReadingCurve

#: Knots of a curve at most, each the median of at least this many labels.
_MOST_KNOTS = 8
_LEAST_PER_KNOT = 15
LEAST_READINGS = 3 * _LEAST_PER_KNOT

Floats = NDArray[np.float64]


def worth(curve: ReadingCurve, ratio: float) -> float:
    """The leftover ratio that this reading stands for."""
    return float(np.interp(ratio, curve.reading, curve.truth))


def fit_reading(reading: Floats, truth: Floats) -> ReadingCurve | None:
    """Medians of the truth in bands of equally many readings, never falling.

    Nothing read stays nothing and everything stays everything.

    Args:
        reading: ``(N,)``, 0..1.
        truth: ``(N,)``, 0..1.

    Returns:
        ``None`` with fewer than 45 labels.
    """
    if len(reading) < LEAST_READINGS:
        return None
    order = np.argsort(reading, kind="stable")
    parts = np.array_split(order, min(_MOST_KNOTS, len(order) // _LEAST_PER_KNOT))
    knots = {0.0: 0.0}
    for part in parts:
        at = round(float(reading[part].mean()), 4)
        if 0.0 < at < 1.0:
            knots[at] = max(max(knots.values()), round(float(np.median(truth[part])), 4))
    knots[1.0] = 1.0
    return ReadingCurve(reading=tuple(knots), truth=tuple(knots.values()))
