"""Which plate before the meal is which after it: by what lies on it, its size and its place."""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from foodwaste.tray.plates import Plate

#: The part of a plate that is compared: its outermost tenth is rim, never food for long.
_INNER = 0.9

Rgb = NDArray[np.uint8]


def match_plates(
    before_rgb: Rgb, before: Sequence[Plate], after_rgb: Rgb, after: Sequence[Plate]
) -> tuple[Plate | None, ...]:
    """For each plate before the meal the same plate after it; ``None`` where there is none.

    Likeness is by the colours of what lies on it (70 %) and by size and place (30 %): people
    move plates, and a licked plate has no colours left.
    """
    looks_before = [look_of(before_rgb, plate) for plate in before]
    looks_after = [look_of(after_rgb, plate) for plate in after]
    cost = np.ones((len(before), len(after)))
    for i, plate in enumerate(before):
        for j, other in enumerate(after):
            shared = float(np.minimum(looks_before[i], looks_after[j]).sum())
            apart = math.dist(_place(before_rgb, plate), _place(after_rgb, other))
            likeness = _relative_size(before, plate) / _relative_size(after, other)
            size = min(likeness, 1 / likeness)
            cost[i, j] = 0.7 * (1 - shared) + 0.15 * min(1.0, apart) + 0.15 * (1 - size)
    return tuple(None if j is None else after[j] for j in _cheapest(cost))


def look_of(rgb: Rgb, plate: Plate) -> NDArray[np.float64]:
    """Hue and saturation histogram of what is coloured on a plate; sums to 1 or to 0."""
    pixels = rgb[plate.scaled(_INNER).mask((rgb.shape[0], rgb.shape[1]))]
    hsv = cv2.cvtColor(np.ascontiguousarray(pixels[None]), cv2.COLOR_RGB2HSV)[0]
    coloured = hsv[hsv[:, 1] > 60]
    table, _, _ = np.histogram2d(
        coloured[:, 0], coloured[:, 1], bins=(18, 4), range=((0, 180), (0, 256))
    )
    return np.asarray(table / max(1.0, table.sum()), np.float64)


def _place(rgb: Rgb, plate: Plate) -> tuple[float, float]:
    """Its centre, as shares of the picture's longer side."""
    side = max(rgb.shape[:2])
    return plate.centre_px[0] / side, plate.centre_px[1] / side


def _relative_size(plates: Sequence[Plate], plate: Plate) -> float:
    return plate.area_px / max(other.area_px for other in plates)


def _cheapest(cost: NDArray[np.float64]) -> list[int | None]:
    """The cheapest one-to-one assignment of rows to columns, by trying all (six at most)."""
    best: tuple[float, list[int | None]] = (math.inf, [])

    def assign(row: int, used: frozenset[int], total: float, chosen: list[int | None]) -> None:
        nonlocal best
        if total >= best[0]:
            return
        if row == cost.shape[0]:
            best = (total, chosen)
            return
        for column in range(cost.shape[1]):
            if column not in used:
                assign(row + 1, used | {column}, total + cost[row, column], [*chosen, column])
        if cost.shape[1] < cost.shape[0]:
            # Fewer plates after than before: a plate may be gone, at the price of a bad match.
            assign(row + 1, used, total + 1.0, [*chosen, None])

    assign(0, frozenset(), 0.0, [])
    return best[1]
