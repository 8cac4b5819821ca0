"""Crops of the set ``weighed-food``: real texture and real food classes."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from foodwaste.errors import UsageError
from foodwaste.imaging import load

#: Ground shown around the food's box, as a share of its longer side.
_MARGIN = 0.12


@dataclass(frozen=True)
class WeighedCrop:
    """One food of one photograph.

    ``portion`` names the thing that was weighed: the same apple, in several photographs, alone
    or beside an orange, is one portion.
    """

    rgb: NDArray[np.uint8]
    food: str
    portion: str
    top_view: bool


def read_weighed_crops(folder: Path, side_px: int) -> list[WeighedCrop]:
    """Cuts every marked food out: ``(side_px, side_px, 3) uint8``, RGB.

    Raises:
        UsageError: the folder is not ``weighed-food``.
    """
    table = folder / "measurements.csv"
    try:
        with table.open(encoding="utf-8", newline="") as stream:
            rows = list(csv.DictReader(stream))
    except OSError as error:
        raise UsageError(f"{table}: cannot be read ({error.strerror})") from error
    found = []
    for row in rows:
        rgb = load(folder / "images" / f"{row['image']}.jpg").rgb
        low = np.array([float(row["x0"]), float(row["y0"])])
        high = np.array([float(row["x1"]), float(row["y1"])])
        portion = f"{row['food']} {row['mass_g']} g"
        crop = square_crop(rgb, low, high, side_px)
        found.append(WeighedCrop(crop, row["food"], portion, row["view"] == "T"))
    return found


def square_crop(
    rgb: NDArray[np.uint8], low: NDArray[np.float64], high: NDArray[np.float64], side_px: int
) -> NDArray[np.uint8]:
    """A square around a box (corners ``(2,)``, x then y, in pixels), resized."""
    side = float((high - low).max()) * (1 + 2 * _MARGIN)
    corner = (low + high) / 2 - side / 2
    # Reduced by area first: a cubic kernel over a large step would alias.
    shrink = min(1.0, 2.0 * side_px / side)
    if shrink < 1.0:
        rgb = cv2.resize(rgb, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA).astype(
            np.uint8, copy=False
        )
        side, corner = side * shrink, corner * shrink
    step = side / side_px
    matrix = np.array(
        [[step, 0, corner[0] + step / 2 - 0.5], [0, step, corner[1] + step / 2 - 0.5]]
    )
    crop = cv2.warpAffine(
        rgb,
        matrix,
        (side_px, side_px),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(crop, np.uint8)
