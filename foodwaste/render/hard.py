"""The hard cases: each has its own knob, and together they are most of what is rendered."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np


@dataclass(frozen=True)
class HardShares:
    """Share of meals, 0..1, that get each hard case (several can meet in one meal).

    Attributes:
        white_rice: white rice, bright and flat, on bright low-contrast metal.
        glare: a window or tube mirrored in soup and steel.
        red_residue: heavy red films and pools, also where all was eaten.
        loose_grains: many grains on walls and floor.
        dark_food: dark food, in a dark room on dark reflections.
        near_empty: remains of under a tenth.
        brim_full: wells served to the brim.
    """

    white_rice: float = 0.35
    glare: float = 0.40
    red_residue: float = 0.30
    loose_grains: float = 0.30
    dark_food: float = 0.15
    near_empty: float = 0.25
    brim_full: float = 0.15


@dataclass(frozen=True)
class HardCases:
    """Which hard cases one meal has."""

    white_rice: bool = False
    glare: bool = False
    red_residue: bool = False
    loose_grains: bool = False
    dark_food: bool = False
    near_empty: bool = False
    brim_full: bool = False

    @staticmethod
    def draw(rng: np.random.Generator, shares: HardShares) -> HardCases:
        """Draws each case by its share."""
        numbers = rng.uniform(size=len(fields(HardShares)))
        return HardCases(
            **{
                f.name: bool(n < getattr(shares, f.name))
                for f, n in zip(fields(HardShares), numbers, strict=True)
            }
        )
