"""How much of a half-eaten heap of grains the shipped height network sees, and on how much floor.

    python benchmarks/half_eaten_rice.py FOLDER [FOLDER …] [--cache DIR]

FOLDER is one that ``foodwaste render`` wrote. States are taken in which a fifth to seven tenths of
the rice well's food is left and floor is bare that was covered: volume and area left, true and as
read against the served picture, in the tray's frame.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np

from foodwaste import models
from foodwaste.depth.tray_inputs import known_planes
from foodwaste.depth.two_looks import look_twice
from foodwaste.render.food_table import BY_NAME
from foodwaste.train.pack import FOOD, pack_folder, read_pack
from foodwaste.train.rendered import find_meals

_LEFT = (0.2, 0.7)
_LEAST_BARED_PX = 1000
_LEAST_HEIGHT_MM = 0.5


def shares(session: models.Session, folder: Path, cache: Path) -> np.ndarray:
    """``(states, 4)``: volume left, true and read, and area left, true and read."""
    threshold = float(session.card.figures["food_threshold"])
    found = []
    for meal in find_meals([folder]):
        dish = meal.dishes.get("rice")
        if dish is None or BY_NAME[dish].form != "grains":
            continue
        pack = read_pack(pack_folder(meal, cache))
        rice = pack.wells == 1
        true = [np.asarray(each, np.float32)[rice] for each in pack.height_mm]
        foods = [(each[rice] & FOOD) > 0 for each in pack.classes]
        served = None
        for state, (height, food) in enumerate(zip(true, foods, strict=True)):
            left = float(height.sum()) / max(float(true[0].sum()), 1.0)
            bared = int((foods[0] & ~food).sum())
            if state and not (_LEFT[0] < left < _LEFT[1] and bared >= _LEAST_BARED_PX):
                continue
            rgb = np.asarray(pack.rgb[state + 1])
            planes = known_planes(
                rgb,
                pack.surface_from(state),
                food=pack.colour[0, state + 1].astype(np.float32) / 255.0,
                served_rgb=None if served is None else np.asarray(pack.rgb[1]),
                served_height_mm=None if served is None else served[1],
                places=None if served is None else pack.places(state, served[1]),
            )
            said = look_twice(session, rgb, planes)
            likely, high = said["food"], said["height_mm"]
            seen = np.where(likely >= threshold, high, 0.0)[rice]
            if served is None:
                served = (seen, likely * high)
                continue
            areas = [(each > _LEAST_HEIGHT_MM).sum() for each in (height, true[0], seen, served[0])]
            read = min(1.0, float(seen.sum()) / max(float(served[0].sum()), 1.0))
            found.append((left, read, areas[0] / max(areas[1], 1), areas[2] / max(areas[3], 1)))
    return np.array(found).reshape(-1, 4)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--cache", type=Path)
    chosen = parser.parse_args()
    session = models.open("tray-embedded")
    print(f"{session.card.name} {session.card.version}")
    with tempfile.TemporaryDirectory() as temporary:
        for folder in chosen.folders:
            rows = shares(session, folder, chosen.cache or Path(temporary))
            left, read, area, area_read = rows.mean(axis=0)
            miss = np.abs(rows[:, 1] - rows[:, 0]).mean()
            print(
                f"{folder.name}: {len(rows)} states; volume {read:.2f} for {left:.2f}, "
                f"off by {miss:.2f}; area {area_read:.2f} for {area:.2f}"
            )


if __name__ == "__main__":
    main()
