"""What lies in one compartment through one meal: which food, how much, and how it is eaten."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

EatingMode = Literal["side", "top", "scoops", "pushed", "spread"]
EATING_MODES: tuple[EatingMode, ...] = ("side", "top", "scoops", "pushed", "spread")


@dataclass(frozen=True)
class DishSpec:
    """One dish from served to eaten.

    Attributes:
        compartment: the well's id.
        kind: name in the food table.
        seed: of everything random about it.
        serving_ml: volume aimed at when served (the mesh then says what it became).
        centre: where the heap lies in the well, -1..1 of its half size.
        spread: how far it reaches, as a share of the well's half size.
        mode: how it is eaten.
        direction_rad: from which side.
        keep: by state, the share aimed to be left; the first is 1 (served).
        residue: 0..1, how much it leaves behind on the tray.
        shade: 0..1, place in the food's colour range.
        stirred: 0..1, share of its pieces that lie elsewhere in every eaten state than they were
            served; of a heap of grains, how far it may be moved.
    """

    compartment: str
    kind: str
    seed: int
    serving_ml: float
    centre: tuple[float, float]
    spread: float
    mode: EatingMode
    direction_rad: float
    keep: tuple[float, ...]
    residue: float
    shade: float
    stirred: float = 0.0
