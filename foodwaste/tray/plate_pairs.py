"""The same plates in two photographs: found, looked for again where one shows more, matched."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from foodwaste.tray.plate_matching import match_plates
from foodwaste.tray.plate_missing import with_missing
from foodwaste.tray.plate_sizes import agree_on_sizes
from foodwaste.tray.plates import Plate, find_plates

Rgb = NDArray[np.uint8]


def find_same_plates(
    before_rgb: Rgb, after_rgb: Rgb
) -> tuple[tuple[Plate, ...], tuple[Plate | None, ...]]:
    """The plates of two photographs ``(H, W, 3) uint8``: before the meal, and each one after it.

    Before the meal the largest comes first, what was found by the other photograph last; after it
    ``None`` stands for one that is not found. Both are empty where none is found before.
    """
    before, after = find_plates(before_rgb), find_plates(after_rgb)
    before, after = with_missing(before_rgb, before, after_rgb, after)
    if not before:
        return (), ()
    matched = match_plates(before_rgb, before, after_rgb, after)
    return agree_on_sizes(before_rgb, before, after_rgb, matched)
