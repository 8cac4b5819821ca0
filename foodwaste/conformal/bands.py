"""Fits intervals by split conformal prediction, one per band of answers.

The family of intervals around an answer ``a`` with stated error ``s`` is ``[a + s q(t), a +
s q(1 - t)]``, with ``q`` the quantiles of errors over stated errors (normalised conformal
prediction, Papadopoulos et al. 2002), widened to hold ``a`` itself and cut to 0..1. It shrinks as
``t`` grows; the largest ``t`` is taken whose intervals hold ``ceil((n + 1) * 0.9)`` of the ``n``
truths. Unlike two fixed tails this does not waste the lower one where the answer is 0 already.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from foodwaste.profile import IntervalBand, Kind
from foodwaste.report import Reference

#: Ends of the bands of answers. An eaten-clean well errs in one direction only, and by little.
BAND_ENDS = (0.05, 0.25, 0.5, 0.75, 1.0)
#: Fewer answers than this are joined with the next band: with 40, the tenth that may be missed
#: is four answers, and coverage of new trays scatters by 5 points.
LEAST_COUNT = 40
_STEPS = 200
#: An answer of nothing left states hardly any error; a unit of nothing could not be stretched.
_LEAST_ERROR = 0.02

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Residuals:
    """Labelled answers of one kind: ``answer``, ``truth`` and ``scale``, each ``(N,)``.

    ``scale`` is :func:`scale_of` each answer's stated error.
    """

    kind: Kind
    estimators: str
    reference: Reference
    answer: Floats
    truth: Floats
    scale: Floats


def scale_of(stated_error: float) -> float:
    """The unit of an answer's interval: its stated error, and never less than 2 points."""
    return max(stated_error, _LEAST_ERROR)


def fit_bands(residuals: Residuals, *, coverage: float = 0.9) -> tuple[IntervalBand, ...]:
    """Intervals for every answer 0..1, from these; none when there are fewer than 40 of them."""
    if len(residuals.answer) < LEAST_COUNT:
        return ()
    bands: list[IntervalBand] = []
    for low, high in _joined(residuals.answer):
        inside = (residuals.answer >= low) & (residuals.answer <= high)
        errors = (residuals.truth - residuals.answer)[inside] / residuals.scale[inside]
        below, above = _reach(errors, coverage)
        bands.append(
            IntervalBand(
                kind=residuals.kind,
                estimators=residuals.estimators,
                reference=residuals.reference,
                from_ratio=low,
                to_ratio=high,
                below=round(below, 4),
                above=round(above, 4),
                count=len(errors),
            )
        )
    return tuple(bands)


def _joined(answers: Floats) -> list[tuple[float, float]]:
    """Bands that each hold enough answers, from 0 to 1 without gaps."""
    found: list[tuple[float, float]] = []
    start = 0.0
    for end in BAND_ENDS:
        if ((answers >= start) & (answers <= end)).sum() >= LEAST_COUNT:
            found.append((start, end))
            start = end
    if not found:
        return [(0.0, 1.0)]
    if start < 1.0:  # the rest is too few: it joins the last band
        found[-1] = (found[-1][0], 1.0)
    return found


def _reach(errors: Floats, coverage: float) -> tuple[float, float]:
    """How far below and above the answers the interval reaches, in their scale."""
    needed = min(len(errors), math.ceil((len(errors) + 1) * coverage))
    for tail in np.linspace(0.5, 0.0, _STEPS + 1):
        low = min(0.0, float(np.quantile(errors, tail, method="lower")))
        high = max(0.0, float(np.quantile(errors, 1 - tail, method="higher")))
        if int(((errors >= low - 1e-9) & (errors <= high + 1e-9)).sum()) >= needed:
            return max(0.0, -low), high
    return float(max(0.0, -errors.min())), float(max(0.0, errors.max()))
