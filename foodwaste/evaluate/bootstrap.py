"""Intervals and tests by resampling meals, because trays of one meal err together.

Efron & Tibshirani (1993), "An Introduction to the Bootstrap", chapters 8 and 15.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

DRAWS = 2000
#: Two meals cannot be resampled into an interval that means anything.
LEAST_GROUPS = 5

Floats = NDArray[np.float64]


def mean_interval_by_group(
    values: Floats, groups: Sequence[str], *, seed: int = 0, coverage: float = 0.95
) -> tuple[float, float] | None:
    """Percentile interval of the mean of ``values`` (N,), whole groups drawn at a time.

    ``None`` with fewer than 5 groups.
    """
    sums, counts = _per_group(values, groups)
    if len(sums) < LEAST_GROUPS:
        return None
    rng = np.random.default_rng(seed)
    drawn = rng.integers(0, len(sums), (DRAWS, len(sums)))
    means = sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1)
    tail = (1 - coverage) / 2
    low, high = np.quantile(means, [tail, 1 - tail])
    return float(low), float(high)


def permutation_p_value(differences: Floats, groups: Sequence[str], *, seed: int = 0) -> float:
    """Two-sided p-value of "the mean difference is 0", flipping the sign of whole groups.

    Exact over all sign patterns up to 12 groups, else 5,000 random ones.
    """
    sums, _ = _per_group(differences, groups)
    observed = abs(float(sums.sum()))
    count = len(sums)
    if count <= 12:
        bits = (np.arange(2**count)[:, None] >> np.arange(count)) & 1
        signs = bits * 2.0 - 1.0
        return float((np.abs(signs @ sums) >= observed - 1e-12).mean())
    rng = np.random.default_rng(seed)
    signs = rng.integers(0, 2, (5000, count)) * 2.0 - 1.0
    reached = int((np.abs(signs @ sums) >= observed - 1e-12).sum())
    return (reached + 1) / 5001


def _per_group(values: Floats, groups: Sequence[str]) -> tuple[Floats, Floats]:
    _, index = np.unique(np.asarray(groups), return_inverse=True)
    sums = np.bincount(index, np.asarray(values, np.float64)).astype(np.float64)
    return sums, np.bincount(index).astype(np.float64)
