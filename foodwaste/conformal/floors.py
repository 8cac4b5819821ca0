"""The residue floor: what an eaten-clean compartment still reads."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

#: A floor is a quantile of eaten-clean readings, and never more than a quarter: what reads
#: higher is no residue but a dish that the estimator cannot see clean.
_QUANTILE = 0.8
_MOST = 0.25
LEAST_CLEAN = 5
#: Less is left of a dish than this, and it counts as eaten clean.
CLEAN = 0.01

Floats = NDArray[np.float64]


def above_floor(ratio: float, floor: float) -> float:
    """The ratio with readings up to ``floor`` as 0, and 1 still 1; rises steadily."""
    return max(0.0, (ratio - floor) / (1.0 - floor)) if floor < 1 else 0.0


def fit_floor(reading: Floats, truth: Floats) -> float | None:
    """A floor from labelled answers ``(N,)`` that lowers their mean error, else ``None``.

    None also when fewer than 5 of them were eaten clean.
    """
    clean = truth <= CLEAN
    if clean.sum() < LEAST_CLEAN:
        return None
    floor = float(min(_MOST, np.quantile(reading[clean], _QUANTILE)))
    if floor < 0.005:
        return None
    lifted = np.maximum(0.0, (reading - floor) / (1.0 - floor))
    better = float(np.abs(lifted - truth).mean()) < float(np.abs(reading - truth).mean())
    return round(floor, 4) if better else None
