"""Splits errors into what is common to a meal and what differs from tray to tray."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from foodwaste.profile import Spread

Floats = NDArray[np.float64]


def fit_spread(error: Floats, meal: Sequence[str]) -> Spread:
    """Variance components of errors ``(N,)`` (truth minus answer) grouped by meal.

    One-way random effects by the analysis-of-variance estimator (Searle, Casella & McCulloch
    1992, section 3.6): between-meal variance is what the meals' means scatter more than the
    trays within meals explain.
    """
    names, index = np.unique(np.asarray(meal), return_inverse=True)
    counts = np.bincount(index).astype(np.float64)
    means = np.bincount(index, error) / counts
    total, groups = float(counts.sum()), len(names)
    bias = float(error.mean())
    inner = float(((error - means[index]) ** 2).sum())
    within = inner / (total - groups) if total > groups else 0.0
    between = 0.0
    if groups > 1:
        outer = float((counts * (means - bias) ** 2).sum()) / (groups - 1)
        effective = (total - float((counts**2).sum()) / total) / (groups - 1)
        between = max(0.0, (outer - within) / effective)
    return Spread(
        bias=round(bias, 4),
        within=round(min(1.0, within**0.5), 4),
        between=round(min(1.0, between**0.5), 4),
    )
