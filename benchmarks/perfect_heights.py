"""What is left of the leftover ratio's error when every height is right: the bound of a network.

    python benchmarks/perfect_heights.py FOLDER [FOLDER …]

FOLDER is one that ``foodwaste render`` wrote. The rendered heights themselves go through what the
product makes of heights: levels of liquids, volumes by frustum, owners of what stands above the
rim. Once with all food, once with food that something lies on left out, as a network that takes a
spoon for no food would see it.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from foodwaste.depth.from_heights import evidence_from_heights
from foodwaste.depth.liquid_level import level_liquid
from foodwaste.pipeline.served import as_rectified
from foodwaste.profile import Profile, load_profile
from foodwaste.train.rendered import Meal, State, find_meals, read_picture, read_truth

#: Wells that were served less have no ratio to speak of, ml.
_LEAST_ML = 20.0
#: Name, and whether covered food counts.
WAYS = (("all food", True), ("food that is seen", False))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", nargs="+", type=Path)
    for folder in parser.parse_args().folders:
        meals = find_meals([folder])
        print(f"\n{folder.name}: {len(meals)} meals")
        for name, covered in WAYS:
            off = np.array([each for meal in meals for each in _errors(meal, covered)])
            print(
                f"{name:18s} {100 * np.abs(off).mean():5.2f} points, bias {100 * off.mean():+5.2f}"
            )


def _errors(meal: Meal, covered: bool) -> list[float]:
    """Errors of the leftover ratios of every eaten state's wells."""
    profile = load_profile(meal.profile).profile
    said = [_volumes(profile, state, covered) for state in meal.states]
    served = meal.states[0].volume_ml
    return [
        min(after[name] / max(said[0][name], 1e-6), 1.0) - state.volume_ml[name] / served[name]
        for state, after in zip(meal.states[1:], said[1:], strict=True)
        for name in meal.dishes
        if served[name] >= _LEAST_ML
    ]


def _volumes(profile: Profile, state: State, covered: bool) -> dict[str, float]:
    truth, rgb = read_truth(state), read_picture(state.picture)
    tray = as_rectified(rgb, profile)
    height: NDArray[np.float32] = truth.height_mm.astype(np.float32)
    if not covered:
        height[~truth.food] = 0.0
    for name, rim in tray.frame.rim_masks.items():
        if profile.is_liquid(name):
            height = level_liquid(height, tray.empty_surface().height_mm, rim)
    found = evidence_from_heights(tray, height, np.ones_like(height)).evidence
    return {name: each.amount for name, each in found.items()}


if __name__ == "__main__":
    main()
