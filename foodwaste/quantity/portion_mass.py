"""Mass of one portion from its size in a picture and what the food's other portions weighed.

Size says less than one thinks: what is seen from above goes as the volume to the power 2/3,
scale and outline are off by some 9 %, and the third dimension is not seen at all. So a mass is
inferred as Bayes has it: a food's portions scatter about their mean (the prior, log-normal), a
size scatters about what the mass would make of it (the likelihood), and a size far from anything
believable, as from a wrong box, counts for little. Both scatters are learned from the portions
given; nothing is tuned.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

#: Area of similar shapes goes as their volume to this power.
_AREA_POWER = 2.0 / 3.0
#: The pooled spread of masses counts as this many portions of a food's own.
_PRIOR_PORTIONS = 1.0
#: Sizes beyond this many standard deviations weigh less and less.
_BELIEVABLE = 3.0
_LEAST_SIZE_ERROR = 0.02


@dataclass(frozen=True, slots=True)
class PortionSize:
    """One photograph of a weighed portion.

    Attributes:
        food: the food's name.
        portion: which thing was weighed; several photographs may show the same.
        size_mm2: area seen from above, in mm² (outline, box or a mean of both, always alike).
        mass_g: what it weighed.
    """

    food: str
    portion: str
    size_mm2: float
    mass_g: float


@dataclass(frozen=True, slots=True)
class _Food:
    """Mean and spread of log mass, and log area at a log mass of 0."""

    mean: float
    spread: float
    offset: float
    portions: int


@dataclass(frozen=True)
class MassModel:
    """Masses of the foods that it was fitted on."""

    foods: Mapping[str, _Food]
    size_error: float

    def mass_g(self, food: str, size_mm2: float) -> tuple[float, float]:
        """Mass in grams and its relative error (one standard deviation).

        Raises:
            KeyError: no portion of this food was ever weighed.
        """
        known = self.foods[food]
        further = 1.0 + 1.0 / known.portions
        prior, size = known.spread**2 * further, self.size_error**2 * further
        expected = known.offset + _AREA_POWER * known.mean
        variance = _AREA_POWER**2 * prior + size
        surprise = math.log(size_mm2) - expected
        trust = min(1.0, _BELIEVABLE**2 * variance / max(surprise**2, 1e-12))
        gain = _AREA_POWER * prior / variance * trust
        left = prior * (1.0 - gain * _AREA_POWER)
        return math.exp(known.mean + gain * surprise), math.sqrt(left)


def fit_mass(shots: Sequence[PortionSize]) -> MassModel:
    """Fits every food from photographs of weighed portions; portions count alike.

    Raises:
        ValueError: no photograph.
    """
    if not shots:
        raise ValueError("no weighed portion to learn from")
    grouped = {food: _portions(shots, food) for food in sorted({shot.food for shot in shots})}
    squares = sum(float(((masses - masses.mean()) ** 2).sum()) for masses, _ in grouped.values())
    freedom = sum(len(masses) - 1 for masses, _ in grouped.values())
    # Without a food of two portions nothing is known of spread: 20 % is what kitchens report.
    pooled = squares / freedom if freedom else 0.2**2
    foods = {}
    for food, (masses, sizes) in grouped.items():
        own = float(((masses - masses.mean()) ** 2).sum())
        spread = math.sqrt((_PRIOR_PORTIONS * pooled + own) / (_PRIOR_PORTIONS + len(masses) - 1))
        offset = float(np.median(sizes - _AREA_POWER * masses))
        foods[food] = _Food(float(masses.mean()), spread, offset, len(masses))
    misses = [
        math.log(shot.size_mm2) - foods[shot.food].offset - _AREA_POWER * math.log(shot.mass_g)
        for shot in shots
    ]
    # 1.4826 times the median absolute deviation: a standard deviation that wrong boxes leave be.
    error = 1.4826 * float(np.median(np.abs(misses)))
    return MassModel(foods, max(error, _LEAST_SIZE_ERROR))


def _portions(
    shots: Sequence[PortionSize], food: str
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Log mass and median log size of each portion of a food."""
    own: dict[str, list[PortionSize]] = {}
    for shot in shots:
        if shot.food == food:
            own.setdefault(shot.portion, []).append(shot)
    masses = [math.log(each[0].mass_g) for each in own.values()]
    sizes = [float(np.median([math.log(shot.size_mm2) for shot in each])) for each in own.values()]
    return np.array(masses), np.array(sizes)
