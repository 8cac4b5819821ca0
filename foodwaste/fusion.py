"""Weighs the estimators by their confidence into one leftover ratio with an interval."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from foodwaste.comparison import Ratio
from foodwaste.conformal import calibrated_weights, estimators_key, worth
from foodwaste.profile import FusionParameters, Kind

#: Two-sided 90 % of a normal distribution.
_Z90 = 1.6449

_BASE = {"backprojection": 0.4, "depth": 0.4, "quantity": 0.2}
_QUANTITY_SURE = {"backprojection": 0.5, "depth": 0.4, "quantity": 0.1}
_QUANTITY_UNSURE = {"backprojection": 0.6, "depth": 0.3, "quantity": 0.1}


@dataclass(frozen=True, slots=True)
class Fused:
    """One compartment's answer: ratio 0..1, its 90 % interval, confidence 0..1, weights."""

    ratio: float
    error: float
    interval: tuple[float, float]
    confidence: float
    weights: dict[str, float]


def threshold_weights(quantity_confidence: float | None) -> dict[str, float]:
    """Weights of the policy ``thresholds`` for all three estimators; they sum to 1.

    The quantity network's confidence chooses the row: above 0.8, below 0.3, or in between
    (also when it did not run).
    """
    if quantity_confidence is not None and quantity_confidence > 0.8:
        return dict(_QUANTITY_SURE)
    if quantity_confidence is not None and quantity_confidence < 0.3:
        return dict(_QUANTITY_UNSURE)
    return dict(_BASE)


def share_out(weights: Mapping[str, float], present: Mapping[str, object]) -> dict[str, float]:
    """Gives the weight of estimators that are not ``present`` to the others, in proportion."""
    kept = {name: weight for name, weight in weights.items() if name in present}
    total = sum(kept.values())
    return {name: weight / total for name, weight in kept.items()} if total > 0 else {}


def policy_weights(
    ratios: Mapping[str, Ratio], parameters: FusionParameters, kind: Kind
) -> dict[str, float]:
    """Weights of the estimators that answered; they sum to 1, or are none.

    Policy ``thresholds`` reads the table above. ``calibrated`` weighs by measured errors and how
    alike they are; where one of the estimators was never measured on this kind of dish, the
    table answers for all of them.
    """
    if parameters.policy == "calibrated":
        confidences = {name: ratio.confidence for name, ratio in ratios.items()}
        measured = calibrated_weights(
            confidences, parameters.error_curves, kind, parameters.error_correlations
        )
        if measured is not None:
            return measured
    quantity = ratios.get("quantity")
    table = threshold_weights(None if quantity is None else quantity.confidence)
    return share_out(table, ratios)


def fuse(
    ratios: Mapping[str, Ratio],
    parameters: FusionParameters | None = None,
    kind: Kind = "solid",
) -> Fused | None:
    """One ratio from any subset of estimators; ``None`` when there is none.

    The policy ``thresholds`` takes the weighted mean; ``calibrated`` the weighted median, so
    that one estimator that takes a smear for food is outvoted by two that do not, and what that
    was worth on labelled trays. The error adds two parts in quadrature: the estimators' stated
    errors, taken as fully correlated (they look at the same picture), and how far they lie apart.
    """
    parameters = parameters or FusionParameters()
    weights = policy_weights(ratios, parameters, kind)
    if not weights:
        return None
    if parameters.policy == "calibrated":
        ratio = weighted_median([ratios[name].value for name in weights], list(weights.values()))
        curve = parameters.reading_curves.get(estimators_key(weights), {}).get(kind)
        # One estimator's own curve was applied to its ratio before.
        if curve is not None and len(weights) > 1:
            ratio = worth(curve, ratio)
    else:
        ratio = sum(weight * ratios[name].value for name, weight in weights.items())
    stated = sum(weight * ratios[name].error for name, weight in weights.items())
    apart = sum(weight * (ratios[name].value - ratio) ** 2 for name, weight in weights.items())
    error = math.sqrt(stated**2 + apart)
    confidence = sum(weight * ratios[name].confidence for name, weight in weights.items())
    return Fused(ratio, error, interval_90(ratio, error), confidence, weights)


def weighted_median(values: Sequence[float], weights: Sequence[float]) -> float:
    """Where half of the weight lies below: between two values as far as weights say.

    Of two values it is the weighted mean. ``weights`` sum to 1.
    """
    order = sorted(range(len(values)), key=lambda place: values[place])
    middles, below = [], 0.0
    for place in order:
        middles.append(below + weights[place] / 2)
        below += weights[place]
    return float(np.interp(0.5, middles, [values[place] for place in order]))


def interval_90(ratio: float, error: float) -> tuple[float, float]:
    """The 90 % interval of a ratio, kept within 0..1."""
    return max(0.0, ratio - _Z90 * error), min(1.0, ratio + _Z90 * error)
