"""Finds the wells of an unknown empty tray, seen from straight above, as rounded rectangles.

Three steps: one box in each well, rim or floor, chosen from all boxes on a coarse grid so that
none touches another; around each, pairs of a rim and the floor inside it; of these the choice
that agrees best with the edges while ridges stay between all rims.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from foodwaste.tray.well_search_boxes import Boxes, Values, fitted, shorter_half, support
from foodwaste.tray.well_search_choice import best_together
from foodwaste.tray.well_search_edges import spread, wall_edges
from foodwaste.tray.well_search_pairs import well_options
from foodwaste.tray.well_search_seeds import find_seeds

#: A box whose radius is over this share of the largest is round: its sides were placed by
#: profiles that its bend smears, and are placed again.
_ROUND = 0.6


@dataclass(frozen=True)
class RoundedBox:
    """A rounded rectangle in pixels of the search picture, and how well edges support it."""

    left: float
    top: float
    right: float
    bottom: float
    radius: float
    support: float

    @property
    def area(self) -> float:
        """Area of the rectangle, corners not rounded."""
        return (self.right - self.left) * (self.bottom - self.top)


def find_wells(rgb: NDArray[np.uint8]) -> list[tuple[RoundedBox, RoundedBox | None]]:
    """The wells in reading order, each with its floor where one is seen.

    Args:
        rgb: ``(H, W, 3) uint8``, the tray alone from above, its sides along the picture's, at
            ``PX_PER_MM`` (well_search_edges.py).
    """
    edges = wall_edges(rgb)
    near = spread(edges, 3)
    options = well_options(spread(edges, 1, less_chance=False), near, find_seeds(edges, near))
    chosen = best_together([(one.rims, one.values) for one in options])
    pairs = [
        (one.rims[index], one.floors[index])
        for one, index in zip(options, chosen, strict=True)
        if index is not None
    ]
    if not pairs:
        return []
    rims = _settled(near, np.stack([rim for rim, _ in pairs]))
    floors = np.stack([floor for _, floor in pairs])
    seen = np.isfinite(floors[:, 0])
    floors[seen] = _settled(near, floors[seen])
    wells = [
        (rim, floor if there else None)
        for rim, floor, there in zip(
            _as_boxes(rims, support(near, rims)),
            _as_boxes(floors, support(near, np.nan_to_num(floors))),
            seen,
            strict=True,
        )
    ]
    return _in_reading_order(wells)


def _settled(near: NDArray[np.float32], boxes: Boxes) -> Boxes:
    """Round boxes moved to where edges support them best; the others as they are."""
    boxes = boxes.copy()
    bent = boxes[:, 4] > _ROUND * shorter_half(boxes)
    for reach in (6, 4, 2):
        boxes[bent] = fitted(near, boxes[bent], reach)
    return boxes


def _as_boxes(boxes: Boxes, agreed: Values) -> list[RoundedBox]:
    return [
        RoundedBox(*map(float, (*box, value))) for box, value in zip(boxes, agreed, strict=True)
    ]


def _in_reading_order(
    wells: list[tuple[RoundedBox, RoundedBox | None]],
) -> list[tuple[RoundedBox, RoundedBox | None]]:
    rows: list[list[tuple[RoundedBox, RoundedBox | None]]] = []
    for well in sorted(wells, key=lambda one: one[0].top + one[0].bottom):
        middle = (well[0].top + well[0].bottom) / 2
        if rows and middle < min(rim.bottom for rim, _ in rows[-1]):
            rows[-1].append(well)
        else:
            rows.append([well])
    return [well for row in rows for well in sorted(row, key=lambda one: one[0].left)]
