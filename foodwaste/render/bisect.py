"""Finds the level, height or cut that leaves a wanted volume."""

from __future__ import annotations

from collections.abc import Callable


def solve_increasing(
    volume_of: Callable[[float], float], target: float, low: float, high: float, steps: int = 16
) -> float:
    """The argument in ``low..high`` at which an increasing function meets ``target``."""
    for _ in range(steps):
        middle = (low + high) / 2
        if volume_of(middle) < target:
            low = middle
        else:
            high = middle
    return (low + high) / 2
