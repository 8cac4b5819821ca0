"""How often the wells of an unknown tray are measured right, on rendered photographs of it empty.

Takes the folder that benchmarks/locate_rendered.py made, whose corners and layouts are exact.

python benchmarks/auto_layout.py --folder FOLDER [--first 14] [--most 20]
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import cv2
import numpy as np

from foodwaste.errors import FoodwasteError
from foodwaste.imaging import load
from foodwaste.profile import Layout, load_profile
from foodwaste.render.manifest import finished_meals
from foodwaste.tray.auto_layout import measure_layout

PROFILES = ("steel-5", "white-5")
GOOD_MM = 4.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--first", type=int, default=14, help="the first were developed on")
    parser.add_argument("--most", type=int, default=20)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    for profile in PROFILES:
        true = load_profile(profile).profile.layout
        meals = finished_meals(options.folder / profile)[options.first :][: options.most]
        for name, given in (("corners found", False), ("corners given", True)):
            _report(f"{profile}, {name}", [_measured(meal, true, given=given) for meal in meals])


def _measured(meal: Path, true: Layout, *, given: bool) -> tuple[float | None, float]:
    """Worst side of all rims, mm (``None``: refused), and seconds."""
    shot = json.loads((meal / "meal.json").read_text(encoding="utf-8"))["shots"][0]
    rgb = load(meal / "empty.jpg").rgb
    start = time.process_time()
    try:
        found = measure_layout(
            rgb,
            size_mm=(true.width_mm, true.height_mm),
            rim_height_mm=true.rim_height_mm,
            material=true.material,
            corners_px=shot["corners_px"] if given else None,
        )
    except FoodwasteError:
        return None, time.process_time() - start
    seconds = time.process_time() - start
    return min(_worst(found.layout, true, turned=turned) for turned in (False, True)), seconds


def _worst(found: Layout, true: Layout, *, turned: bool) -> float:
    if len(found.compartments) != len(true.compartments):
        return float("inf")
    rims = np.array([_sides(well.rim_polygon_mm) for well in found.compartments.values()])
    if turned:
        size = np.array([true.width_mm, true.height_mm])
        rims = np.concatenate([size - rims[:, 2:], size - rims[:, :2]], axis=1)
    wanted = np.array([_sides(well.rim_polygon_mm) for well in true.compartments.values()])
    return float(np.abs(wanted[:, None] - rims[None]).max(axis=2).min(axis=1).max())


def _sides(polygon: object) -> np.ndarray:
    points = np.asarray(polygon, float)
    return np.concatenate([points.min(axis=0), points.max(axis=0)])


def _report(name: str, rows: list[tuple[float | None, float]]) -> None:
    errors = [error for error, _ in rows if error is not None]
    good = sum(error <= GOOD_MM for error in errors)
    print(
        f"{name}: {good} of {len(rows)} with every rim within {GOOD_MM:g} mm, "
        f"{len(rows) - len(errors)} refused, {np.median([s for _, s in rows]):.2f} s"
    )


if __name__ == "__main__":
    main()
