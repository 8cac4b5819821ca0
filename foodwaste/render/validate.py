"""Checks a rendered folder against itself: manifest, height maps and mesh volumes."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from foodwaste.profile import load_profile
from foodwaste.render.camera import View
from foodwaste.render.grid import Array
from foodwaste.render.manifest import COLUMNS, MANIFEST_FILE, finished_meals, meal_rows
from foodwaste.render.store import MEAL_FILE
from foodwaste.render.surface import compose
from foodwaste.render.tray import TraySpec
from foodwaste.render.truth import cast, frustum_volume_ml
from foodwaste.tray.frame import frame_of

#: How far the height map's volume may lie from the mesh's, for a whole tray.
TOLERANCE = 0.01
#: Below this a percentage says nothing.
SMALL_ML = 5.0


@dataclass(frozen=True)
class Check:
    """What was found: ``problems`` is empty when all is well."""

    meals: int
    rows: int
    worst_volume_error: float
    problems: tuple[str, ...]


def validate(out: Path) -> Check:
    """Compares every manifest row with its meal, and every height map with its mesh volume."""
    problems: list[str] = []
    expected = {}
    for folder in finished_meals(out):
        for row in meal_rows(folder, out):
            expected[row["after"], row["compartment"]] = row
    rows = _manifest_rows(out, problems)
    for row in rows:
        truth = expected.pop((row["after"], row["compartment"]), None)
        if truth is None:
            problems.append(f"{row['after']} {row['compartment']}: in the manifest, not rendered")
        elif any(row[name] != str(truth[name]) for name in COLUMNS):
            problems.append(f"{row['after']} {row['compartment']}: differs from {MEAL_FILE}")
    problems += [f"{after} {name}: not in the manifest" for after, name in expected]
    worst = 0.0
    meals = finished_meals(out)
    for folder in meals:
        worst = max(worst, _check_meal(folder, problems))
    return Check(len(meals), len(rows), worst, tuple(problems))


def _manifest_rows(out: Path, problems: list[str]) -> list[dict[str, str]]:
    path = out / MANIFEST_FILE
    if not path.is_file():
        problems.append(f"{MANIFEST_FILE}: missing")
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _check_meal(folder: Path, problems: list[str]) -> float:
    meal = json.loads((folder / MEAL_FILE).read_text(encoding="utf-8"))
    layout = load_profile(meal["spec"]["profile"]).profile.layout
    frame = frame_of(layout)
    clean = compose(layout, _plain(meal["spec"]["tray"]), [], None, float(meal["spec"]["step_mm"]))
    worst = 0.0
    for shot in meal["shots"]:
        name = f"{folder.name}/{shot['picture']}"
        if not (folder / shot["picture"]).is_file():
            problems.append(f"{name}: missing")
        if shot["truth"] is None:
            continue
        eye = np.asarray(shot["eye_mm"], np.float64)
        view = View(
            eye, np.array([[1.0, 0, 0], [0, -1.0, 0], [0, 0, -1.0]]), eye[2] / frame.mm_per_px,
            (
                (eye[0] + layout.width_mm / 2) / frame.mm_per_px + frame.offset_px[0],
                (layout.height_mm / 2 - eye[1]) / frame.mm_per_px + frame.offset_px[1],
            ),
            frame.shape[1], frame.shape[0],
        )  # fmt: skip
        with np.load(folder / shot["truth"]) as arrays:
            height: Array = arrays["height_mm"].astype(np.float32)
            if not np.array_equal(arrays["food"], (arrays["kind"] > 0) & (arrays["kind"] < 200)):
                problems.append(f"{name}: food mask and kind map differ")
            if (arrays["residue"] & arrays["food"]).any():
                problems.append(f"{name}: residue where there is food")
        base = cast(clean, layout, view).z_mm
        mapped = frustum_volume_ml(height, base + height, view, height > 0)
        exact = sum(shot["volume_ml"].values())
        if exact < SMALL_ML:
            continue
        error = mapped / exact - 1
        worst = max(worst, abs(error))
        if abs(error) > TOLERANCE:
            problems.append(f"{name}: height map holds {mapped:.1f} ml, mesh {exact:.1f} ml")
    return worst


def _plain(tray: dict[str, object]) -> TraySpec:
    """The tray without its dents (under 0.5 mm): the base on which pyramids stand."""
    values = {**tray, "dent_mm": 0.0}
    return TraySpec(**values)  # type: ignore[arg-type]
