"""Folds of whole meals: never one tray of a meal on each side."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from foodwaste.tune.prepared import PreparedServed


def folds_of(
    served: Sequence[PreparedServed], count: int, *, seed: int
) -> tuple[tuple[PreparedServed, ...], ...]:
    """Deals meals into ``count`` folds of nearly equally many meals, by a seeded hash."""
    meals = sorted(
        {one.meal for one in served},
        key=lambda meal: hashlib.sha256(f"{seed}:{meal}".encode()).digest(),
    )
    place = {meal: index % count for index, meal in enumerate(meals)}
    folds = [tuple(one for one in served if place[one.meal] == k) for k in range(count)]
    return tuple(fold for fold in folds if fold)
