"""Food found on the development pictures of white trays, against outlines drawn by hand.

    python benchmarks/tray_look.py

Needs FOODWASTE_DATA. ``tray_look_outlines.json`` holds the outlines, pixels of the photographs,
by well; they were drawn on the rectified tray at four times its size and are good to about a
millimetre. Only pixels inside wells count. In one picture a bowl stands in the soup's well: left
out. Nothing is known of these trays but their layout, and nothing was served before.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from prediction_pictures import Predictor, located

from foodwaste.backprojection import estimate, learn_references
from foodwaste.profile import load_profile
from foodwaste.tray import RectifiedTray
from foodwaste.tray.geometry import project

OUTLINES = Path(__file__).with_name("tray_look_outlines.json")
PROFILE, RICE = "white-5", "rice"
#: A bowl stands in this well.
LEFT_OUT = {"white-tray-2.jpg": "soup"}

#: All of these photographs are so wide.
PHOTO_WIDTH_PX = 1600

Mask = NDArray[np.bool_]


def main() -> None:
    root = os.environ.get("FOODWASTE_DATA")
    if not root:
        sys.exit("set FOODWASTE_DATA to the folder that holds the development pictures")
    folder = Path(root) / "tray-look"
    profile = load_profile(PROFILE).profile
    predictor = Predictor()
    totals = {way: np.zeros(2) for way in ("network", "colour", "everything")}
    rice = []
    print(f"{predictor.memory.card.name} {predictor.memory.card.version}")
    print(f"{'':18s}{'food, IoU':>12s}{'by colour':>12s}{'of the rice':>14s}")
    for name, outlines in json.loads(OUTLINES.read_text()).items():
        tray = located(folder / name, profile)
        food, heap = drawn(outlines, tray)
        seen = predictor.predict(name, tray, profile)
        found = np.asarray(seen.finding.maps["food_mask"], np.bool_)
        colour = estimate(tray, profile, learn_references(profile, None, None))
        wells = inside(tray, LEFT_OUT.get(name))
        overlaps = {
            "network": overlap(found, food, wells),
            "colour": overlap(np.asarray(colour.maps["food_mask"], np.bool_), food, wells),
            "everything": overlap(wells, food, wells),
        }
        for way, (both, either) in overlaps.items():
            totals[way] += (both, either)
        rice.append(float(found[heap & wells].mean()))
        shares = [both / either for both, either in overlaps.values()]
        print(f"{name:18s}{shares[0]:12.2f}{shares[1]:12.2f}{rice[-1]:14.2f}")
    shares = {way: both / either for way, (both, either) in totals.items()}
    print(f"{'all':18s}{shares['network']:12.3f}{shares['colour']:12.3f}{np.mean(rice):14.3f}")
    print(f"everything inside the wells: {shares['everything']:.3f}; least rice: {min(rice):.2f}")


def drawn(outlines: dict[str, list[list[int]]], tray: RectifiedTray) -> tuple[Mask, Mask]:
    """The outlined food and the rice among it, ``(H, W)`` in the tray's frame."""
    food, heap = (np.zeros(tray.frame.shape, np.uint8) for _ in range(2))
    # ``homography`` takes millimetres of the tray to pixels of the picture it was found in.
    reduced = tray.location.image_size_px[0] / PHOTO_WIDTH_PX
    to_frame = tray.frame.mm_to_px @ np.linalg.inv(tray.homography)
    for well, outline in outlines.items():
        points = (np.asarray(outline, np.float64) + 0.5) * reduced - 0.5
        corners = np.rint(project(to_frame[None], points)[0]).astype(np.int32)
        cv2.fillPoly(food, [corners], 1)
        if well == RICE:
            cv2.fillPoly(heap, [corners], 1)
    return food > 0, heap > 0


def inside(tray: RectifiedTray, left_out: str | None) -> Mask:
    """Pixels within wells."""
    wells = [rim for name, rim in tray.frame.rim_masks.items() if name != left_out]
    return np.asarray(np.any(wells, axis=0), np.bool_)


def overlap(found: Mask, truth: Mask, wells: Mask) -> tuple[int, int]:
    """Pixels in both and in either."""
    found, truth = found & wells, truth & wells
    return int((found & truth).sum()), int((found | truth).sum())


if __name__ == "__main__":
    main()
