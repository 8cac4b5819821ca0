"""The manifest of a rendered folder: one row per compartment of every after-state."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from foodwaste.render.store import MEAL_FILE

COLUMNS = ("after", "before", "compartment", "dish", "leftover_ratio", "volume_ml", "mass_g")
MANIFEST_FILE = "manifest.csv"


def finished_meals(out: Path) -> list[Path]:
    """Folders of all complete meals, in order."""
    return [path.parent for path in sorted((out / "meals").glob(f"[0-9]*/{MEAL_FILE}"))]


def meal_rows(folder: Path, out: Path) -> Iterator[dict[str, Any]]:
    """Manifest rows of one meal. A compartment that was never served has no ratio."""
    meal = json.loads((folder / MEAL_FILE).read_text(encoding="utf-8"))
    dishes = {dish["compartment"]: dish["kind"] for dish in meal["spec"]["dishes"]}
    served = next(shot for shot in meal["shots"] if shot["state"] == 0)
    where = folder.relative_to(out)
    for shot in meal["shots"]:
        if not shot["state"]:
            continue
        for name, volume in shot["volume_ml"].items():
            before = served["volume_ml"][name]
            yield {
                "after": (where / shot["picture"]).as_posix(),
                "before": (where / served["picture"]).as_posix(),
                "compartment": name,
                "dish": dishes.get(name, ""),
                "leftover_ratio": f"{volume / before:.5f}" if before > 0 else "",
                "volume_ml": f"{volume:.3f}",
                "mass_g": f"{shot['mass_g'][name]:.3f}",
            }


def write_manifest(out: Path) -> int:
    """Writes the manifest anew from all complete meals; returns the number of rows."""
    partial = out / f"{MANIFEST_FILE}.partial"
    count = 0
    with partial.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        for folder in finished_meals(out):
            for row in meal_rows(folder, out):
                writer.writerow(row)
                count += 1
    partial.replace(out / MANIFEST_FILE)
    return count
