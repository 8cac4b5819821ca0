"""How many free plates are found in real photographs made harder, by themselves and in pairs.

    python benchmarks/plates_found.py [--times N]

Needs FOODWASTE_DATA. Every picture after a meal of ``canteen-tray`` and the one before it, as they
are, and then each turned, tilted, lit, coloured, blurred and made noisy at random: their plates are
counted, found in each picture alone and with the help of the other.
"""

from __future__ import annotations

import argparse
import os
import sys
import zlib
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from foodwaste.imaging import load
from foodwaste.pipeline.sight import FULL_PIXELS
from foodwaste.tray.plate_missing import with_missing
from foodwaste.tray.plates import find_plates

#: Plates on each tray.
PLATES = {"tray1": 2, "tray2": 3, "tray9-no-truth": 2}

Rgb = NDArray[np.uint8]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--times", type=int, default=6, help="looks at each pair, the first as it is"
    )
    options = parser.parse_args()
    root = os.environ.get("FOODWASTE_DATA")
    if not root:
        sys.exit("set FOODWASTE_DATA to the folder that holds the development pictures")
    counts = np.zeros(5, int)
    for name, plates in PLATES.items():
        folder = Path(root) / "canteen-tray" / name
        before, *others = sorted(path for path in folder.iterdir() if path.suffix.lower() == ".jpg")
        first = photograph(before)
        for after in others:
            last = photograph(after)
            for time in range(options.times):
                seed = zlib.crc32(f"{name} {after.stem} {time}".encode())
                rng = np.random.default_rng(seed)
                pair = (varied(first, rng), varied(last, rng)) if time else (first, last)
                alone = (find_plates(pair[0]), find_plates(pair[1]))
                helped = with_missing(pair[0], alone[0], pair[1], alone[1])
                counts += [2 * plates, *differences(alone, plates), *differences(helped, plates)]
    total, missed, extra, still, extra_then = counts
    print(f"{total} plates")
    print(f"each picture alone:  {missed:4d} missed, {extra:3d} too many")
    print(f"helped by the other: {still:4d} missed, {extra_then:3d} too many")


def photograph(path: Path) -> Rgb:
    return load(path, max_mpixels=60.0, target_pixels=FULL_PIXELS).rgb


def differences(found: tuple[tuple[object, ...], ...], plates: int) -> tuple[int, int]:
    """How many plates are missing in both pictures, and how many are too many."""
    missing = sum(max(0, plates - len(each)) for each in found)
    return missing, sum(max(0, len(each) - plates) for each in found)


def varied(rgb: Rgb, rng: np.random.Generator) -> Rgb:
    """The picture turned by up to 15 degrees, tilted, and taken in another light."""
    height, width = rgb.shape[:2]
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    beside = (rng.uniform(-0.06, 0.06, (4, 2)) * [width, height]).astype(np.float32)
    turn = cv2.getRotationMatrix2D(
        (width / 2, height / 2), rng.uniform(-15, 15), rng.uniform(0.8, 0.98)
    )
    tilt = cv2.getPerspectiveTransform(corners, corners + beside)
    matrix = np.vstack([turn, [0, 0, 1]]) @ tilt
    seen = cv2.warpPerspective(rgb, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)
    light = np.exp(rng.normal(0, 0.35)) * np.exp(rng.normal(0, 0.05, 3))
    out = 255 * np.clip(seen * light / 255, 0, 1) ** np.exp(rng.normal(0, 0.2))
    out += rng.normal(0, rng.uniform(0, 6), out.shape)
    picture = np.clip(out, 0, 255).astype(np.uint8)
    if rng.random() < 0.5:
        picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.5, 3.0)), np.uint8)
    return picture


if __name__ == "__main__":
    main()
