"""How far answers are from the truth: plain functions of arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from foodwaste.conformal.floors import CLEAN

#: An eaten-clean compartment should read no more than this.
CLEAN_READS_AT_MOST = 0.05

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Agreement:
    """Bland & Altman (1986), Lancet 327:307-310: bias, and where 95 % of differences lie."""

    bias: float
    limits: tuple[float, float]


def mean_absolute_error(answer: Floats, truth: Floats) -> float:
    """Mean of ``|answer - truth|``, both ``(N,)``; NaN for none."""
    return float(np.abs(answer - truth).mean()) if len(answer) else float("nan")


def agreement(answer: Floats, truth: Floats) -> Agreement:
    """Bias (answer minus truth) and its 95 % limits of agreement, ``bias +- 1.96 sd``."""
    difference = answer - truth
    bias = float(difference.mean()) if len(difference) else float("nan")
    spread = float(difference.std(ddof=1)) if len(difference) > 1 else float("nan")
    return Agreement(bias, (bias - 1.96 * spread, bias + 1.96 * spread))


def clean_share(answer: Floats, truth: Floats) -> float | None:
    """Share of eaten-clean compartments that read at most 5 %; ``None`` without any."""
    clean = truth <= CLEAN
    if not clean.any():
        return None
    return float((answer[clean] <= CLEAN_READS_AT_MOST + 1e-9).mean())


def coverage_and_width(low: Floats, high: Floats, truth: Floats) -> tuple[float, float]:
    """Share of truths inside their interval, and the intervals' mean width."""
    inside = (truth >= low - 1e-9) & (truth <= high + 1e-9)
    return float(inside.mean()), float((high - low).mean())


def relative_errors(answer: Floats, truth: Floats) -> tuple[float | None, float]:
    """Mean absolute percentage error over truths above 0, and MAE over the mean truth.

    Both as shares. The first blows up at small truths, the second does not: read them together.
    """
    positive = truth > 0
    mape = None
    if positive.any():
        mape = float((np.abs(answer - truth)[positive] / truth[positive]).mean())
    mean = float(truth.mean())
    over_mean = float(np.abs(answer - truth).mean() / mean) if mean > 0 else float("nan")
    return mape, over_mean


def overlap_scores(intersection: int, union: int, total: int) -> tuple[float, float]:
    """Intersection over union, and Dice; both 1 when neither shows food."""
    if union == 0:
        return 1.0, 1.0
    return intersection / union, 2 * intersection / total
