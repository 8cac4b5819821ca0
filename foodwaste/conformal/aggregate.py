"""Intervals of means: a dish over a day, a meal, and how many trays a decision needs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from foodwaste.profile import Spread

_Z90 = 1.6449
#: One-sided 95 % and 80 % power, the usual pair for "can we tell?".
_Z_DECISION = 1.6449 + 0.8416


@dataclass(frozen=True, slots=True)
class MeanInterval:
    """A mean leftover ratio over trays, corrected for the known bias, with its 90 % interval."""

    mean: float
    interval: tuple[float, float]
    trays: int


def mean_interval(ratios: Sequence[float], spread: Spread, *, meals: int = 1) -> MeanInterval:
    """The mean of answers of one dish over ``meals`` meals.

    The tray-to-tray error shrinks with the number of trays, the error common to a meal only
    with the number of meals: a thousand trays of one stew are all read too high together.

    Raises:
        ValueError: no ratio, or no meal.
    """
    if not ratios or meals < 1:
        raise ValueError("a mean needs at least one tray and one meal")
    count = len(ratios)
    mean = min(1.0, max(0.0, sum(ratios) / count + spread.bias))
    error = _Z90 * math.sqrt(spread.within**2 / count + spread.between**2 / meals)
    return MeanInterval(mean, (max(0.0, mean - error), min(1.0, mean + error)), count)


def trays_needed(
    spread: Spread, difference: float, *, scatter: float = 0.2, meals: int = 1
) -> int | None:
    """Trays on each of two days by which a ``difference`` of their means can be shown.

    One-sided at 5 % with 80 % power. ``scatter`` is one standard deviation of what children
    really leave. ``None`` when no number of trays is enough, because the error common to each
    meal alone is too large: serve the dish on more days.
    """
    per_mean = (abs(difference) / _Z_DECISION) ** 2 / 2.0 - spread.between**2 / meals
    if per_mean <= 0:
        return None
    return max(1, math.ceil((spread.within**2 + scatter**2) / per_mean))
