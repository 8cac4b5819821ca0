"""From amounts to leftover ratios: what is there now, over what was served."""

from __future__ import annotations

import math
from dataclasses import dataclass

from foodwaste.evidence import Evidence
from foodwaste.profile import Profile

#: Below these amounts nothing was served: there is no ratio to speak of. An area of 3 % of a
#: well is a few smears; 5 ml is a teaspoon; a twentieth of a serving is within the error.
_NOTHING_SERVED = {"backprojection": 0.03, "depth": 5.0, "quantity": 0.05}


@dataclass(frozen=True, slots=True)
class ServedAmount:
    """What was served, in one estimator's unit, with one standard deviation."""

    amount: float
    error: float


@dataclass(frozen=True, slots=True)
class Ratio:
    """One estimator's leftover ratio of one compartment.

    Attributes:
        value: 0..1.
        error: one standard deviation.
        confidence: 0..1, the estimator's own.
        clipped: more was found than was served, and the ratio was cut to 1.
    """

    value: float
    error: float
    confidence: float
    clipped: bool = False


def leftover_ratio(
    estimator: str, after: Evidence, served: ServedAmount, *, exponent: float = 1.0
) -> Ratio | None:
    """Amount after over amount served, errors propagated to first order.

    ``exponent`` turns an area into an amount (see ``area_exponent`` in the profile). ``None``
    when nothing was served.
    """
    if served.amount < _NOTHING_SERVED[estimator]:
        return None
    share = after.amount / served.amount
    raw = share**exponent
    # d(s^e) = e * s^(e-1) * ds; with s = a/b: ds^2 = (da/b)^2 + (s*db/b)^2
    slope = exponent * max(share, 0.05) ** (exponent - 1)
    error = slope * math.hypot(
        after.amount_error / served.amount, share * served.error / served.amount
    )
    return Ratio(min(raw, 1.0), error, after.confidence, clipped=raw > 1.0)


def standard_serving(profile: Profile, compartment_id: str, estimator: str) -> ServedAmount | None:
    """The profile's standard serving in an estimator's unit; ``None`` where it states none."""
    serving = profile.servings.get(compartment_id)
    if serving is None:
        return None
    if estimator == "quantity":
        return ServedAmount(1.0, serving.relative_error)
    if estimator == "depth":
        amount = serving.volume_ml
    elif profile.is_liquid(compartment_id):
        well = profile.layout.compartments[compartment_id]
        amount = None if serving.volume_ml is None else serving.volume_ml / well.capacity_ml
    else:
        amount = serving.area_fraction
    return None if amount is None else ServedAmount(amount, serving.relative_error * amount)


def area_exponent(profile: Profile, compartment_id: str, estimator: str) -> float:
    """The power that turns this estimator's amount into food: 1 unless it is a solid's area."""
    if estimator != "backprojection" or profile.is_liquid(compartment_id):
        return 1.0
    return profile.backprojection.area_exponent
