"""What a soup's waterline is worth beside the median of its heights, and beside neither.

    python benchmarks/liquid_levels.py FOLDER [FOLDER …] [--meals N] [--cache DIR]

FOLDER is one that ``foodwaste render`` wrote and that nothing was trained on. Volumes are summed
in the tray's frame; errors are points of the leftover ratio, and shares of the volume of wells
that hold 20 ml and more.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rendered_folders import meals_asked_for

from foodwaste import models
from foodwaste.depth.liquid_level import level_liquid
from foodwaste.depth.two_looks import look_twice
from foodwaste.models import Session
from foodwaste.train.pack import Pack, read_pack
from foodwaste.train.tray_changes import liquid_wells
from foodwaste.train.tray_held_out import known_of
from foodwaste.tray.frame import Mask

Map = NDArray[np.float32]
#: Weights of the waterline; None leaves the heights as they are.
_SHARES = (None, 0.0, 0.3, 0.5, 0.7, 0.85, 1.0)
#: A pixel of the frame is about 1 mm wide.
_ML_PER_MM = 1e-3
_LEAST_ML = 20.0


@dataclass(frozen=True)
class Seen:
    """One state's liquid well: what was read, the empty tray and the true volume."""

    height_mm: Map
    empty_mm: Map
    well: Mask
    true_ml: float

    def volume_ml(self, share: float | None) -> float:
        """The volume that is read, with the waterline counting so much."""
        height = self.height_mm
        if share is not None:
            height = level_liquid(height, self.empty_mm, self.well, waterline_share=share)
        return float(height[self.well].sum()) * _ML_PER_MM


def main() -> None:
    session = models.open("tray-embedded")
    print(f"{session.card.name} {session.card.version}")
    for pairs in meals_asked_for(__doc__, meals=100):
        soups = [
            soup
            for meal, path in pairs
            for soup in _soups(session, read_pack(path), liquid_wells(meal.profile))
        ]
        for share in _SHARES:
            _show(share, [states for states in soups if states[0].true_ml >= _LEAST_ML])


def _soups(session: Session, pack: Pack, wells: list[int]) -> list[list[Seen]]:
    """Of every liquid well its states, the served one first."""
    threshold = float(session.card.figures["food_threshold"])
    soups: list[list[Seen]] = [[] for _ in wells]
    served_mm: Map | None = None
    for state in range(len(pack.classes)):
        said = look_twice(
            session, np.asarray(pack.rgb[state + 1]), known_of(pack, state, served_mm)
        )
        if served_mm is None:
            served_mm = said["food"] * said["height_mm"]
        height = np.where(said["food"] >= threshold, said["height_mm"], np.float32(0.0))
        empty = np.asarray(pack.surface_from(state), np.float32)
        for states, number in zip(soups, wells, strict=True):
            well = pack.wells == number
            truth = float(pack.height_mm[state][well].astype(np.float32).sum()) * _ML_PER_MM
            states.append(Seen(height, empty, well, truth))
    return soups


def _show(share: float | None, soups: list[list[Seen]]) -> None:
    ratios, volumes = [], []
    for served, *eaten in soups:
        full = max(served.volume_ml(share), 1e-3)
        for seen in eaten:
            said = min(seen.volume_ml(share) / full, 1.0)
            ratios.append(said - min(seen.true_ml / served.true_ml, 1.0))
        volumes += [
            abs(seen.volume_ml(share) / seen.true_ml - 1.0)
            for seen in (served, *eaten)
            if seen.true_ml >= _LEAST_ML
        ]
    name = "heights as they are" if share is None else f"waterline {share:.2f}"
    off, bias = 100 * float(np.abs(ratios).mean()), 100 * float(np.mean(ratios))
    relative = 100 * float(np.mean(volumes))
    print(
        f"  {name:22s} ratio {off:5.2f} points (bias {bias:+5.2f})"
        f"  volume {relative:4.1f} %  {len(ratios)} wells",
        flush=True,
    )


if __name__ == "__main__":
    main()
