"""Crops of rendered compartments with their labels, kept in memory as they are first needed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from foodwaste.profile import load_profile
from foodwaste.train.quantity_changes import (
    ChangedPair,
    CutCrop,
    crops_of,
    cut_crops,
    floor_crops,
    whitened_pairs,
)
from foodwaste.train.rendered import Meal, read_picture

#: Crops are kept a little larger than the network sees them, so that shifting and scaling them
#: in training loses nothing.
SPARE = 112 / 96


@dataclass(frozen=True)
class Well:
    """One compartment of one meal through its states.

    Attributes:
        dish: the dish's name; ``None`` where nothing was served.
        volume_ml: of each state, the served one first.
        standard_ml: volume of a standard serving of this dish in this well.
    """

    meal: int
    compartment: str
    dish: str | None
    volume_ml: tuple[float, ...]
    standard_ml: float


class CropStore:
    """Crops by picture and compartment, cut on first use. Copies start with an empty store."""

    def __init__(self, side_px: int) -> None:
        self.side_px = round(side_px * SPARE)
        self._crops: dict[Path, Mapping[str, NDArray[np.uint8]]] = {}
        self._lit: dict[Path, Mapping[str, NDArray[np.uint8]]] = {}
        self._flecked: dict[Path, Mapping[str, NDArray[np.uint8]]] = {}
        self._cut: dict[Path, Mapping[str, CutCrop]] = {}
        self._whitened: dict[Path, Mapping[str, ChangedPair]] = {}

    def crop(self, picture: Path, profile: str, compartment: str) -> NDArray[np.uint8]:
        """``(side, side, 3) uint8``, RGB."""
        if picture not in self._crops:
            self._crops[picture] = crops_of(read_picture(picture), profile, self.side_px)
        return self._crops[picture][compartment]

    def on_lit_floor(self, meal: Meal, state: int | None, compartment: str) -> NDArray[np.uint8]:
        """The same with light and films over bare floors, always the same ones; ``None``: clean."""
        picture = meal.empty if state is None else meal.states[state].picture
        if picture not in self._lit:
            self._lit[picture] = floor_crops(meal, state, self.side_px, flecks=False)
        return self._lit[picture][compartment]

    def with_flecks(self, meal: Meal, state: int | None, compartment: str) -> NDArray[np.uint8]:
        """With flecks, sauce and films over bare floors instead."""
        picture = meal.empty if state is None else meal.states[state].picture
        if picture not in self._flecked:
            self._flecked[picture] = floor_crops(meal, state, self.side_px, flecks=True)
        return self._flecked[picture][compartment]

    def cut_in_two(self, meal: Meal, state: int, compartment: str) -> CutCrop:
        """A dish cut as :mod:`foodwaste.train.cut` does it, always in the same place."""
        picture = meal.states[state].picture
        if picture not in self._cut:
            self._cut[picture] = cut_crops(meal, state, self.side_px)
        return self._cut[picture][compartment]

    def whitened(self, meal: Meal, state: int, compartment: str) -> ChangedPair:
        """A dish made white rice or pale, now and as it was served, always the same way."""
        picture = meal.states[state].picture
        if picture not in self._whitened:
            self._whitened[picture] = whitened_pairs(meal, state, self.side_px)
        return self._whitened[picture][compartment]

    def __getstate__(self) -> dict[str, object]:
        """A loader process fills its own store."""
        return {
            "side_px": self.side_px,
            "_crops": {},
            "_lit": {},
            "_flecked": {},
            "_cut": {},
            "_whitened": {},
        }


def standard_fills(meals: Iterable[Meal]) -> dict[str, float]:
    """By dish, the median share of a well's capacity that is served; ``""`` for any dish.

    A standard serving is what is usually served of that dish in a well of that size: what the
    network's amounts are shares of.
    """
    fills: dict[str, list[float]] = {"": []}
    for meal in meals:
        wells = load_profile(meal.profile).profile.layout.compartments
        for compartment, dish in meal.dishes.items():
            fill = meal.states[0].volume_ml[compartment] / wells[compartment].capacity_ml
            fills.setdefault(dish, []).append(fill)
            fills[""].append(fill)
    return {dish: float(np.median(values)) for dish, values in fills.items() if values}


def wells_of(meals: Sequence[Meal], fills: Mapping[str, float]) -> list[Well]:
    """Every compartment of every meal with its labels."""
    found = []
    for index, meal in enumerate(meals):
        layout = load_profile(meal.profile).profile.layout
        for compartment, well in layout.compartments.items():
            dish = meal.dishes.get(compartment)
            volumes = tuple(state.volume_ml.get(compartment, 0.0) for state in meal.states)
            fill = fills.get(dish or "", fills[""])
            found.append(Well(index, compartment, dish, volumes, fill * well.capacity_ml))
    return found
