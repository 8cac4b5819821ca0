"""The real steel tray with its dishes pushed about, or cut away over the real clean tray.

    python benchmarks/steel_tray_changed.py [--times N]

Needs FOODWASTE_DATA. Solid dishes of ``full.png`` are turned and pushed within their wells, or cut
along a line or into islands, as in training (``foodwaste/train/push.py`` and ``cut.py``), over
``empty.png``. How high they are is taken from the height network itself, on the full tray, so what
is left is known as far as that is right. Errors of the heights' leftover ratio, in points.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from prediction_pictures import Predictor, located

from foodwaste.depth.volume import wells_of
from foodwaste.profile import load_profile
from foodwaste.train.cut import cut
from foodwaste.train.push import push
from foodwaste.train.tray_scores import well_sums

Rgb = NDArray[np.uint8]
Map = NDArray[np.float32]
#: A picture, its truth, and the indices of wells that are judged.
Changed = tuple[Rgb, Map, list[int]]


def main() -> None:
    root = os.environ.get("FOODWASTE_DATA")
    if not root:
        sys.exit("set FOODWASTE_DATA to the folder that holds the development pictures")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=24, help="pictures of each kind")
    times = parser.parse_args().times
    profile = load_profile("steel-5").profile
    full, empty = (
        located(Path(root) / "steel-tray" / f"{n}.png", profile) for n in ("full", "empty")
    )
    predictor = Predictor()
    print(f"{predictor.memory.card.name} {predictor.memory.card.version}")
    served = predictor.predict("full", full, profile)
    height = np.asarray(served.finding.maps["height_mm"], np.float32)
    wells, names = wells_of(full.frame), list(full.frame.rim_masks)
    solid = [number for number, name in enumerate(names, start=1) if not profile.is_liquid(name)]
    surface = full.empty_surface().height_mm

    def pushed(rng: np.random.Generator) -> Changed:
        done = push(full.rgb, height, height > 0, wells, surface, empty.rgb, solid, rng)
        return done.rgb, done.height_mm, [n - 1 for n in solid if done.moved[wells == n].any()]

    def cut_away(rng: np.random.Generator) -> Changed:
        done = cut(full.rgb, height, wells, empty.rgb, solid, rng)
        return done.rgb, done.height_mm, [n - 1 for n in solid]

    def off(change: Callable[[np.random.Generator], Changed]) -> dict[str, list[float]]:
        found: dict[str, list[float]] = {names[number - 1]: [] for number in solid}
        whole = well_sums(height, wells)
        for seed in range(times):
            rgb, truth, judged = change(np.random.default_rng(seed))
            seen = predictor.predict("changed", full.recoloured(rgb), profile, served=served)
            read = well_sums(np.asarray(seen.finding.maps["height_mm"], np.float32), wells)
            left = well_sums(truth, wells)
            for well in judged:
                said, right = (min(float(each[well] / whole[well]), 1.0) for each in (read, left))
                found[names[well]].append(100 * (said - right))
        return found

    for title, change in (("pushed about", pushed), ("cut", cut_away)):
        errors = off(change)
        every = np.concatenate([np.array(each) for each in errors.values()])
        dishes = ", ".join(f"{name} {np.mean(each):+.0f}" for name, each in errors.items() if each)
        print(f"{title:14s} {np.abs(every).mean():5.1f}  bias {every.mean():+5.1f} ({dishes})")


if __name__ == "__main__":
    main()
