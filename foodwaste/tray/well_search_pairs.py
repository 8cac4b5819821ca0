"""What a well could be, given one box in it: pairs of a rim and a floor, best first."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from foodwaste.tray.edges import DIRECTION_BINS
from foodwaste.tray.well_search_boxes import (
    Boxes,
    Values,
    areas,
    as_floor,
    rounded,
    shorter_half,
)
from foodwaste.tray.well_search_edges import PX_PER_MM, Strengths
from foodwaste.tray.well_search_seeds import BORDER_MM, LEAST_WELL_MM

#: Places of a side: at most so many, where a profile of edges has a peak of this mean strength.
_MOST_PLACES, _LEAST_PEAK = 11, 0.08
#: Profiles are taken over this share of the seed's side: corners are round.
_MIDDLE = 0.5
#: A side lies beyond this share of the seed, from its middle, and stops at this share of the
#: next seed.
_INNER, _NEXT = 0.3, 0.4
#: Rectangles by their straight sides that get rounded corners, then pairs, then a choice.
_MOST_ROUNDED, _MOST_PAIRED, _MOST_OPTIONS = 3000, 300, 200
#: One strong straight side does not make up for a missing one.
_STRONG_SIDE = 0.8
_RADII = np.linspace(0.05, 1.0, 8)
#: A floor's shorter side at least, mm.
_LEAST_FLOOR_MM = 24.0
#: Support that counts nothing; value grows as area to this power (a rim is larger than its
#: floor, a bead around the rim no reason).
_LEAST_SUPPORT, _AREA_POWER = 0.2, 0.25


@dataclass(frozen=True)
class WellOptions:
    """What one well could be, best first.

    Attributes:
        rims: ``(N, 5)``.
        floors: ``(N, 5)``, NaN where none is seen.
        values: ``(N,)``.
    """

    rims: Boxes
    floors: Boxes
    values: Values


def well_options(edges: Strengths, near: Strengths, seeds: Boxes) -> list[WellOptions]:
    """For each seed the pairs of a rim and a floor that could be its well.

    Args:
        edges: edges spread by 1 px, chance not taken off: peaks stay sharp.
        near: edges spread by 3 px.
        seeds: ``(N, 5)``, one box in each well.
    """
    found = []
    for index in range(len(seeds)):
        sides = _sides(edges, seeds[index], np.delete(seeds, index, axis=0))
        if len(sides) == 0:
            continue
        options = _paired(*rounded(near, sides, _RADII))
        if len(options.values):
            found.append(options)
    return found


def _paired(boxes: Boxes, agreed: Values) -> WellOptions:
    value = (agreed - _LEAST_SUPPORT) * areas(boxes) ** _AREA_POWER
    best = np.argsort(-value, kind="stable")[:_MOST_PAIRED]
    best = best[value[best] > 0]
    if len(best) == 0:
        return WellOptions(np.zeros((0, 5)), np.zeros((0, 5)), np.zeros(0))
    boxes, value = boxes[best], value[best]
    floor_value = as_floor(boxes) * value[None]
    floor = floor_value.argmax(axis=1)
    added = floor_value.max(axis=1)
    total = np.where(2 * shorter_half(boxes) >= LEAST_WELL_MM * PX_PER_MM, value + added, 0.0)
    rank = np.argsort(-total, kind="stable")[:_MOST_OPTIONS]
    rank = rank[total[rank] > 0]
    floors = np.where((added[rank] > 0)[:, None], boxes[floor[rank]], np.nan)
    return WellOptions(boxes[rank], floors, total[rank])


def _sides(edges: Strengths, seed: Values, others: Boxes) -> NDArray[np.float64]:
    """``(N, 4)``: rectangles around the seed's middle whose straight sides lie on edges."""
    low, high = _room(edges.shape[1:], seed, others)
    middle, half = (seed[:2] + seed[2:4]) / 2, (seed[2:4] - seed[:2]) / 2
    from_px, to_px = np.maximum(middle - _MIDDLE * half, 0), middle + _MIDDLE * half
    across = edges[0][int(from_px[1]) : int(to_px[1]) + 1].mean(axis=0)
    down = edges[DIRECTION_BINS // 2][:, int(from_px[0]) : int(to_px[0]) + 1].mean(axis=1)
    inner_low, inner_high = middle - _INNER * half, middle + _INNER * half
    places = (
        _peaks(across, low[0], inner_low[0]),
        _peaks(down, low[1], inner_low[1]),
        _peaks(across, inner_high[0], high[0]),
        _peaks(down, inner_high[1], high[1]),
    )
    sides = np.stack(np.meshgrid(*places, indexing="ij"), axis=-1).reshape(-1, 4)
    at = sides.astype(np.float64)
    sides = sides[2 * shorter_half(at) > _LEAST_FLOOR_MM * PX_PER_MM]
    profiles = (across, down, across, down)
    straight = np.zeros(len(sides))
    for index, profile in enumerate(profiles):
        straight += np.minimum(profile[sides[:, index]], _STRONG_SIDE)
    best = np.argsort(-straight, kind="stable")[:_MOST_ROUNDED]
    return np.asarray(sides[best], np.float64)


def _room(shape: tuple[int, ...], seed: Values, others: Boxes) -> tuple[Values, Values]:
    """Lowest and highest ``(x, y)`` that the well's sides can have, between its neighbours."""
    border = BORDER_MM * PX_PER_MM
    low = np.array([border, border])
    high = np.array([shape[1] - 1 - border, shape[0] - 1 - border])
    middle = (seed[:2] + seed[2:4]) / 2
    for other in others:
        other_middle, other_half = (other[:2] + other[2:4]) / 2, (other[2:4] - other[:2]) / 2
        both = np.minimum(seed[2:4], other[2:4]) - np.maximum(seed[:2], other[:2])
        facing = both > 0.2 * np.minimum(seed[2:4] - seed[:2], 2 * other_half)
        for axis in (0, 1):
            # Beside each other along this axis when they share a stretch of the other one.
            if not facing[1 - axis]:
                continue
            reach = _NEXT * other_half[axis]
            if other_middle[axis] < middle[axis]:
                low[axis] = max(low[axis], other_middle[axis] + reach)
            else:
                high[axis] = min(high[axis], other_middle[axis] - reach)
    return low, high


def _peaks(profile: NDArray[np.float32], low: float, high: float) -> NDArray[np.intp]:
    """The highest peaks between two positions, in order."""
    first, last = int(np.ceil(max(low, 0))), int(min(high, len(profile) - 1))
    places = np.arange(first, last + 1)
    padded = np.pad(profile, 2)
    beside = np.stack([padded[places + 2 + step] for step in (-2, -1, 1, 2)]).max(axis=0)
    places = places[(profile[places] >= beside) & (profile[places] > _LEAST_PEAK)]
    best = np.argsort(-profile[places], kind="stable")[:_MOST_PLACES]
    return np.sort(places[best])
