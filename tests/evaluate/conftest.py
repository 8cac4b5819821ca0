"""Drawn meals whose truth is known, on disk as a manifest of rectified pictures."""

from __future__ import annotations

import csv
import shutil

import pytest

from foodwaste.evaluate.manifest import COLUMNS
from foodwaste.imaging import save_png

COLOURS = {"side-1": (190, 70, 40), "side-2": (60, 110, 40), "side-3": (80, 35, 30)}
SHARES = (0.0, 0.25, 0.5, 0.75)


def write_rows(path, rows):
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    return path


def draw_meals(folder, paint, meals, *, states=2, seed=0):
    """``meals`` drawn meals, each served and in ``states`` after-states; returns the manifest."""
    rows = []
    for meal in range(meals):
        served = paint("steel-5", seed + 100 * meal)
        whole = {name: served.food(name, colour) for name, colour in COLOURS.items()}
        save_png(folder / f"m{meal}-before.png", served.tray().rgb)
        for state in range(states):
            after = paint("steel-5", seed + 100 * meal + state + 1)
            for place, (name, colour) in enumerate(COLOURS.items()):
                share = SHARES[(meal + state + place) % len(SHARES)]
                left = after.food(name, colour, share=share)
                rows.append(
                    {
                        "after": f"m{meal}-after{state}.png",
                        "before": f"m{meal}-before.png",
                        "compartment": name,
                        "dish": f"dish {place + 1}",
                        # Eaten from one side: the share of the volume is that of the area.
                        "leftover_ratio": f"{left.sum() / whole[name].sum():.4f}",
                    }
                )
            save_png(folder / f"m{meal}-after{state}.png", after.tray().rgb)
    return write_rows(folder / "manifest.csv", rows)


@pytest.fixture(scope="session")
def meal_store(tmp_path_factory):
    """Meals drawn once for the whole session, by what was asked for."""
    return tmp_path_factory.mktemp("drawn-meals"), {}


@pytest.fixture
def drawn_meals(tmp_path, paint, meal_store):
    """Factory of manifests, each a copy of its own: ``drawn_meals(count, states=2)``."""

    def make(meals, *, states=2):
        root, known = meal_store
        if (meals, states) not in known:
            folder = root / f"{meals}-{states}"
            folder.mkdir()
            known[meals, states] = draw_meals(folder, paint, meals, states=states)
        copy = tmp_path / "meals"
        shutil.copytree(known[meals, states].parent, copy)
        return copy / "manifest.csv"

    return make
