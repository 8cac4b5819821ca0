"""How often and how exactly trays are found in rendered photographs, whose corners are exact.

Renders the photographs first (about 200: two profiles, 34 meals of three pictures each) unless
the folder holds them already.

python benchmarks/locate_rendered.py --folder FOLDER [--meals 34] [--failures FOLDER]
"""

from __future__ import annotations

import argparse
import json
import shutil
import time
from pathlib import Path

import cv2
import numpy as np
from marked_photographs import corner_error

from foodwaste.errors import TrayNotFound
from foodwaste.imaging import load
from foodwaste.profile import load_profile
from foodwaste.render.job import RenderJob, run_job
from foodwaste.render.manifest import finished_meals
from foodwaste.tray import locate

PROFILES = ("steel-5", "white-5")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--meals", type=int, default=34)
    parser.add_argument("--seed", type=int, default=77)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--failures", type=Path, help="copy photographs that go wrong here")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    every = []
    for profile in PROFILES:
        job = RenderJob(
            options.folder / profile, options.meals, 1, profile, 6, options.seed, True, (800, 600)
        )
        run_job(job, options.workers, lambda *_: None)
        rows = _measure(job.out, profile, options.failures)
        every += rows
        _report(profile, rows)
    _report("all", every)


def _measure(
    out: Path, profile: str, failures: Path | None
) -> list[tuple[float, float, float, bool]]:
    """By photograph: corner error (1 when not found), milliseconds, tilt, whether it is empty."""
    layout = load_profile(profile).profile.layout
    rows = []
    for folder in finished_meals(out):
        meal = json.loads((folder / "meal.json").read_text(encoding="utf-8"))
        for shot, spec in zip(meal["shots"], meal["spec"]["shots"], strict=True):
            rgb = load(folder / shot["picture"]).rgb
            true = np.array(shot["corners_px"])
            start = time.process_time()
            try:
                error = corner_error(locate(rgb, layout).corners_px, true)
            except TrayNotFound:
                error = 1.0
            spent = 1000 * (time.process_time() - start)
            tilt = spec["camera"]["tilt_deg"]
            rows.append((error, spent, tilt, shot["state"] is None))
            if error > 0.01:
                name = f"{profile}-{folder.name}-{shot['picture']}"
                print(f"  {name}: error {error:.4f}, tilt {tilt:.0f}, true {true.round().tolist()}")
                if failures is not None:
                    failures.mkdir(parents=True, exist_ok=True)
                    shutil.copy(folder / shot["picture"], failures / name)
    return rows


def _report(name: str, rows: list[tuple[float, float, float, bool]]) -> None:
    table = np.array(rows, np.float64)
    error, spent = table[:, 0], table[:, 1]
    filled = error[table[:, 3] == 0]
    print(
        f"{name:8s} {len(table)} photographs: {np.mean(error <= 0.01):.1%} within 1 % of the "
        f"diagonal (with food {np.mean(filled <= 0.01):.1%}), {np.mean(error <= 0.02):.1%} within "
        f"2 %, not found {np.mean(error >= 1):.1%}; median error {np.median(error):.2%}, "
        f"{np.median(spent):.0f} ms"
    )


if __name__ == "__main__":
    main()
