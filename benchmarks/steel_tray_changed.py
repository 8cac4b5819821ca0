"""The real steel tray with its dishes pushed about, stirred, cut away, or its soup lowered.

    python benchmarks/steel_tray_changed.py [--times N]

Needs FOODWASTE_DATA. Solid dishes of ``full.png`` are turned and pushed within their wells, whole
or in pieces, or cut along a line or into islands, as in training (``foodwaste/train/push.py`` and
``cut.py``), over ``empty.png``. How high they are is taken from the height network itself, on the
full tray, so what is left is known as far as that is right. The soup is made smaller, edge and all,
over the clean well or over one with a film up to where it stood; its outline was drawn by hand, and
what is left follows from outlines and the profile's walls. Errors of the heights' leftover ratio,
in points.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import cv2
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

#: The full tray's soup as drawn by hand, a rounded rectangle in the frame's pixels, and its radius.
SOUP_PX, SOUP_RADIUS_PX = (201.7, 132.0, 340.3, 254.0), 15.0
#: Sizes that its outline is scaled to, and opacity of the film above it.
SCALES, FILMS = np.arange(1.0, 0.84, -0.03), (0.0, 0.4)


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

    def pushed(rng: np.random.Generator, stirred: float = 0.0) -> Changed:
        done = push(
            full.rgb,
            height,
            height > 0,
            wells,
            surface,
            empty.rgb,
            solid,
            rng,
            stirred=stirred,
        )
        return done.rgb, done.height_mm, [n - 1 for n in solid if done.moved[wells == n].any()]

    def cut_away(rng: np.random.Generator) -> Changed:
        done = cut(full.rgb, height, wells, empty.rgb, solid, rng)
        return done.rgb, done.height_mm, [n - 1 for n in solid]

    soup = next(n for n in range(1, len(names) + 1) if n not in solid)

    def lowered(rng: np.random.Generator) -> Changed:
        scale = float(rng.choice(SCALES))
        rgb, share = lower(full.rgb, empty.rgb, wells == soup, surface, scale, rng.choice(FILMS))
        return rgb, np.where(wells == soup, share * height, height), [soup - 1]

    def off(change: Callable[[np.random.Generator], Changed]) -> dict[str, list[float]]:
        found: dict[str, list[float]] = {name: [] for name in names}
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

    changes: dict[str, Callable[[np.random.Generator], Changed]] = {
        "pushed about": pushed,
        "stirred": partial(pushed, stirred=1.0),
        "cut": cut_away,
        "lowered": lowered,
    }
    for title, change in changes.items():
        errors = off(change)
        every = np.concatenate([np.array(each) for each in errors.values()])
        dishes = ", ".join(f"{name} {np.mean(each):+.0f}" for name, each in errors.items() if each)
        print(f"{title:14s} {np.abs(every).mean():5.1f}  bias {every.mean():+5.1f} ({dishes})")


def lower(
    full: Rgb, empty: Rgb, well: NDArray[np.bool_], surface_mm: Map, scale: float, film: float
) -> tuple[Rgb, float]:
    """The soup scaled about its middle in the clean well, and the share of it that is then left."""
    x0, y0, x1, y1 = SOUP_PX
    served = _rounded(SOUP_PX, SOUP_RADIUS_PX, well.shape)
    middle = np.array([x0 + x1, y0 + y1]) / 2
    smaller = np.column_stack([scale * np.eye(2), (1 - scale) * middle])
    size = well.shape[::-1]
    now = cv2.warpAffine(served, smaller, size)
    soup = cv2.warpAffine(full, smaller, size, flags=cv2.INTER_LINEAR)
    clean = cv2.GaussianBlur(well.astype(np.float32), (0, 0), 1.0)[..., None]
    out = full + clean * (empty.astype(np.float32) - full)
    out += film * served[..., None] * (np.median(full[served > 0.9], axis=0) - out)
    out += now[..., None] * (soup - out)
    walls = np.sort(surface_mm[well])
    volumes = [np.maximum(walls[int(each.sum())] - walls, 0).sum() for each in (served, now)]
    return np.rint(out).astype(np.uint8), float(volumes[1] / volumes[0])


def _rounded(box: tuple[float, ...], radius: float, shape: tuple[int, ...]) -> Map:
    """``(H, W)`` cover of a rounded rectangle, 0..1."""
    x0, y0, x1, y1 = box
    rows, columns = np.indices(shape, np.float32)
    across = np.maximum(np.maximum(x0 + radius - columns, columns - x1 + radius), 0)
    down = np.maximum(np.maximum(y0 + radius - rows, rows - y1 + radius), 0)
    return np.asarray(np.clip(radius + 0.5 - np.hypot(across, down), 0, 1), np.float32)


if __name__ == "__main__":
    main()
