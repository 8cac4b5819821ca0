"""One box in each well, rim or floor: from every box on a coarse grid to a few that fit."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from foodwaste.tray.edges import DIRECTION_BINS
from foodwaste.tray.well_search_boxes import (
    Boxes,
    Values,
    areas,
    as_floor,
    distinct,
    fitted,
    gaps,
    rounded,
    shared,
    support,
)
from foodwaste.tray.well_search_choice import best_apart
from foodwaste.tray.well_search_edges import PX_PER_MM, Strengths, spread

#: The coarse grid: 5 mm.
_CELL_PX = 8
#: A well's shorter side at least, mm (the smallest of the trays at hand is 93 mm, its floor 49).
LEAST_WELL_MM = 45.0
#: No well comes nearer to the tray's outline, mm: there the bead runs.
BORDER_MM = 8.0
#: This much of each end of a side is left out on the grid: corners are round.
_END = 0.3
#: Boxes of the grid looked at closely, of these fitted, and of these chosen from.
_MOST_COARSE, _MOST_FITTED, _MOST_CHOSEN = 20000, 250, 70
_RADII = np.array([0.1, 0.3, 0.5, 0.75, 1.0])
#: Support below which a box counts nothing, coarse and fitted (right rims have 0.25-0.8).
_LEAST_COARSE, _LEAST_FITTED = 0.2, 0.3
#: A box's value grows as its area to this power.
_AREA_POWER = 0.6
#: Two boxes side by side worth this share of the box around them make it a group of wells.
_GROUP_WORTH = 1.0
#: Ridges between wells are at least this wide, mm (6 on the steel tray, its rims 1 mm round).
_RIDGE_MM = 2.5


def find_seeds(edges: Strengths, near: Strengths) -> Boxes:
    """``(N, 5)``: one box in each well, its rim or its floor, more or less exactly.

    Args:
        edges: one-pixel-wide edges.
        near: the same, spread by 3 px.
    """
    wide, middle = spread(edges, 6), spread(edges, 5)
    sides = _on_grid(wide)
    if len(sides) == 0:
        return np.zeros((0, 5))
    boxes, agreed = rounded(wide, sides, _RADII)
    value = (agreed - _LEAST_COARSE) * areas(boxes) ** _AREA_POWER
    boxes = boxes[distinct(boxes, value, _MOST_FITTED, 0.7)]
    boxes = fitted(middle, boxes, 9, radius_step=3)
    for picture, reach in ((middle, 6), (near, 5), (near, 3)):
        boxes = fitted(picture, boxes, reach)
    agreed = support(near, boxes)
    value = (agreed - _LEAST_FITTED) * areas(boxes) ** _AREA_POWER
    kept = distinct(boxes, value, 150, 0.85)
    boxes, agreed, value = boxes[kept], agreed[kept], value[kept]
    single = ~_are_groups(boxes, value)
    boxes, value = boxes[single], value[single]
    if len(boxes) == 0:
        return boxes
    value = value + (as_floor(boxes) * value[None]).max(axis=1)
    best = np.argsort(-value, kind="stable")[:_MOST_CHOSEN]
    boxes, value = boxes[best], value[best]
    apart = np.maximum(*gaps(boxes, boxes)) >= _RIDGE_MM * PX_PER_MM
    return boxes[best_apart(value, apart)]


def _on_grid(edges: Strengths) -> NDArray[np.float64]:
    """``(N, 4)``: the rectangles of the coarse grid whose sides edges support best."""
    height, width = edges.shape[1:]
    rows, columns = height // _CELL_PX, width // _CELL_PX
    half, reach = _CELL_PX // 2, np.ones((1, _CELL_PX + 1), np.uint8)
    upright = cv2.dilate(edges[0], reach)[:, half::_CELL_PX][:, :columns]
    level = cv2.dilate(edges[DIRECTION_BINS // 2], reach.T)[half::_CELL_PX][:rows]
    # Running sums along each side's direction, at the borders of the cells.
    down = np.pad(np.cumsum(upright, axis=0), ((1, 0), (0, 0)))[::_CELL_PX] / _CELL_PX
    across = np.pad(np.cumsum(level, axis=1), ((0, 0), (1, 0)))[:, ::_CELL_PX] / _CELL_PX
    least = int(LEAST_WELL_MM * PX_PER_MM / _CELL_PX)
    border = round(BORDER_MM * PX_PER_MM / _CELL_PX)
    left, right = _pairs(columns, least, border)
    ends = np.maximum(1, np.rint((right - left) * _END).astype(int))
    first, last = left + ends, right - ends + 1
    level_sides = (across[:, last] - across[:, first]) / np.maximum(last - first, 1)
    found = []
    for top, bottom in zip(*_pairs(rows, least, border), strict=True):
        end = max(1, round((bottom - top) * _END))
        upright_sides = (down[bottom - end + 1] - down[top + end]) / (bottom - top - 2 * end + 1)
        four = np.stack(
            [level_sides[top], level_sides[bottom], upright_sides[left], upright_sides[right]]
        )
        agreed = 0.6 * four.mean(axis=0) + 0.4 * four.min(axis=0)
        good = np.nonzero(agreed > _LEAST_COARSE)[0]
        same = np.ones(len(good))
        found.append(
            np.column_stack([agreed[good], left[good], top * same, right[good], bottom * same])
        )
    boxes = np.concatenate(found) if found else np.zeros((0, 5))
    boxes = boxes[np.argsort(-boxes[:, 0], kind="stable")[:_MOST_COARSE]]
    return np.asarray(boxes[:, 1:] * _CELL_PX + half, np.float64)


def _pairs(count: int, least: int, border: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """All first and last cells of sides that are long enough and not on the border."""
    first, last = np.meshgrid(np.arange(count), np.arange(count), indexing="ij")
    fits = (last - first >= least) & (first >= border) & (last < count - border)
    return first[fits], last[fits]


def _are_groups(boxes: Boxes, value: Values) -> NDArray[np.bool_]:
    """``(N,)``: whether two boxes lie side by side inside, fill most of it and are worth more.

    Halves of one floor, told apart by a reflection, are worth less than the floor.
    """
    size, both = areas(boxes), shared(boxes, boxes)
    inside = (both > 0.95 * size[None]) & (size[None] < 0.9 * size[:, None])
    beside = both < 0.04 * np.minimum(size[:, None], size[None])
    together, worth = size[:, None] + size[None], value[:, None] + value[None]
    return np.array(
        [
            bool(
                (beside & (together > 0.5 * size[index]) & (worth > _GROUP_WORTH * value[index]))[
                    np.ix_(inner, inner)
                ].any()
            )
            for index, inner in enumerate(inside)
        ]
    )
