"""Dishes cut in two: part of what lies in a well gives way to a picture of the empty tray.

Rendered leftovers show where they end by how they were rendered, in outlines and shadows, and
half-eaten heaps on a floor as bright as they are few. Cut along any line, over any tray's floor,
there is no end of them, and nothing but how food and floor look tells them apart.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from foodwaste.train.film import noise

Rgb = NDArray[np.uint8]
Map = NDArray[np.float32]
Mask = NDArray[np.bool_]

#: Dishes that cover less are not cut, px.
_LEAST_PX = 400
#: Share of a dish's area that stays.
_KEPT = (0.05, 0.95)
#: Share of cuts that leave islands rather than one side.
_ISLANDS_SHARE = 0.25
#: Share of cuts that leave the residue around the dish as it is.
_UNWIPED_SHARE = 0.5
#: How steeply what is left rises from the cut, mm per mm, and from what height.
_SLOPE, _EDGE_MM = (0.9, 6.0), 2.0
#: Most that the heap's shade and its mirror image make of the floor beside it, and their reach, px.
_SHADE, _MIRRORED, _REACH_PX = 0.4, 0.3, (2.0, 9.0)
#: Share of cuts beside which a steel floor is as rough to see as grains.
ROUGH_SHARE = 0.5
#: Spread of that floor, grey levels, and the size of its folds, px; and share of those cuts in
#: which what is left is smoother than it was.
_ROUGH, _FOLDS_PX, _SMOOTH_SHARE = (4.0, 26.0), (0.8, 2.2), 0.4
#: The empty picture is made so much brighter or darker at most.
_GAIN = (0.6, 1.6)


@dataclass(frozen=True)
class Cut:
    """A picture with cut dishes, its truth, and where the empty tray now shows.

    ``rgb`` ``(H, W, 3)``, ``height_mm`` ``(H, W)``, ``bare`` ``(H, W)``.
    """

    rgb: Rgb
    height_mm: Map
    bare: Mask


def cut(
    rgb: Rgb,
    height_mm: NDArray[np.floating],
    wells: NDArray[np.uint8],
    empty_rgb: Rgb,
    numbers: list[int],
    rng: np.random.Generator,
    *,
    rough_share: float = ROUGH_SHARE,
) -> Cut:
    """Cuts the dishes in some wells.

    Args:
        rgb: ``(H, W, 3)``, a tray with food.
        height_mm: ``(H, W)``, its food's height, 0 where there is none.
        wells: ``(H, W)``, number of the well, 0 beside them.
        empty_rgb: ``(H, W, 3)``, an empty tray of the same layout.
        numbers: the wells.
        rng: decides where and how.
        rough_share: share of cuts beside which the floor is as rough to see as grains.
    """
    out, height = rgb.astype(np.float32), np.asarray(height_mm, np.float32).copy()
    beside = wells == 0
    gain = float(np.median(rgb[beside])) / max(float(np.median(empty_rgb[beside])), 1.0)
    empty = empty_rgb.astype(np.float32) * np.clip(gain * rng.uniform(0.8, 1.25), *_GAIN)
    bare_all = np.zeros(wells.shape, bool)
    for number in numbers:
        food = (wells == number) & (height > 0)
        if food.sum() < _LEAST_PX:
            continue
        field = _field(wells.shape, rng)
        left = food & (field <= np.quantile(field[food], rng.uniform(*_KEPT)))
        bare = (food if rng.random() < _UNWIPED_SHARE else wells == number) & ~left
        floor = beside_the_heap(empty, out, left, rng)
        if rng.random() < rough_share:
            # Starch dries in folds. Roughness must not be what tells rice from its floor.
            folds = noise(wells.shape, rng.uniform(*_FOLDS_PX), rng)
            if rng.random() < 0.5:
                folds = np.float32(0.8) - np.float32(1.6) * np.abs(folds)
            floor += (np.float32(rng.uniform(*_ROUGH)) * folds)[..., None]
            if rng.random() < _SMOOTH_SHARE:
                smooth = cv2.GaussianBlur(out, (0, 0), rng.uniform(0.6, 1.6))
                out[left] = smooth[left]
        cover = cv2.GaussianBlur(bare.astype(np.float32), (0, 0), rng.uniform(0.4, 1.0))
        # What was softened is the edge: food keeps its pixels but for the last one.
        cover *= ~cv2.erode(left.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool)
        out += cover[..., None] * (floor - out)
        inside = cv2.distanceTransform(left.astype(np.uint8), cv2.DIST_L2, 3)
        slope = np.exp(rng.uniform(*np.log(_SLOPE)))
        height = np.where(left, np.minimum(height, _EDGE_MM + slope * inside), height)
        height[bare] = 0.0
        bare_all |= bare
    return Cut(np.clip(out, 0, 255).astype(np.uint8), height.astype(np.float32), bare_all)


def _field(shape: tuple[int, int], rng: np.random.Generator) -> Map:
    """What stays is where this is low, px: a line across, more or less ragged, or islands."""
    if rng.random() < _ISLANDS_SHARE:
        return np.asarray(noise(shape, rng.uniform(15.0, 45.0), rng) * 20.0, np.float32)
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    turn = rng.uniform(0, 2 * np.pi)
    line = np.cos(turn) * columns + np.sin(turn) * rows
    line = line + rng.uniform(0, 8.0) * noise(shape, rng.uniform(8.0, 25.0), rng)
    return np.asarray(line + rng.uniform(0, 3.0) * noise(shape, 2.0, rng), np.float32)


def beside_the_heap(empty: Map, picture: Map, left: Mask, rng: np.random.Generator) -> Map:
    """The empty tray with the shade and the mirror image of what is left on it."""
    near = cv2.GaussianBlur(left.astype(np.float32), (0, 0), rng.uniform(*_REACH_PX))
    near = np.minimum(1.0, 2.0 * near)[..., None]
    floor = empty * (1.0 - rng.uniform(0, _SHADE) * near)
    if left.any() and rng.random() < 0.5:
        floor = floor + rng.uniform(0, _MIRRORED) * near * (picture[left].mean(axis=0) - floor)
    return np.asarray(floor, np.float32)
