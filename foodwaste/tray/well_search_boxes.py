"""Rounded rectangles in batches: how well edges support them, and how two lie to each other.

``(N, 5) float64``: left, top, right, bottom and corner radius, in pixels of the search picture.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from foodwaste.tray.edges import DIRECTION_BINS
from foodwaste.tray.well_search_edges import PX_PER_MM, Strengths

Boxes = NDArray[np.float64]
Values = NDArray[np.float64]

#: Samples on each straight side and each rounded corner: about one every 8 mm of a large well.
_ON_SIDE, _ON_CORNER = 13, 7
#: Shares of the whole outline's mean, of its worst side's, and of its two worst corners' in the
#: support: a box made of three sides of a well and one of the next is right on average only,
#: and its corners are not round where it is.
_WHOLE, _WORST_SIDE, _WORST_CORNERS = 0.4, 0.3, 0.3
#: A floor lies this far inside its rim on every side, mm, and this share of the rim's shorter
#: side at most.
_LEAST_WALL_MM, _WIDEST_WALL = 4.0, 0.42
_LEAST_FLOOR = 0.08
#: Walls of one well are equally steep: left and right wall together are seen as wide as upper
#: and lower together, wherever the camera stood. One standard deviation of the logarithm.
_DRAFT_SPREAD = 0.35


def areas(boxes: Boxes) -> Values:
    """``(N,)`` areas, corners not rounded, px²."""
    return np.asarray((boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1]), np.float64)


def shorter_half(boxes: Boxes) -> Values:
    """Half the shorter side: the largest radius a box can have."""
    width, height = boxes[..., 2] - boxes[..., 0], boxes[..., 3] - boxes[..., 1]
    return np.asarray(np.minimum(width, height) / 2, np.float64)


def gaps(boxes: Boxes, others: Boxes) -> tuple[Values, Values]:
    """``(N, M)`` gaps across and down between boxes, negative where they overlap in that."""
    one, two = boxes[:, None], others[None]
    across = np.maximum(one[..., 0], two[..., 0]) - np.minimum(one[..., 2], two[..., 2])
    down = np.maximum(one[..., 1], two[..., 1]) - np.minimum(one[..., 3], two[..., 3])
    return np.asarray(across, np.float64), np.asarray(down, np.float64)


def shared(boxes: Boxes, others: Boxes) -> Values:
    """``(N, M)`` areas that both cover, px²."""
    across, down = gaps(boxes, others)
    return np.asarray(np.maximum(-across, 0) * np.maximum(-down, 0), np.float64)


def support(edges: Strengths, boxes: Boxes) -> Values:
    """``(N,)`` support by spread edges, at most 1, about 0 by chance."""
    x, y, layer = _outlines(boxes)
    height, width = edges.shape[1:]
    column = np.clip(np.rint(x), 0, width - 1).astype(np.int32)
    row = np.clip(np.rint(y), 0, height - 1).astype(np.int32)
    seen = edges.reshape(-1)[(layer * (height * width))[None] + row * width + column]
    side = seen[:, : 4 * _ON_SIDE].reshape(-1, 4, _ON_SIDE).mean(axis=2)
    corner = seen[:, 4 * _ON_SIDE :].reshape(-1, 4, _ON_CORNER).mean(axis=2)
    # A side speaks with the corners at its ends: where they are round, little of it is straight.
    ends = (np.roll(corner, 1, axis=1) + corner) / 2
    sides = (side * _ON_SIDE + ends * _ON_CORNER) / (_ON_SIDE + _ON_CORNER)
    worst = np.partition(corner, 1, axis=1)[:, :2].mean(axis=1)
    total = _WHOLE * seen.mean(axis=1) + _WORST_SIDE * sides.min(axis=1) + _WORST_CORNERS * worst
    return np.asarray(total, np.float64)


def rounded(edges: Strengths, sides: Boxes, shares: NDArray[np.float64]) -> tuple[Boxes, Values]:
    """``(N, 4)`` rectangles with the radius, of those shares of the largest, edges support best."""
    half = shorter_half(sides)
    tried = np.stack([support(edges, np.column_stack([sides, share * half])) for share in shares])
    best = tried.argmax(axis=0)
    return np.column_stack([sides, shares[best] * half]), tried.max(axis=0)


def fitted(edges: Strengths, boxes: Boxes, reach_px: int, *, radius_step: int = 1) -> Boxes:
    """Moves each side, then the radius, to where edges support the box best."""
    offsets = np.arange(-reach_px, reach_px + 1)
    for index in range(5):
        moved = np.repeat(boxes[None], len(offsets), axis=0)
        moved[:, :, index] += offsets[:, None] * (radius_step if index == 4 else 1)
        moved[..., 4] = np.clip(moved[..., 4], 2, np.maximum(shorter_half(moved), 2))
        gain = support(edges, moved.reshape(-1, 5)).reshape(len(offsets), -1)
        # Of equally good places the nearest.
        gain -= 1e-3 * np.abs(offsets)[:, None]
        boxes = moved[gain.argmax(axis=0), np.arange(len(boxes))]
    return boxes


def distinct(boxes: Boxes, values: Values, most: int, same: float) -> NDArray[np.intp]:
    """Indices of the best boxes that share less than ``same`` of what both cover, best first."""
    free, size, kept = values > 0, areas(boxes), []
    for index in np.argsort(-values, kind="stable"):
        if not free[index]:
            continue
        kept.append(index)
        if len(kept) == most:
            break
        both = shared(boxes[index : index + 1], boxes)[0]
        free &= both < same * (size + size[index] - both)
    return np.array(kept, np.intp)


def as_floor(boxes: Boxes) -> Values:
    """``(N, N)``: how likely, 0..1, the second could be the floor of the first, by its walls."""
    one, two = boxes[:, None], boxes[None]
    walls = np.concatenate([two[..., :2] - one[..., :2], one[..., 2:4] - two[..., 2:4]], axis=-1)
    size = areas(boxes)
    least = walls.min(axis=-1) > _LEAST_WALL_MM * PX_PER_MM
    widest = walls.max(axis=-1) < _WIDEST_WALL * 2 * shorter_half(boxes)[:, None]
    possible = least & widest & (size[None] > _LEAST_FLOOR * size[:, None])
    across, down = walls[..., 0] + walls[..., 2], walls[..., 1] + walls[..., 3]
    steeper = np.log(np.where(possible, across, 1.0) / np.where(possible, down, 1.0))
    return np.where(possible, np.exp(-0.5 * (steeper / _DRAFT_SPREAD) ** 2), 0.0)


def _outlines(boxes: Boxes) -> tuple[Values, Values, NDArray[np.int32]]:
    """``(N, P)`` x and y of outline points, and ``(P,)`` the layer of their normals."""
    left, top, right, bottom = (boxes[:, index, None] for index in range(4))
    radius = np.clip(boxes[:, 4], 1, np.maximum(shorter_half(boxes), 1))[:, None]
    share = (np.arange(_ON_SIDE) + 0.5) / _ON_SIDE
    across = left + radius + (right - left - 2 * radius) * share
    down = top + radius + (bottom - top - 2 * radius) * share
    still = np.zeros_like(share)
    x, y = [across, right + still, across, left + still], [top + still, down, bottom + still, down]
    # The corner after each side, clockwise: top right, bottom right, bottom left, top left.
    quarter = (np.arange(_ON_CORNER) + 0.5) / _ON_CORNER * np.pi / 2
    corners = (
        (right - radius, top + radius, -np.pi / 2),
        (right - radius, bottom - radius, 0.0),
        (left + radius, bottom - radius, np.pi / 2),
        (left + radius, top + radius, np.pi),
    )
    normals = [np.full(_ON_SIDE, angle) for angle in (np.pi / 2, 0.0, np.pi / 2, 0.0)]
    for centre_x, centre_y, start in corners:
        x.append(centre_x + radius * np.cos(start + quarter))
        y.append(centre_y + radius * np.sin(start + quarter))
        normals.append(start + quarter)
    turns = np.rint(np.concatenate(normals) * DIRECTION_BINS / np.pi).astype(np.int32)
    return np.concatenate(x, axis=1), np.concatenate(y, axis=1), turns % DIRECTION_BINS
